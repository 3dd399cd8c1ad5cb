// Reads one HTTP answer (RFC 9112) from a connection that is closed after it, bounded at every step: header, body,
// chunks, interim answers. Takes bytes from a function and touches nothing else.

import { FetchFailure } from "./failure.ts";

/** The next bytes, null at the end. */
export type Receive = () => Promise<Uint8Array | null>;

export interface Response {
  readonly status: number;
  readonly header: (name: string) => string | null;
  /** Reads it, with the connection's end or its length as its end. */
  readonly body: () => Promise<Uint8Array>;
}

const MAX_HEAD_BYTES = 16_384;
/** 1xx answers before the real one (RFC 9110 15.2). */
const MAX_INTERIM = 4;
const MAX_CHUNK_LINE_BYTES = 256;
/** A byte a chunk would cost a hundred times what the body does. */
const MAX_CHUNKS = 1024;

/** Throws FetchFailure `http` or `format` (too much). `oldStyle`: what does not begin as HTTP/1 does is the body
 * itself, as HTTP/0.9 had it. */
export async function readResponse(receive: Receive, maxBody: number, oldStyle: boolean): Promise<Response> {
  const stream = new ByteStream(receive);
  if (oldStyle && !await stream.startsWith("HTTP/")) {
    return { status: 200, header: () => null, body: () => stream.rest(maxBody) };
  }
  for (let interim = 0; interim <= MAX_INTERIM; interim++) {
    const head = await stream.upTo("\r\n\r\n", MAX_HEAD_BYTES, "the header");
    const { status, fields } = parseHead(head);
    if (status >= 200) {
      const header = (name: string) => fields.get(name) ?? null;
      return { status, header, body: () => readBody(stream, header, maxBody) };
    }
  }
  throw new FetchFailure("http", `over ${MAX_INTERIM} interim answers`);
}

function parseHead(head: string): { readonly status: number; readonly fields: ReadonlyMap<string, string> } {
  const [first = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.[01] ([1-5][0-9]{2})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new FetchFailure("http", "it does not speak HTTP/1");
  const fields = new Map<string, string>();
  for (const line of lines) {
    const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    const [, name, value] = found ?? [];
    if (name === undefined || value === undefined) {
      throw new FetchFailure("http", "a header is not well-formed");
    }
    const key = name.toLowerCase();
    // RFC 9110 5.3; where that makes nonsense of a header, it is refused as nonsense.
    fields.set(key, fields.has(key) ? `${fields.get(key)}, ${value}` : value);
  }
  return { status: Number(status), fields };
}

async function readBody(
  stream: ByteStream,
  header: (name: string) => string | null,
  max: number,
): Promise<Uint8Array> {
  const coding = header("content-encoding");
  if (coding !== null && coding.toLowerCase() !== "identity") {
    throw new FetchFailure("http", "a content coding that was not asked for");
  }
  const transfer = header("transfer-encoding");
  const length = header("content-length");
  if (transfer !== null) {
    if (transfer.toLowerCase() !== "chunked" || length !== null) {
      throw new FetchFailure("http", "a transfer coding other than chunked");
    }
    return await readChunks(stream, max);
  }
  if (length === null) return await stream.rest(max);
  if (!/^[0-9]{1,15}$/.test(length)) throw new FetchFailure("http", "a length that is no number");
  if (Number(length) > max) throw tooLarge(max);
  return await stream.exactly(Number(length));
}

/** RFC 9112 7.1. The trailer is not looked at: the connection ends anyway. */
async function readChunks(stream: ByteStream, max: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  while (parts.length <= MAX_CHUNKS) {
    const line = await stream.upTo("\r\n", MAX_CHUNK_LINE_BYTES, "a chunk's size");
    const size = /^([0-9a-fA-F]{1,8})(?:[ \t]*;.*)?$/.exec(line)?.[1];
    if (size === undefined) throw new FetchFailure("http", "a chunk without a size");
    const bytes = parseInt(size, 16);
    if (bytes === 0) return joined(parts);
    total += bytes;
    if (total > max) throw tooLarge(max);
    parts.push(await stream.exactly(bytes));
    if (await stream.upTo("\r\n", 2, "a chunk") !== "") {
      throw new FetchFailure("http", "a chunk without an end");
    }
  }
  throw new FetchFailure("http", `over ${MAX_CHUNKS} chunks`);
}

/** Bytes as they come, with what is read too far kept for the next. */
class ByteStream {
  readonly #receive: Receive;
  #held: Uint8Array = new Uint8Array();

  constructor(receive: Receive) {
    this.#receive = receive;
  }

  async startsWith(text: string): Promise<boolean> {
    while (this.#held.length < text.length && await this.#more()) {
      // Until there is enough to compare.
    }
    return latin1(this.#held.subarray(0, text.length)) === text;
  }

  /** The text before `end`, which is taken too. */
  async upTo(end: string, max: number, what: string): Promise<string> {
    for (let from = 0;;) {
      const text = latin1(this.#held.subarray(0, max + end.length));
      const at = text.indexOf(end, from);
      if (at >= 0) {
        this.#held = this.#held.subarray(at + end.length);
        return text.slice(0, at);
      }
      if (this.#held.length >= max + end.length) {
        throw new FetchFailure("http", `${what} is over ${max} bytes`);
      }
      from = Math.max(0, text.length - end.length + 1);
      if (!await this.#more()) throw cutShort();
    }
  }

  async exactly(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0;) {
      if (this.#held.length === 0 && !await this.#more()) throw cutShort();
      const part = this.#held.subarray(0, missing);
      this.#held = this.#held.subarray(part.length);
      parts.push(part);
      missing -= part.length;
    }
    return joined(parts);
  }

  /** Everything to the connection's end. */
  async rest(max: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let total = 0;
    do {
      total += this.#held.length;
      if (total > max) throw tooLarge(max);
      parts.push(this.#held);
      this.#held = new Uint8Array();
    } while (await this.#more());
    return joined(parts);
  }

  async #more(): Promise<boolean> {
    const bytes = await this.#receive();
    if (bytes === null) return false;
    this.#held = this.#held.length === 0 ? bytes : joined([this.#held, bytes]);
    return true;
  }
}

/** One character an octet: positions in the text are positions in the bytes. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += String.fromCharCode(octet);
  return text;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function tooLarge(max: number): FetchFailure {
  return new FetchFailure("format", `the answer is over ${max} bytes`);
}

/** A network's fault rather than a server's answer, so it is worth asking again. */
function cutShort(): FetchFailure {
  return new FetchFailure("unreachable", "the connection ended in the middle of the answer");
}

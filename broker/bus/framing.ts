// Cuts the stream from the bus into messages, each with its own file descriptors. What is too long is passed over
// without being kept, so that no caller can make this process grow, or lose the bus for everybody. Closes the
// descriptors of what it drops; touches nothing else.
//
// Linux ends what one recvmsg(2) gives behind the bytes that descriptors came with, and the bus sends them with a
// message's first byte. So the descriptors of a chunk belong to the last message that begins in it, whatever the
// messages say of themselves: a wrong count can never shift them to somebody else's message.

import { closeAll } from "../../lib/linux/fd.ts";
import { decodeBody, decodeFields } from "./codec.ts";
import { MAX_BODY_BYTES, MAX_HEADER_BYTES, type Message } from "./message.ts";

/** The bus does not speak D-Bus, or is out of step: only a new connection helps. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

const FIXED_BYTES = 16;
/** The specification's limit; more means that we are out of step. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;
const LITTLE_ENDIAN = "l".charCodeAt(0), BIG_ENDIAN = "B".charCodeAt(0);
const MAJOR_VERSION = 1;
const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  sender: 7,
  signature: 8,
  fds: 9,
};

/** A message that has begun, and what came with its first byte. */
interface Begun {
  readonly fds: number[];
  /** "handed": its descriptors are the receiver's, although its body is still being passed over. */
  state: "reading" | "dropped" | "handed";
}
interface Complete {
  readonly begun: Begun;
  readonly fixed: DataView;
  readonly fields: Uint8Array;
  /** Null: too long. */
  readonly body: Uint8Array | null;
}

export class Framer {
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes that are still to come of something that is passed over. */
  #skip = 0;
  #begun: Begun | null = null;

  /** The messages that end with this chunk, of which copies are kept. Takes over `fds`. Throws ProtocolError. */
  push(chunk: Uint8Array, fds: readonly number[]): Message[] {
    if (this.#skip > chunk.length) {
      this.#skip -= chunk.length;
      closeAll(fds);
      return [];
    }
    const bytes = join(this.#rest, chunk);
    const complete: Complete[] = [];
    let lastBegun: Begun | null = null;
    let at = 0;
    try {
      while (at < bytes.length) {
        if (this.#begun === null) lastBegun = this.#begun = { fds: [], state: "reading" };
        if (this.#skip > 0) {
          const skipped = Math.min(this.#skip, bytes.length - at);
          at += skipped;
          this.#skip -= skipped;
          if (this.#skip === 0) this.#end();
          continue;
        }
        const taken = this.#take(bytes.subarray(at), this.#begun, complete);
        if (taken === 0) break;
        at += taken;
      }
    } catch (error) {
      closeAll([...complete.flatMap((each) => each.begun.fds), ...fds]);
      throw error;
    }
    if (lastBegun === null || lastBegun.state === "dropped") closeAll(fds);
    else lastBegun.fds.push(...fds);
    this.#rest = bytes.subarray(at);
    return complete.flatMap((each) => read(each));
  }

  /** The connection is over. */
  stop(): void {
    this.#end();
    this.#rest = new Uint8Array(0);
  }

  /** How many bytes a whole message, or the head of a long one, has; 0: it is not all there. */
  #take(bytes: Uint8Array, begun: Begun, complete: Complete[]): number {
    if (bytes.length < FIXED_BYTES) return 0;
    const fixed = new DataView(bytes.buffer, bytes.byteOffset, FIXED_BYTES);
    const order = fixed.getUint8(0);
    if ((order !== LITTLE_ENDIAN && order !== BIG_ENDIAN) || fixed.getUint8(3) !== MAJOR_VERSION) {
      throw new ProtocolError("what came is no D-Bus message");
    }
    const bodyBytes = fixed.getUint32(4, order === LITTLE_ENDIAN);
    const fieldBytes = Math.ceil(fixed.getUint32(12, order === LITTLE_ENDIAN) / 8) * 8;
    const total = FIXED_BYTES + fieldBytes + bodyBytes;
    if (total > MAX_MESSAGE_BYTES) throw new ProtocolError(`a message of ${total} bytes`);
    if (fieldBytes > MAX_HEADER_BYTES) {
      // Without its header nobody knows whom to answer.
      begun.state = "dropped";
      this.#skip = total - FIXED_BYTES;
      return FIXED_BYTES;
    }
    const head = FIXED_BYTES + fieldBytes;
    const tooLong = bodyBytes > MAX_BODY_BYTES;
    const wanted = tooLong ? head : total;
    if (bytes.length < wanted) return 0;
    const fields = bytes.subarray(FIXED_BYTES, head);
    complete.push({ begun, fixed, fields, body: tooLong ? null : bytes.subarray(head, total) });
    if (!tooLong) {
      this.#begun = null;
    } else {
      begun.state = "handed";
      this.#skip = bodyBytes;
    }
    return wanted;
  }

  #end(): void {
    if (this.#begun !== null && this.#begun.state !== "handed") closeAll(this.#begun.fds.splice(0));
    this.#begun = null;
    this.#skip = 0;
  }
}

function read({ begun, fixed, fields, body }: Complete): Message[] {
  const order = fixed.getUint8(0);
  const little = order === LITTLE_ENDIAN;
  const { fds } = begun;
  try {
    const values = decodeFields(fields, fixed.getUint32(12, little), order);
    const text = (code: number) => {
      const value = values.get(code);
      return typeof value === "string" ? value : "";
    };
    const whole = (code: number) => Number(values.get(code) ?? 0);
    const signature = text(FIELD.signature);
    const fdsMissing = whole(FIELD.fds) !== fds.length;
    if (fdsMissing) closeAll(fds.splice(0));
    return [{
      type: fixed.getUint8(1),
      flags: fixed.getUint8(2),
      serial: fixed.getUint32(8, little),
      replySerial: whole(FIELD.replySerial),
      path: text(FIELD.path),
      interface: text(FIELD.interface),
      member: text(FIELD.member),
      errorName: text(FIELD.errorName),
      sender: text(FIELD.sender),
      signature,
      fds,
      body: () => decodeBody(signature, body ?? new Uint8Array(0), order),
      problem: body === null
        ? `the arguments are over ${MAX_BODY_BYTES} bytes`
        : fdsMissing
        ? "its file descriptors did not arrive"
        : null,
    }];
  } catch {
    // A bus that checks messages, as dbus-daemon does, lets none such through.
    closeAll(fds.splice(0));
    return [];
  }
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

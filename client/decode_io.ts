// Files, standard input and output for `pvd decode`. A capture may be a pipe that never ends or a file of any
// size, so reading stops at a bound.

import { writeError, writeOutput } from "./write.ts";

/** The world as `decode` sees it. The readers may throw an Error whose message says what went wrong. */
export interface DecodeIo {
  out(text: string): void;
  err(text: string): void;
  readFile(path: string): Uint8Array | Promise<Uint8Array>;
  readStdin(): Uint8Array | Promise<Uint8Array>;
}

/** A capture is held in memory while it is decoded. */
export const MAX_CAPTURE_OCTETS = 512 * 1024 * 1024;

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of stream) {
    total += chunk.length;
    if (total > MAX_CAPTURE_OCTETS) {
      throw new RangeError(`it is larger than ${MAX_CAPTURE_OCTETS / 1024 / 1024} MiB`);
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    const file = await Deno.open(path, { read: true });
    return await readAll(file.readable);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error("there is no such file");
    if (error instanceof Deno.errors.PermissionDenied) throw new Error("permission denied");
    if (error instanceof Deno.errors.IsADirectory) throw new Error("it is a directory");
    throw error;
  }
}

/** The process's own files and streams. A reader of the output that went away (`| head`) ends it quietly. */
export function processIo(): DecodeIo {
  let closed = false;
  return {
    out(text) {
      if (closed) return;
      try {
        writeOutput(text);
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
        closed = true;
      }
    },
    err: writeError,
    readFile,
    readStdin: () => readAll(Deno.stdin.readable),
  };
}

// Writing to standard output and standard error, all of it and now: also where they are of a kind that does not wait
// (O_NONBLOCK), as a shell or an editor may leave a terminal or a pipe.

import { waitWritable } from "../lib/linux/writable.ts";
import { OutputError } from "./errors.ts";

/** Of what comes after a gap nobody can make sense. */
let broken: OutputError | null = null;

/** Throws OutputError, then and ever after; BrokenPipe where nobody reads it any more. */
export function writeOutput(text: string): void {
  if (broken !== null) throw broken;
  try {
    writeAll(Deno.stdout, 1, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw error;
    const why = error instanceof Error ? error.message.replace(/ \(os error \d+\)$/, "") : String(error);
    broken = new OutputError(`standard output cannot be written: ${why}`);
    throw broken;
  }
}

/** Never throws: nobody is left to be told, and what pvd does and how it ends must not hang on it. */
export function writeError(text: string): void {
  try {
    writeAll(Deno.stderr, 2, text);
  } catch {
    // As above.
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.WouldBlock) waitWritable(fd);
      else if (!(error instanceof Deno.errors.Interrupted)) throw error;
    }
  }
}

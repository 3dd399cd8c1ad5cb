// What pvd itself was started with, as bytes: a program that it starts gets the same, byte for byte. On the fast path
// of `pvd run`. Reads /proc/self.

import { ownArguments, ownEnvironment } from "../lib/linux/own.ts";
import { MAX_LAUNCH_BYTES } from "../lib/protocol.ts";

/** `program`, the end of this process's own arguments; the text that Deno makes of them loses what is not UTF-8. Throws
 * RangeError, LinuxError. */
export function argumentBytes(program: readonly string[]): Uint8Array[] {
  const own = bounded("the arguments are", ownArguments);
  const end = own.slice(own.length - program.length);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const same = end.length === program.length && end.every((each, at) => decoder.decode(each) === program[at]);
  if (!same) throw new RangeError("pvd's own arguments cannot be read from /proc/self/cmdline");
  return end;
}

/** "NAME=value" each. Throws RangeError, LinuxError. */
export function environmentBytes(): Uint8Array[] {
  return bounded("the environment is", ownEnvironment);
}

function bounded(what: string, read: (maxBytes: number) => Uint8Array[]): Uint8Array[] {
  try {
    return read(MAX_LAUNCH_BYTES);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${what} over ${MAX_LAUNCH_BYTES} bytes, and a program is started with less only`);
  }
}

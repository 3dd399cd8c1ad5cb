// The C library's heap: what was freed in it stays the process's own until somebody says otherwise. Touches this
// process's memory alone.

import { openLibc } from "./libc.ts";

/** Gives what is free of the heap back to the kernel (malloc_trim(3)): after the start, which needs several times of
 * what is needed from then on. It takes some milliseconds. Does nothing where the C library has no such function. */
export function releaseFreeHeap(): void {
  try {
    openLibc({ malloc_trim: { parameters: ["usize"], result: "i32" } }).malloc_trim(0n);
  } catch {
    // musl has none, and a heap that gives back by itself.
  }
}

// Calls of libc that other threads make for the main one, besides the one that waits for events: while there are any, the
// main thread must not wait itself, or their answers would come late (reactor.ts).

let calls = 0;

/** Whether the answer of any is waited for. */
export function awaitsCalls(): boolean {
  return calls > 0;
}

/** The answer of a call on another thread. */
export async function elsewhere<Result>(call: Promise<Result>): Promise<Result> {
  calls++;
  try {
    return await call;
  } finally {
    calls--;
  }
}

// Calls of libc that other threads make for the main one, besides the one that waits for events: while there are any, the
// main thread must not wait itself, or their answers would come late (reactor.ts).

/** A call that takes longer is one that may never end, and for its sake nothing is done otherwise. */
const SOON_MS = 20;

let calls = 0;

/** Whether the answer of any is waited for. */
export function awaitsCalls(): boolean {
  return calls > 0;
}

/** The answer of a call on another thread. */
export async function elsewhere<Result>(call: Promise<Result>): Promise<Result> {
  calls++;
  let isCounted = true;
  const forget = () => {
    if (isCounted) calls--;
    isCounted = false;
  };
  const timer = setTimeout(forget, SOON_MS);
  try {
    return await call;
  } finally {
    clearTimeout(timer);
    forget();
  }
}

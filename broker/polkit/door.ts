// The decision about a client of the broker's own socket: polkit's, about the process that the kernel says is at the
// other end. Asks over the bus that it is given; the socket is only looked at, and must stay open meanwhile.

import { LinuxError } from "../../lib/linux/error.ts";
import { peerCredentials, peerIsAlive } from "../../lib/linux/peer.ts";
import type { ActionId, QuestionDetails } from "./action.ts";
import { checkAuthorization, type Decision } from "./authority.ts";
import type { PolkitBus } from "./bus_calls.ts";
import { type DenialCause, denialReason } from "./denial.ts";
import { type PeerSubject, peerSubject } from "./subject.ts";

/** A process that is executing a program keeps its start time to itself until it is done. */
const START_TIME_MS = 5_000;
const IS_EXECUTING = "the process that asks is executing a program and has not got further";

/** Never rejects for a client's socket. `signal` aborts when the client leaves. */
export type AuthoriseClient = (
  clientFd: number,
  action: ActionId,
  details: QuestionDetails,
  interactive: boolean,
  signal: AbortSignal,
) => Promise<Decision>;

/** `uids` are allowed without polkit: for machines that have none. root is asked about like everybody. */
export function authoriseByPolkit(
  bus: PolkitBus,
  uids: readonly number[],
  patienceMs = START_TIME_MS,
): AuthoriseClient {
  return async (clientFd, action, details, interactive, signal) => {
    if (uids.includes(peerCredentials(clientFd).uid)) return { allowed: true, asked: false };
    const givenUp = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const subject = await subjectOrNull(clientFd, givenUp);
    if (subject !== null) return await checkAuthorization(bus, subject, action, details, interactive, signal);
    // The socket is the client's no more once it has left.
    const cause: DenialCause = !signal.aborted && peerIsAlive(clientFd)
      ? { why: "badRequest", problem: IS_EXECUTING }
      : { why: "callerGone" };
    return { allowed: false, reason: denialReason(cause, action, details), wouldAsk: false };
  };
}

async function subjectOrNull(clientFd: number, givenUp: AbortSignal): Promise<PeerSubject | null> {
  try {
    return await peerSubject(clientFd, givenUp);
  } catch (error) {
    // Too many of this person's wait for their start times already.
    if (error instanceof LinuxError) return null;
    throw error;
  }
}

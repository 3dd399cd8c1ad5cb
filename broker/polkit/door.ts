// The decision about a client of the broker's own socket: polkit's, about the process that the kernel says is at the
// other end. Asks over the bus that it is given; the socket is only looked at, and must stay open meanwhile.

import { peerCredentials } from "../../lib/linux/peer.ts";
import type { ActionId, QuestionDetails } from "./action.ts";
import { checkAuthorization, type Decision } from "./authority.ts";
import type { PolkitBus } from "./bus_calls.ts";
import { denialReason } from "./denial.ts";
import { peerSubject } from "./subject.ts";

/** Never rejects for a client's socket. `signal` aborts when the client leaves. */
export type AuthoriseClient = (
  clientFd: number,
  action: ActionId,
  details: QuestionDetails,
  interactive: boolean,
  signal: AbortSignal,
) => Promise<Decision>;

/** `uids` are allowed without polkit: for machines that have none. root is asked about like everybody. */
export function authoriseByPolkit(bus: PolkitBus, uids: readonly number[]): AuthoriseClient {
  return async (clientFd, action, details, interactive, signal) => {
    if (uids.includes(peerCredentials(clientFd).uid)) return { allowed: true, asked: false };
    const subject = peerSubject(clientFd);
    if (subject !== null) return await checkAuthorization(bus, subject, action, details, interactive, signal);
    return { allowed: false, reason: denialReason({ why: "callerGone" }, action, details), wouldAsk: false };
  };
}

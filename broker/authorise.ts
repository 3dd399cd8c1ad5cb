// Who may do what in which domain. The one door for that decision: until polkit stands in it, root and the uids in
// the settings may, nobody else. The broker only decides whether; the helper asks the kernel for whom.

import { escapeText } from "../lib/escape.ts";

/** As the kernel says of the socket's other end (SO_PEERCRED). */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export type Action = "use";

export interface ActionDetails {
  readonly domain: string;
  readonly kind: "explicit" | "implicit";
  readonly link: string;
  /** What is to be started, as the client says: for messages, not to decide by. */
  readonly program: string;
}

export type Authorisation =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string };

export type Authorise = (peer: Peer, action: Action, details: ActionDetails) => Promise<Authorisation>;

/** Allows root and `uids`; a denial says how it could be allowed. */
export function authoriseByUid(uids: readonly number[], settingsPath: string): Authorise {
  return (peer, _action, details) => {
    if (peer.uid === 0 || uids.includes(peer.uid)) return Promise.resolve({ allowed: true });
    const reason =
      `uid ${peer.uid} may not use ${escapeText(details.domain)} on ${escapeText(details.link)}; ` +
      `an administrator can add ${peer.uid} to authorized_uids in ${escapeText(settingsPath)}`;
    return Promise.resolve({ allowed: false, reason });
  };
}

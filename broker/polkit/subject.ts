// Whom polkit is asked about: always the caller, never the broker itself, and named so that nobody else can slip in
// between. Reads credentials of the caller's socket and one file in /proc.
//
// A bus name such as ":1.42" is given once and never again, and the bus itself tells polkit whose it is: nothing
// to race. A client of our own socket is a process, and polkit (122) knows those as pid, start time, uid, where:
//
//   - uid is SO_PEERCRED's, fixed when the client connected. Were it left out, polkit would look it up in /proc at
//     a moment of its own choosing, when the caller may have become another program (CVE-2011-1485).
//   - the start time is read while SO_PEERPIDFD's process lives, so it is that process's and no later one's.
//   - pid and start time can still be made to fit another process (CVE-2019-6133), and from the pid polkit takes
//     the session. So a yes counts only if SO_PEERPIDFD's process lives when it arrives: the pid cannot have been
//     anybody else's between the question and the answer. Before Linux 6.5 the kernel cannot tell that process from
//     a later one with its pid; there the one that lives must at least be the same person's.
//
// Newer versions of polkit take a pidfd instead. Debian 12's does not, so that form could not be tried here.

import { peerCredentials, peerIsAlive, startTimeOfPeer } from "../../lib/linux/peer.ts";
import type { BusVariant } from "./bus_calls.ts";

export interface BusSubject {
  readonly kind: "bus";
  /** The message's sender, a unique name. */
  readonly sender: string;
}

export interface PeerSubject {
  readonly kind: "peer";
  readonly pid: number;
  readonly uid: number;
  /** Clock ticks since boot, as /proc/PID/stat has it. */
  readonly startTime: string;
  /** Whether that very process still lives. */
  readonly stillThere: () => boolean;
}

export type Subject = BusSubject | PeerSubject;

/** Who is at the other end of a client's socket, which must stay open while the subject is used, or until `givenUp`;
 * null: it has ended, or `givenUp` came first. Throws LinuxError where it is no socket of a client. */
export async function peerSubject(clientFd: number, givenUp: AbortSignal): Promise<PeerSubject | null> {
  const peer = peerCredentials(clientFd);
  const startTime = await startTimeOfPeer(clientFd, peer, givenUp);
  if (startTime === null) return null;
  const { pid, uid } = peer;
  return { kind: "peer", pid, uid, startTime, stillThere: () => peerIsAlive(clientFd) };
}

/** polkit's `(sa{sv})`; null where the subject cannot be named to it. */
export function encodeSubject(
  subject: Subject,
): readonly [kind: string, details: Readonly<Record<string, BusVariant>>] | null {
  switch (subject.kind) {
    case "bus":
      // A well-known name would be looked up while polkit decides, and can change hands.
      if (!/^:[0-9]+(\.[0-9]+)+$/.test(subject.sender)) return null;
      return ["system-bus-name", { name: { signature: "s", value: subject.sender } }];
    case "peer": {
      const { pid, uid, startTime } = subject;
      // polkit passes over a uid of another type without a word; and as int32 one above that would turn into -1,
      // "not known", or into nobody's.
      if (!isWhole(pid, 1, MAX_INT32) || !isWhole(uid, 0, MAX_INT32) || !/^[0-9]{1,19}$/.test(startTime)) {
        return null;
      }
      return ["unix-process", {
        pid: { signature: "u", value: pid },
        "start-time": { signature: "t", value: BigInt(startTime) },
        uid: { signature: "i", value: uid },
      }];
    }
  }
}

/** False where it is known that nobody waits for the answer any more. */
export function isStillThere(subject: Subject): boolean {
  return subject.kind === "bus" || subject.stillThere();
}

/** The same text for the same caller, to tell questions apart. */
export function subjectKey(subject: Subject): string {
  return subject.kind === "bus" ? subject.sender : `${subject.pid} ${subject.startTime} ${subject.uid}`;
}

const MAX_INT32 = 0x7fff_ffff;

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

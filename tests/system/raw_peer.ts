// A peer that says what it likes over the broker's or the helper's socket: bytes and descriptors as given, as whichever
// uid. For tests in the lab, which are root there.

import { waitReadable } from "../../lib/linux/reactor.ts";
import { closeAll, connectUnix, receiveMessage, sendMessage } from "../../lib/linux/socket.ts";
import { within } from "../lab/supervisor.ts";

const ANSWER_MS = 40_000;
const NOBODY_ELSE = 0xffff_ffff;
const libc = Deno.dlopen("libc.so.6", {
  syscall: { parameters: ["i64", "u32", "u32", "u32"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
});
/** setresuid(2) by number: libc's own would change every thread of this process. */
const SYS_SETRESUID = Deno.build.arch === "aarch64" ? 147n : 117n;

/** Closes a descriptor. */
export function closeFd(fd: number): void {
  libc.symbols.close(fd);
}

/** A connection whose peer the kernel says to be `uid`. */
export function connectAs(uid: number, path: string): number {
  return asUid(uid, () => connectUnix(path));
}

/** What `work` does without waiting, it does as `uid`. */
export function asUid<Result>(uid: number, work: () => Result): Result {
  if (uid === 0) return work();
  setEffectiveUid(uid);
  try {
    return work();
  } finally {
    setEffectiveUid(0);
  }
}

/** The next message as text; null where the other side hung up, or throws where it does neither. */
export async function answer(fd: number): Promise<string | null> {
  const buffer = new Uint8Array(65_536);
  while (true) {
    try {
      const message = receiveMessage(fd, buffer, 8);
      if (message !== null) {
        closeAll(message.fds);
        return message.length === 0 ? null : new TextDecoder().decode(buffer.subarray(0, message.length));
      }
    } catch {
      return null;
    }
    await within(ANSWER_MS, "neither an answer nor a hang-up", waitReadable(fd));
  }
}

/** Says one thing; what came back, null for a hang-up. */
export async function tell(
  fd: number,
  said: string | Uint8Array,
  fds: readonly number[] = [],
): Promise<string | null> {
  const bytes = typeof said === "string" ? new TextEncoder().encode(said) : said;
  try {
    sendMessage(fd, bytes, fds);
  } catch {
    // It hung up before it heard; what it said is read all the same.
  }
  return await answer(fd);
}

function setEffectiveUid(uid: number): void {
  libc.symbols.syscall(SYS_SETRESUID, NOBODY_ELSE, uid, NOBODY_ELSE);
}

// The keys that a process possesses by its session (session-keyring(7)): children inherit them, whoever they become.
// Touches the calling thread's credentials alone.

import { SYS_keyctl } from "./abi.ts";
import { lastErrno, LinuxError } from "./error.ts";
import { libc } from "./libc.ts";

const KEYCTL_GET_KEYRING_ID = 0, KEYCTL_JOIN_SESSION_KEYRING = 1, KEY_SPEC_SESSION_KEYRING = -3;

/** Gives this thread, and what it starts, a session keyring with nothing in it, in place of the one it had; that one
 * stays with whoever else has it (keyctl(2)). Where no session keyring can be used at all, because the kernel has no
 * keys or a filter of calls forbids them, there is nothing to do. Throws LinuxError where the old one would stay. */
export function joinEmptyKeyring(): void {
  if (keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0) >= 0) return;
  const errno = lastErrno();
  if (sessionKeyring() !== null) throw new LinuxError("keyctl(KEYCTL_JOIN_SESSION_KEYRING)", errno);
}

/** The serial number of this thread's session keyring; null: it has none, or cannot have one. */
export function sessionKeyring(): number | null {
  const serial = keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING);
  return serial < 0 ? null : serial;
}

function keyctl(operation: number, argument: number): number {
  return Number(libc.syscall(BigInt(SYS_keyctl), BigInt(operation), BigInt(argument), 0n, 0n));
}

// Becoming another program (execve(2)), with one descriptor handed over under a fixed number, as systemd hands over
// listening sockets (sd_listen_fds(3)).

import { SIGPIPE } from "./abi.ts";
import { lastErrno, LinuxError, must } from "./error.ts";
import { libc } from "./libc.ts";
import { cString, cStrings } from "./memory.ts";

/** SD_LISTEN_FDS_START. */
export const LISTEN_FDS_START = 3;

/** Ends this program by turning the process into `path`; `fd` is its descriptor 3. Comes back only by throwing
 * LinuxError: then nothing has changed but that descriptor. */
export function becomeProgram(
  path: Uint8Array,
  argv: readonly Uint8Array[],
  environment: readonly Uint8Array[],
  fd: number,
): never {
  // dup2 also makes it one that stays open in the new program; every other of ours is close-on-exec.
  must("dup2", libc.dup2(fd, LISTEN_FDS_START));
  // The runtime ignores it, and what is ignored stays so in the new program.
  libc.signal(SIGPIPE, 0n);
  const file = cString(new TextDecoder().decode(path));
  const words = cStrings(argv);
  const variables = cStrings(environment);
  libc.execve(file, words.pointers, variables.pointers);
  const errno = lastErrno();
  // The strings are only reachable through their addresses: held until here.
  throw new LinuxError(
    "execve",
    errno,
    `${words.strings.length + variables.strings.length} bytes of arguments`,
  );
}

// Becoming another program (execve(2)), with one descriptor handed over under a fixed number, as systemd hands over
// listening sockets (sd_listen_fds(3)).

import { F_DUPFD_CLOEXEC, F_SETFD, FD_CLOEXEC, SIGPIPE } from "./abi.ts";
import { lastErrno, LinuxError, must } from "./error.ts";
import { close } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, cStrings } from "./memory.ts";

/** SD_LISTEN_FDS_START. */
export const LISTEN_FDS_START = 3;

/** signal(2) */
const SIG_DFL = 0n, SIG_IGN = 1n;

/** Ends this program by turning the process into `path`, any bytes but NUL; `fd` is its descriptor 3. Comes back only
 * by throwing LinuxError (of dup2; of execve): then the process goes on as before. */
export function becomeProgram(
  path: Uint8Array,
  argv: readonly Uint8Array[],
  environment: readonly Uint8Array[],
  fd: number,
): never {
  // What the runtime has there, such as what it waits on.
  const before = libc.fcntl(LISTEN_FDS_START, F_DUPFD_CLOEXEC, 0);
  // dup2 also makes it one that stays open in the new program; every other of ours is close-on-exec.
  must("dup2", libc.dup2(fd, LISTEN_FDS_START));
  // The runtime ignores it, and what is ignored stays so in the new program.
  libc.signal(SIGPIPE, SIG_DFL);
  const file = allocate(path.length + 1);
  file.set(path);
  const words = cStrings(argv);
  const variables = cStrings(environment);
  libc.execve(file, words.pointers, variables.pointers);
  const errno = lastErrno();
  libc.signal(SIGPIPE, SIG_IGN);
  putBack(before);
  // The strings are only reachable through their addresses: held until here.
  throw new LinuxError(
    "execve",
    errno,
    `${words.strings.length + variables.strings.length} bytes of arguments`,
  );
}

function putBack(before: number): void {
  if (before < 0) return close(LISTEN_FDS_START);
  libc.dup2(before, LISTEN_FDS_START);
  libc.fcntl(LISTEN_FDS_START, F_SETFD, FD_CLOEXEC);
  close(before);
}

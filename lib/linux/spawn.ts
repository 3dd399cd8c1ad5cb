// posix_spawn(3): a child in the namespaces of this thread, leader of a session of its own, with three descriptors
// and nothing else of ours: no signal mask, no ignored signals, no other file, no keys. A step that was not taken would
// leave the child one of ours, so each one is looked at; these calls return their error, and set no errno.

import * as abi from "./abi.ts";
import { LinuxError, must } from "./error.ts";
import { joinEmptyKeyring } from "./keyring.ts";
import { libc, openLibc } from "./libc.ts";
import { allocate, cString, cStrings, view } from "./memory.ts";

/** More than sizeof posix_spawn_file_actions_t and posix_spawnattr_t of any glibc (80 and 336 bytes). */
const OPAQUE_BYTES = 1024;
const SIGSET_BYTES = 128;
const FLAGS = abi.POSIX_SPAWN_SETSID | abi.POSIX_SPAWN_SETSIGMASK | abi.POSIX_SPAWN_SETSIGDEF;

/** The pid of a new process that runs the file `path`. `around` runs the one call that makes the process, for what is to
 * hold for the process alone (resource.ts): what comes before needs the limits of this one. Throws LinuxError, or what
 * `around` throws; then there is no process. */
export function spawn(
  path: string,
  argv: readonly Uint8Array[],
  environment: readonly Uint8Array[],
  streams: readonly [stdin: number, stdout: number, stderr: number],
  around: (call: () => number) => number = (call) => call(),
): number {
  // Programs of different people would share the helper's keyring, and find each other's keys in it.
  joinEmptyKeyring();
  keepNothing();
  return withActions(streams, (actions) =>
    withAttributes((attributes) => {
      const pid = allocate(4);
      const file = cString(path);
      const arguments_ = cStrings(argv);
      const variables = cStrings(environment);
      const error = around(() =>
        libc.posix_spawn(pid, file, actions, attributes, arguments_.pointers, variables.pointers)
      );
      // The strings are only reachable through their addresses: hold them until the call is over.
      if (error !== 0 || arguments_.strings.length + variables.strings.length === 0) {
        throw new LinuxError("posix_spawn", error, path);
      }
      return view(pid).getInt32(0, true);
    }));
}

type Opaque = Uint8Array<ArrayBuffer>;

const SYS_close_range = 436n, CLOSE_RANGE_CLOEXEC = 4n;

/** Every descriptor but 0, 1 and 2 is closed by exec, and not before it: until then this thread waits for the child, which
 * may itself wait, for the file system of a file that somebody passed to us. */
function keepNothing(): void {
  must("close_range", libc.syscall(SYS_close_range, 3n, 0xffff_ffffn, CLOSE_RANGE_CLOEXEC, 0n));
}

/** `streams` become 0, 1 and 2. */
function withActions<T>(streams: readonly number[], work: (actions: Opaque) => T): T {
  const actions = allocate(OPAQUE_BYTES);
  done("posix_spawn_file_actions_init", libc.posix_spawn_file_actions_init(actions));
  try {
    streams.forEach((fd, index) =>
      done("posix_spawn_file_actions_adddup2", libc.posix_spawn_file_actions_adddup2(actions, fd, index))
    );
    return work(actions);
  } finally {
    libc.posix_spawn_file_actions_destroy(actions);
  }
}

function withAttributes<T>(work: (attributes: Opaque) => T): T {
  const attributes = allocate(OPAQUE_BYTES);
  done("posix_spawnattr_init", libc.posix_spawnattr_init(attributes));
  try {
    const none = allocate(SIGSET_BYTES);
    const all = allocate(SIGSET_BYTES).fill(0xff);
    done("posix_spawnattr_setsigmask", libc.posix_spawnattr_setsigmask(attributes, none));
    done("posix_spawnattr_setsigdefault", libc.posix_spawnattr_setsigdefault(attributes, all));
    done("posix_spawnattr_setflags", libc.posix_spawnattr_setflags(attributes, FLAGS));
    return work(attributes);
  } finally {
    destroyer().posix_spawnattr_destroy(attributes);
  }
}

/** Throws LinuxError where `error` is one: the result itself is the error number. */
function done(call: string, error: number): void {
  if (error !== 0) throw new LinuxError(call, error);
}

const destroying = { posix_spawnattr_destroy: { parameters: ["buffer"], result: "i32" } } as const;
let opened: ReturnType<typeof openLibc<typeof destroying>> | null = null;

function destroyer() {
  return opened ??= openLibc(destroying);
}

// posix_spawn(3): a child in the namespaces of this thread, leader of a session of its own, with three descriptors
// and nothing else of ours: no signal mask, no ignored signals, no other file, no keys.

import * as abi from "./abi.ts";
import { describeErrno } from "./error.ts";
import { joinEmptyKeyring } from "./keyring.ts";
import { libc } from "./libc.ts";
import { allocate, cString, cStrings, view } from "./memory.ts";

/** More than sizeof posix_spawn_file_actions_t and posix_spawnattr_t of any glibc (80 and 336 bytes). */
const OPAQUE_BYTES = 1024;
const SIGSET_BYTES = 128;

/** The pid of a new process that runs the file `path`. Throws Error with the reason. */
export function spawn(
  path: string,
  argv: readonly Uint8Array[],
  environment: readonly Uint8Array[],
  streams: readonly [stdin: number, stdout: number, stderr: number],
): number {
  // Programs of different people would share the helper's keyring, and find each other's keys in it.
  joinEmptyKeyring();
  const actions = allocate(OPAQUE_BYTES);
  const attributes = allocate(OPAQUE_BYTES);
  libc.posix_spawn_file_actions_init(actions);
  try {
    streams.forEach((fd, index) => libc.posix_spawn_file_actions_adddup2(actions, fd, index));
    libc.posix_spawn_file_actions_addclosefrom_np(actions, 3);
    libc.posix_spawnattr_init(attributes);
    libc.posix_spawnattr_setsigmask(attributes, allocate(SIGSET_BYTES));
    libc.posix_spawnattr_setsigdefault(attributes, allocate(SIGSET_BYTES).fill(0xff));
    const flags = abi.POSIX_SPAWN_SETSID | abi.POSIX_SPAWN_SETSIGMASK | abi.POSIX_SPAWN_SETSIGDEF;
    libc.posix_spawnattr_setflags(attributes, flags);
    const pid = allocate(4);
    const arguments_ = cStrings(argv);
    const variables = cStrings(environment);
    const error = libc.posix_spawn(
      pid,
      cString(path),
      actions,
      attributes,
      arguments_.pointers,
      variables.pointers,
    );
    // The strings are only reachable through their addresses: hold them until the call is over.
    if (error !== 0 || arguments_.strings.length + variables.strings.length === 0) {
      throw new Error(`cannot start ${path}: ${describeErrno(error)}`);
    }
    return view(pid).getInt32(0, true);
  } finally {
    libc.posix_spawn_file_actions_destroy(actions);
  }
}

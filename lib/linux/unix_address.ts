// Where a Unix socket is (unix(7)), and connecting to it: the same for sockets of every type.

import * as abi from "./abi.ts";
import { lastErrno, LinuxError, must } from "./error.ts";
import { close } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** sockaddr_un with its terminating NUL. Throws RangeError for a path that does not fit (unix(7): 108 bytes). */
export function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length === 0 || bytes.length > 107 || bytes.includes(0)) {
    throw new RangeError(`a socket's path has 1 to 107 bytes: ${path.length} here`);
  }
  const address = allocate(2 + bytes.length + 1);
  view(address).setUint16(0, abi.AF_UNIX, true);
  address.set(bytes, 2);
  return address;
}

/** A socket of `type` (SOCK_...), nonblocking and close-on-exec, connected to `path`. Throws LinuxError (ENOENT,
 * ECONNREFUSED: nobody there). */
export function connectUnixSocket(type: number, path: string): number {
  return connectTo(type, unixAddress(path), path);
}

/** The same to a name in this network namespace and not in the file system (unix(7), "abstract"). */
export function connectAbstract(type: number, name: string): number {
  // A NUL stands before it, and it ends with the address: no NUL follows.
  const address = unixAddress(`@${name}`).slice(0, -1);
  address[2] = 0;
  return connectTo(type, address, `@${name}`);
}

function connectTo(type: number, address: Uint8Array<ArrayBuffer>, path: string): number {
  const fd = must("socket", libc.socket(abi.AF_UNIX, type | abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK, 0));
  if (libc.connect(fd, address, address.length) < 0) {
    const error = new LinuxError("connect", lastErrno(), path);
    close(fd);
    throw error;
  }
  return fd;
}

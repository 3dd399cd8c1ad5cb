// Descriptors that somebody passed to us, closed without waiting for whoever serves the file. close(2) tells a file's
// file system (flush of FUSE and NFS), and one that never answers holds the calling thread for good, also against SIGKILL.
// Closes descriptors, on other threads where it must.

import * as abi from "./abi.ts";
import { close, linkTarget } from "./fd.ts";
import { libc } from "./libc.ts";

/** Owners whose descriptors are being closed at a time, each by a thread of the runtime's pool. That has 32 of them, and
 * waiting for events takes one. */
const MAX_CLOSING = 16;
/** From an owner with more than these, who waits for his own file systems, nothing more should be taken. */
export const MAX_UNCLOSED = 64;

/** The owner of what passed through somebody who is trusted, or whose sender is not known. */
export const NOT_TOLD_APART = -1;

/** What close_elsewhere of libc is. */
type CloseElsewhere = (fd: number) => Promise<unknown>;

export class ForeignDescriptors {
  readonly #closeElsewhere: CloseElsewhere;
  /** By owner: what is not closed yet, in its order. */
  readonly #unclosed = new Map<number, number[]>();
  /** Owners in whose turn nothing has been done yet. */
  readonly #parked: number[] = [];
  #closing = 0;

  constructor(closeElsewhere: CloseElsewhere = (fd) => libc.close_elsewhere(fd)) {
    this.#closeElsewhere = closeElsewhere;
  }

  /** Closes them, or will in time: one owner's one after the other, so that he waits for nobody's but his own. `owner`
   * is a uid, or a negative number for what cannot be told apart. */
  close(fds: readonly number[], owner: number): void {
    const slow = fds.filter((fd) => {
      if (!closesAtOnce(fd)) return true;
      close(fd);
      return false;
    });
    if (slow.length === 0) return;
    const unclosed = this.#unclosed.get(owner);
    if (unclosed !== undefined) {
      unclosed.push(...slow);
      return;
    }
    this.#unclosed.set(owner, slow);
    this.#parked.push(owner);
    this.#next();
  }

  /** Whether too much of his is not closed. */
  isFull(owner: number): boolean {
    return (this.#unclosed.get(owner)?.length ?? 0) > MAX_UNCLOSED;
  }

  #next(): void {
    while (this.#closing < MAX_CLOSING) {
      const owner = this.#parked.shift();
      if (owner === undefined) return;
      this.#closing++;
      void this.#closeAllOf(owner);
    }
  }

  /** Never rejects: close(2) gives an error by its result, and there is nothing to do about it. */
  async #closeAllOf(owner: number): Promise<void> {
    const fds = this.#unclosed.get(owner) ?? [];
    for (let fd = fds[0]; fd !== undefined; fd = fds[0]) {
      await this.#closeElsewhere(fd);
      fds.shift();
    }
    this.#unclosed.delete(owner);
    this.#closing--;
    this.#next();
  }
}

/** This process's, which has one pool of threads. */
export const foreign = new ForeignDescriptors();

/** Pipes, sockets and the kernel's own kinds, which have names that no file can have (proc_pid_fd(5)); and memory, which
 * alone has seals (memfd_create(2)). Asks no file system. */
function closesAtOnce(fd: number): boolean {
  return /^(pipe|socket|anon_inode):/.test(linkTarget(`/proc/self/fd/${fd}`) ?? "") ||
    libc.fcntl(fd, abi.F_GET_SEALS, 0) >= 0;
}

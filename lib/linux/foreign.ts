// Descriptors that somebody passed to us, closed without waiting for whoever serves the file. close(2) tells a file's
// file system (flush of FUSE and NFS), and one that never answers holds the calling thread for good, also against SIGKILL.
// Closes descriptors, on other threads where it must.

import * as abi from "./abi.ts";
import { receiveWithFds } from "./ancillary.ts";
import { LinuxError } from "./error.ts";
import { close, linkTarget } from "./fd.ts";
import { libc } from "./libc.ts";

/** Descriptors that are being closed at a time, each by a thread of the runtime's pool. That has 32 of them; waiting for
 * events takes one, and start_time.ts some. */
const MAX_CLOSING = 20;
/** Of one owner: as many as come with a launch. */
const MAX_CLOSING_OF_ONE = 6;
/** From an owner with more than these, who waits for his own file systems, nothing more should be taken. */
export const MAX_UNCLOSED = 64;
/** What takes longer to close may take for ever. */
const STUCK_MS = 2_000;

/** The owner of what passed through somebody who is trusted, or whose sender is not known. */
export const NOT_TOLD_APART = -1;

/** What close_elsewhere of libc is. */
type CloseElsewhere = (fd: number) => Promise<unknown>;

/** What one owner has passed and is not closed yet. */
interface Unclosed {
  readonly waiting: number[];
  /** When the closing began, for each that is being closed; in this order. */
  readonly closing: Set<{ readonly since: number }>;
}

export class ForeignDescriptors {
  readonly #closeElsewhere: CloseElsewhere;
  readonly #now: () => number;
  readonly #owners = new Map<number, Unclosed>();
  #closing = 0;

  constructor(
    closeElsewhere: CloseElsewhere = (fd) => libc.close_elsewhere(fd),
    now: () => number = () => performance.now(),
  ) {
    this.#closeElsewhere = closeElsewhere;
    this.#now = now;
  }

  /** Closes them, or will in time. One that is being closed is no descriptor of this process any more, and no child gets
   * it; so as many as can be are closed at a time. `owner` is a uid, or a negative number for what cannot be told apart. */
  close(fds: readonly number[], owner: number): void {
    const slow = fds.filter((fd) => {
      if (!closesAtOnce(fd)) return true;
      close(fd);
      return false;
    });
    if (slow.length === 0) return;
    const unclosed = this.#owners.get(owner) ?? { waiting: [], closing: new Set() };
    unclosed.waiting.push(...slow);
    this.#owners.set(owner, unclosed);
    this.#next();
  }

  /** Whether too much of his is not closed. */
  isFull(owner: number): boolean {
    const unclosed = this.#owners.get(owner);
    return unclosed !== undefined && unclosed.waiting.length + unclosed.closing.size > MAX_UNCLOSED;
  }

  /** Whether one of his does not close. */
  isStuck(owner: number): boolean {
    const [first] = this.#owners.get(owner)?.closing ?? [];
    return first !== undefined && this.#now() - first.since > STUCK_MS;
  }

  /** Each owner in turn, one descriptor at a time. */
  #next(): void {
    for (let found = true; found;) {
      found = false;
      for (const [owner, unclosed] of this.#owners) {
        if (this.#closing >= MAX_CLOSING) return;
        if (unclosed.closing.size >= MAX_CLOSING_OF_ONE) continue;
        const fd = unclosed.waiting.shift();
        if (fd === undefined) continue;
        found = true;
        void this.#closeOne(fd, owner, unclosed);
      }
    }
  }

  /** Never rejects: close(2) gives an error by its result, and there is nothing to do about it. */
  async #closeOne(fd: number, owner: number, unclosed: Unclosed): Promise<void> {
    const turn = { since: this.#now() };
    unclosed.closing.add(turn);
    this.#closing++;
    await this.#closeElsewhere(fd);
    this.#closing--;
    unclosed.closing.delete(turn);
    if (unclosed.closing.size === 0 && unclosed.waiting.length === 0) this.#owners.delete(owner);
    this.#next();
  }
}

/** Messages that may wait in a socket, and more (net.unix.max_dgram_qlen). */
const MOST_WAITING = 4_096;
const nothing = new Uint8Array(1);

/** Closes a socket of whole messages by which somebody may have passed descriptors that nobody has looked at: they are not
 * closed with it, but as his others are. The socket must be in nobody else's hands on this side. */
export function closeMessageSocket(fd: number, owner: number): void {
  // Nothing more comes in.
  libc.shutdown(fd, abi.SHUT_RDWR);
  try {
    for (let count = 0; count < MOST_WAITING; count++) {
      const message = receiveWithFds(fd, nothing, 0);
      if (message === null || message.length === 0 && message.fds.length === 0) break;
      foreign.close(message.fds, owner);
    }
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  } finally {
    close(fd);
  }
}

/** This process's, which has one pool of threads. */
export const foreign = new ForeignDescriptors();

/** Pipes and the kernel's own kinds, which have names that no file can have (proc_pid_fd(5)); memory, which alone has
 * seals (memfd_create(2)); and what was opened only to be named (O_PATH of open(2)). Asks no file system. Not sockets:
 * another's files may wait in them, and are closed with them. */
function closesAtOnce(fd: number): boolean {
  return /^(pipe|anon_inode):/.test(linkTarget(`/proc/self/fd/${fd}`) ?? "") ||
    libc.fcntl(fd, abi.F_GET_SEALS, 0) >= 0 || (libc.fcntl(fd, abi.F_GETFL, 0) & abi.O_PATH) !== 0;
}

// When a process started, by proc_pid_stat(5): with the pid it names the process for good. To read it of somebody else's
// process may take for ever (process_status.ts), so that is done on another thread, and for each owner one after the other.

import * as abi from "./abi.ts";
import { elsewhere } from "./elsewhere.ts";
import { LinuxError } from "./error.ts";
import { close, open } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate } from "./memory.ts";
import { startTimeIn } from "./own.ts";

/** Owners whose processes are being read at a time, each by a thread of the runtime's pool (foreign.ts has more). */
const MAX_READING = 8;
/** Of one owner that wait for each other. */
const MAX_WAITING = 256;
const STAT_BYTES = 4096;

/** What pread_elsewhere of libc is. */
type ReadElsewhere = (
  fd: number,
  buffer: Uint8Array<ArrayBuffer>,
  length: bigint,
  offset: bigint,
) => Promise<bigint>;

export class StartTimes {
  readonly #read: ReadElsewhere;
  /** By owner: how many of his were asked for and not answered, and the last of them. */
  readonly #asked = new Map<number, { count: number; last: Promise<unknown> }>();
  readonly #waiting: (() => void)[] = [];
  #reading = 0;

  constructor(read: ReadElsewhere = (...values) => libc.pread_elsewhere(...values)) {
    this.#read = read;
  }

  /** In clock ticks since boot; null: no such process. `owner` is the uid who waits, with all of his, where it takes for
   * ever: who asks must not count on an answer. Throws LinuxError, also where too many of his wait. */
  async of(pid: number, owner: number): Promise<string | null> {
    const his = this.#asked.get(owner) ?? { count: 0, last: Promise.resolve() };
    if (his.count >= MAX_WAITING) throw new LinuxError("read", abi.EBUSY, `/proc/${pid}/stat`);
    const answer = his.last.then(() => this.#inTurn(pid));
    // Errors are the asker's alone.
    his.last = answer.catch(() => {});
    his.count++;
    this.#asked.set(owner, his);
    try {
      return await answer;
    } finally {
      if (--his.count === 0) this.#asked.delete(owner);
    }
  }

  async #inTurn(pid: number): Promise<string | null> {
    if (this.#reading < MAX_READING) this.#reading++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#startTime(pid);
    } finally {
      // The place goes to who waits longest, and to nobody who came in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#reading--;
      else next();
    }
  }

  async #startTime(pid: number): Promise<string | null> {
    let fd: number;
    try {
      fd = open(`/proc/${pid}/stat`, abi.O_RDONLY);
    } catch (error) {
      if (error instanceof LinuxError && (error.errno === abi.ENOENT || error.errno === abi.ESRCH)) {
        return null;
      }
      throw error;
    }
    try {
      const buffer = allocate(STAT_BYTES);
      const length = Number(await elsewhere(this.#read(fd, buffer, BigInt(buffer.length), 0n)));
      // Less than nothing: it has ended meanwhile.
      return length <= 0 ? null : startTimeIn(new TextDecoder().decode(buffer.subarray(0, length)));
    } finally {
      close(fd);
    }
  }
}

/** This process's, which has one pool of threads. */
export const startTimes = new StartTimes();

// Bytes between the person's terminal and the program's, as they are. Neither side is read while the other takes
// nothing, so nothing is kept but what was read last. Touches the two descriptors that it is given.

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from "../../lib/linux/abi.ts";
import { readTerminal, writeTerminal } from "../../lib/linux/pty.ts";
import type { Reactor } from "../../lib/linux/reactor.ts";

const CHUNK_BYTES = 16_384;
/** More than a terminal keeps for its reader: what a program wrote before it ended is within it. */
const LAST_WORDS_BYTES = 262_144;

/** What was read from one side and the other has not taken yet. */
class Direction {
  readonly #buffer = new Uint8Array(new ArrayBuffer(CHUNK_BYTES));
  #pending = this.#buffer.subarray(0, 0);

  get isFull(): boolean {
    return this.#pending.length > 0;
  }

  /** How many bytes were read; only while nothing is pending. */
  read(fd: number): number | "later" | "end" {
    const count = readTerminal(fd, this.#buffer);
    if (typeof count === "number") this.#pending = this.#buffer.subarray(0, count);
    return count;
  }

  /** False where the other side is gone. */
  write(fd: number): boolean {
    while (this.isFull) {
      const count = writeTerminal(fd, this.#pending);
      if (count === "end") return false;
      if (count === "later") return true;
      this.#pending = this.#pending.subarray(count);
    }
    return true;
  }

  drop(): void {
    this.#pending = this.#buffer.subarray(0, 0);
  }
}

export class Relay {
  readonly #reactor: Reactor;
  readonly #terminal: number;
  readonly #master: number;
  readonly #onHangUp: () => void;
  readonly #input = new Direction();
  readonly #output = new Direction();
  /** Whether the person's terminal is read: only while it is this process's to read. */
  #reads = false;
  #terminalOpen = true;
  #masterOpen = true;
  /** Nobody has the program's terminal open any more: what it still holds is read without waiting for it. */
  #masterLeft = false;
  /** Bytes of output that are still waited for; null: the program runs. */
  #rest: number | null = null;
  #finished: () => void = () => {};

  /** `onHangUp`: the person's terminal is gone. */
  constructor(reactor: Reactor, terminal: number, master: number, onHangUp: () => void) {
    this.#reactor = reactor;
    this.#terminal = terminal;
    this.#master = master;
    this.#onHangUp = onHangUp;
    reactor.add(terminal, 0, (events) => this.#terminalReady(events));
    reactor.add(master, EPOLLIN, (events) => this.#masterReady(events));
  }

  setReading(reads: boolean): void {
    this.#reads = reads;
    this.#listen();
  }

  /** What the program has written so far is on the person's terminal, as far as that takes it now. */
  flush(): void {
    for (let bytes = 0; bytes < LAST_WORDS_BYTES && !this.#output.isFull && this.#masterOpen;) {
      const count = this.#output.read(this.#master);
      if (typeof count !== "number") break;
      bytes += count;
      if (!this.#terminalOpen) this.#output.drop();
      else if (!this.#output.write(this.#terminal)) return this.#endTerminal();
    }
    this.#listen();
  }

  /** Resolves when what the program wrote before it ended is on the person's terminal. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      this.#finished = resolve;
      this.#rest = LAST_WORDS_BYTES;
      this.setReading(false);
      this.#passOutput();
    });
  }

  /** The program's terminal hangs up: its session gets SIGHUP when the master is closed. */
  endMaster(): void {
    if (!this.#masterOpen) return;
    this.#masterOpen = false;
    this.#reactor.remove(this.#master);
    this.#input.drop();
    this.#checkFinished();
  }

  #terminalReady(events: number): void {
    if ((events & EPOLLOUT) !== 0) this.#passOutput();
    if ((events & EPOLLIN) !== 0 && this.#reads && !this.#input.isFull) this.#passInput();
    if ((events & (EPOLLHUP | EPOLLERR)) !== 0) this.#endTerminal();
  }

  #masterReady(events: number): void {
    if ((events & EPOLLOUT) !== 0 && !this.#input.write(this.#master)) this.#input.drop();
    if ((events & (EPOLLHUP | EPOLLERR)) !== 0) {
      // Epoll would tell it again and again, also while the output has to wait.
      this.#masterLeft = true;
      this.#reactor.remove(this.#master);
    }
    if (!this.#output.isFull) this.#passOutput();
    else this.#listen();
  }

  #passInput(): void {
    if (this.#input.read(this.#terminal) === "end") return this.#endTerminal();
    if (this.#masterOpen && !this.#input.write(this.#master)) this.#input.drop();
    this.#listen();
  }

  /** One chunk, while the program runs; all that is left, once it has ended. */
  #passOutput(): void {
    const all = () => this.#masterLeft || (this.#rest !== null && this.#rest > 0);
    do {
      if (!this.#output.isFull && this.#masterOpen) {
        const count = this.#output.read(this.#master);
        if (count === "end") return this.endMaster();
        if (count === "later") break;
        if (this.#rest !== null) this.#rest -= count;
      }
      if (!this.#terminalOpen) this.#output.drop();
      else if (!this.#output.write(this.#terminal)) this.#endTerminal();
    } while (all() && !this.#output.isFull && this.#masterOpen);
    if (this.#rest !== null && !this.#output.isFull) this.endMaster();
    this.#listen();
  }

  #endTerminal(): void {
    if (!this.#terminalOpen) return;
    this.#terminalOpen = false;
    this.#reactor.remove(this.#terminal);
    this.#output.drop();
    this.#onHangUp();
    this.#checkFinished();
  }

  #listen(): void {
    if (this.#terminalOpen) {
      const input = this.#reads && !this.#input.isFull ? EPOLLIN : 0;
      this.#reactor.modify(this.#terminal, input | (this.#output.isFull ? EPOLLOUT : 0));
    }
    if (this.#masterOpen && !this.#masterLeft) {
      const output = this.#output.isFull ? 0 : EPOLLIN;
      this.#reactor.modify(this.#master, output | (this.#input.isFull ? EPOLLOUT : 0));
    }
    this.#checkFinished();
  }

  #checkFinished(): void {
    if (this.#rest !== null && !this.#masterOpen && !(this.#terminalOpen && this.#output.isFull)) {
      this.#finished();
    }
  }
}

// Waits for descriptors: one epoll_wait(2) on a pool thread, and everything that is ready is then handled
// synchronously on the main thread. One waiting call serves any number of peers; one blocking call a peer would
// exhaust the pool at about 32.
//
// The way from a pool thread to the main one costs about 50 µs, a third of a whole call over the bus. Who has just
// asked soon asks again, so after each batch the main thread itself waits, for LINGER_MS at most.

import * as abi from "./abi.ts";
import { awaitsCalls } from "./elsewhere.ts";
import { must } from "./error.ts";
import { close } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** struct epoll_event is packed on x86_64 alone. */
const EVENT_BYTES = Deno.build.arch === "x86_64" ? 12 : 16;
const DATA_OFFSET = EVENT_BYTES - 8;
const BATCH = 64;
/** What the main thread waits itself. A timer may be so much late. */
const LINGER_MS = 1;
/** After so long without a pause, timers and other threads' answers get their turn, however much comes. */
const MOST_BUSY_MS = 10;
/** Steps of the longest chain of promises between an event and what is done about it. */
const PROMISE_STEPS = 50;

export type Ready = (events: number) => void;

export class Reactor {
  readonly #epoll = must("epoll_create1", libc.epoll_create1(abi.EPOLL_CLOEXEC));
  readonly #wake = must("eventfd", libc.eventfd(0, abi.EFD_CLOEXEC | abi.EFD_NONBLOCK));
  readonly #callbacks = new Map<number, Ready>();
  readonly #onError: (error: unknown) => void;
  #stopped = false;

  /** `onError` is told what a callback threw; the loop goes on, whatever it was. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
    this.add(this.#wake, abi.EPOLLIN, () => {});
  }

  /** Calls `ready` whenever one of `events` (EPOLLIN, ...) holds for `fd`; level-triggered. */
  add(fd: number, events: number, ready: Ready): void {
    must("epoll_ctl", libc.epoll_ctl(this.#epoll, abi.EPOLL_CTL_ADD, fd, event(fd, events)));
    this.#callbacks.set(fd, ready);
  }

  modify(fd: number, events: number): void {
    must("epoll_ctl", libc.epoll_ctl(this.#epoll, abi.EPOLL_CTL_MOD, fd, event(fd, events)));
  }

  /** Before the descriptor is closed or passed on; unknown ones are fine. */
  remove(fd: number): void {
    if (this.#callbacks.delete(fd)) libc.epoll_ctl(this.#epoll, abi.EPOLL_CTL_DEL, fd, event(fd, 0));
  }

  /** Ends when `stop` is called. */
  async run(): Promise<void> {
    const events = allocate(EVENT_BYTES * BATCH);
    const v = view(events);
    let failures = 0;
    while (!this.#stopped) {
      // errno of a call on another thread cannot be known: a failure is taken for an interruption, for a while.
      let count = await libc.epoll_wait_elsewhere(this.#epoll, events, BATCH, -1);
      if (count < 0 && ++failures > 1000) throw new Error("epoll_wait fails again and again");
      if (count >= 0) failures = 0;
      for (
        const start = performance.now();
        count > 0;
        count = libc.epoll_wait(this.#epoll, events, BATCH, LINGER_MS)
      ) {
        this.#handle(v, count);
        // What the callbacks' promises do is done before this thread waits.
        for (let step = 0; step < PROMISE_STEPS; step++) await null;
        if (this.#stopped || awaitsCalls() || performance.now() - start > MOST_BUSY_MS) break;
      }
    }
    close(this.#wake);
    close(this.#epoll);
  }

  #handle(events: DataView, count: number): void {
    for (let index = 0; index < count && !this.#stopped; index++) {
      const fd = events.getInt32(index * EVENT_BYTES + DATA_OFFSET, true);
      try {
        this.#callbacks.get(fd)?.(events.getUint32(index * EVENT_BYTES, true));
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    const one = allocate(8);
    one[0] = 1;
    libc.write(this.#wake, one, 8n);
  }
}

function event(fd: number, events: number): Uint8Array<ArrayBuffer> {
  const bytes = allocate(EVENT_BYTES);
  const v = view(bytes);
  v.setUint32(0, events, true);
  v.setInt32(DATA_OFFSET, fd, true);
  return bytes;
}

/** Resolves when `fd` can be read or its peer is gone: for a program that waits for one thing. False: nothing came
 * within so many milliseconds; null waits for ever. The kernel keeps the time: in Deno the first timer of a process
 * loads what Node's timers need, which takes longer than most answers. */
export async function waitReadable(fd: number, withinMs: number | null = null): Promise<boolean> {
  const pollfd = allocate(8);
  const v = view(pollfd);
  v.setInt32(0, fd, true);
  v.setInt16(4, abi.POLLIN, true);
  const end = withinMs === null ? Infinity : performance.now() + withinMs;
  for (let attempt = 0; attempt < 1000; attempt++) {
    const leftMs = end === Infinity ? -1 : Math.max(0, Math.ceil(end - performance.now()));
    if (await libc.poll_elsewhere(pollfd, 1n, leftMs) > 0) return true;
    // Before that it failed: a signal came.
    if (performance.now() >= end) return false;
  }
  throw new Error("poll fails again and again");
}

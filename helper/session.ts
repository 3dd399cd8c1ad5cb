// The sessions of programs that the helper started: each leader is the helper's own child, and whatever the program
// started in its session ends with it when nobody is there any more for whom it runs (credentials(7), setsid(2)). To find
// who is in a session takes a look at every process of the machine, so all that is asked in a turn of the event loop is
// answered by the same looks.

import { SIGCONT, SIGKILL } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import {
  allSessions,
  isLiving,
  kill,
  pidfdOpen,
  reapPid,
  type SessionMember,
  signalMember,
} from "../lib/linux/process.ts";
import { explain, Failure } from "./failure.ts";
import { log } from "./log.ts";

/** Looking again: whether a process that was killed has ended, or who has come to a session meanwhile. */
const LOOK_MS = 50;
/** A process that starts others while it is signalled is met again, so often in a turn, and for so many turns. */
const MOST_ROUNDS = 10;
const MOST_TURNS = 20;

/** Is told, once all of the session was signalled, whether anything but the leader lives in it. */
export type Done = (hasOthers: boolean) => void;

interface Asked {
  readonly signals: Set<number>;
  readonly done: Done[];
  /** Pids of those that have had the signals, as long as each look finds them. */
  signalled: Set<number>;
  turns: number;
}

interface Found {
  readonly crowded: ReadonlySet<number>;
  readonly unfinished: ReadonlySet<number>;
}
const UNSEEN: Found = { crowded: new Set(), unfinished: new Set() };

/** A leader is not to be waited for between a question and its answer: until then the number is nobody else's. */
export class Sessions {
  readonly #scan: () => readonly SessionMember[];
  #asked = new Map<number, Asked>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(scan: () => readonly SessionMember[] = allSessions) {
    this.#scan = scan;
  }

  /** A signal to all of the session of `leader`, soon; stopped ones go on, to take it. */
  signal(leader: number, signal: number, done: Done = () => {}): void {
    this.#ask(leader, [signal], done);
  }

  /** Looks who is there, soon. */
  look(leader: number, done: Done): void {
    this.#ask(leader, [], done);
  }

  #ask(leader: number, signals: readonly number[], done: Done): void {
    const asked = this.#asked.get(leader) ?? { signals: new Set(), done: [], signalled: new Set(), turns: 0 };
    for (const signal of signals) {
      if (asked.signals.has(signal)) continue;
      // Another one than before is for everybody.
      asked.signals.add(signal);
      asked.signalled.clear();
      asked.turns = 0;
    }
    asked.done.push(done);
    this.#asked.set(leader, asked);
    this.#comeBack(0);
  }

  #comeBack(ms: number): void {
    this.#timer ??= setTimeout(() => this.#turn(), ms);
  }

  #turn(): void {
    this.#timer = null;
    const all = this.#asked;
    const found = signalSessions(all, this.#scan);
    const { crowded, unfinished } = found ?? UNSEEN;
    this.#asked = new Map();
    for (const [leader, asked] of all) {
      // Nothing seen is no turn: whoever is there must be found in the end.
      if (found === null || unfinished.has(leader) && ++asked.turns < MOST_TURNS) {
        this.#asked.set(leader, asked);
      }
    }
    if (this.#asked.size > 0) this.#comeBack(LOOK_MS);
    for (const [leader, asked] of all) {
      if (this.#asked.get(leader) === asked) continue;
      for (const done of asked.done) tell(done, crowded.has(leader));
    }
  }
}

/** Looks and signals until nobody is found who was not signalled. `crowded`: the leaders whose session has others;
 * `unfinished`: those in whose session there may still be somebody who was not signalled. Null: nothing could be seen. */
function signalSessions(
  all: ReadonlyMap<number, Asked>,
  scan: () => readonly SessionMember[],
): Found | null {
  let crowded = new Set<number>();
  let unfinished = new Set<number>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const processes = scan();
    // One that does not even show this process has failed: there is no descriptor left.
    if (!processes.some(({ pid }) => pid === Deno.pid)) return null;
    const living = processes.filter(({ pid, session }) => all.has(session) && isLiving(pid));
    const pids = new Set(living.map(({ pid }) => pid));
    for (const asked of all.values()) asked.signalled = asked.signalled.intersection(pids);
    crowded = new Set(living.filter(({ pid, session }) => pid !== session).map(({ session }) => session));
    unfinished = new Set();
    for (const each of living) if (signalNew(each, all.get(each.session))) unfinished.add(each.session);
    if (unfinished.size === 0) break;
  }
  return { crowded, unfinished };
}

/** Signals a process that has not had the signals yet; false: it has, or nothing is to be sent. */
function signalNew(each: SessionMember, asked: Asked | undefined): boolean {
  if (asked === undefined || asked.signals.size === 0 || asked.signalled.has(each.pid)) return false;
  const signals = asked.signals.has(SIGKILL) ? [SIGKILL] : [...asked.signals, SIGCONT];
  if (signalMember(each, signals)) asked.signalled.add(each.pid);
  return true;
}

function tell(done: Done, hasOthers: boolean): void {
  try {
    done(hasOthers);
  } catch (error) {
    log("error", `unexpected: ${explain(error).message}`);
  }
}

/** The helper's, for all. */
export const sessions = new Sessions();

/** A pidfd for a child that has just been started. Where there can be none it would run unwatched, for ever if need
 * be: it is ended instead, and `ended` is called when nothing is left of it. Throws Failure. */
export function watched(pid: number, what: string, open = pidfdOpen, ended: () => void = () => {}): number {
  try {
    return open(pid);
  } catch (error) {
    endUnwatched(pid, ended);
    const why = error instanceof LinuxError ? error.message : "failed";
    throw new Failure("failed", `${what}: the program cannot be watched over, and was ended again: ${why}`);
  }
}

/** Kills a child with its session and waits for it, without a descriptor; then `ended`. */
export function endUnwatched(pid: number, ended: () => void = () => {}): void {
  // The others soon, and itself at once: it is not waited for yet, so the number is its own.
  kill(pid, SIGKILL);
  sessions.signal(pid, SIGKILL, () => {
    if (reapPid(pid)) return ended();
    const timer = setInterval(() => {
      if (!reapPid(pid)) return;
      clearInterval(timer);
      ended();
    }, LOOK_MS);
  });
}

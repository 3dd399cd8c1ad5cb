// A program on a terminal of its own, behind the person's: what is typed and shown is passed on byte by byte, and
// between the person's shell and the program stops and continues mean what they mean without pvd. Touches the
// person's terminal, a pseudo-terminal, signals, and the processes of the program's session.
//
// The person's terminal is made raw, and read, only while this process is in its foreground and the program wants it:
// a program in a pipeline or in the background gets a background place on its own terminal too, and has to ask, as
// everybody does, by reading (SIGTTIN). The settings are put back at each stop and at the end. Only where pvd itself
// is killed by SIGKILL they are not: nothing can; the program then gets the hang-up of its terminal.

import * as abi from "../../lib/linux/abi.ts";
import { close, duplicate, isThere, open, statusOf } from "../../lib/linux/fd.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { ownGroupIsOrphaned, stopOwnGroup } from "../../lib/linux/job_control.ts";
import { kill } from "../../lib/linux/process.ts";
import { allProcesses, processStatus } from "../../lib/linux/process_status.ts";
import {
  copyWindowSize,
  isControllingTerminal,
  isInForeground,
  openPty,
  rawSettings,
  setTerminalSettings,
  type TerminalSettings,
  terminalSettings,
} from "../../lib/linux/pty.ts";
import { Reactor } from "../../lib/linux/reactor.ts";
import { ANY_SHELL, type Command, JOB_SHELLS, leaderOf } from "./leader.ts";
import { Relay } from "./relay.ts";

/** Looking whether the leader has stopped: it says so just before it does. */
const LOOK_MS = 1, MOST_LOOKS = 2000;
const PIPES: readonly number[] = [abi.S_IFIFO, abi.S_IFSOCK];

export class TerminalSession {
  /** What the program gets as its standard streams: its terminal for each that is the person's. */
  readonly streams: readonly [number, number, number];
  readonly #terminal: number;
  readonly #master: number;
  #slave: number;
  readonly #reactor: Reactor;
  readonly #relay: Relay;
  #running: Promise<void> = Promise.resolve();
  readonly #inPipeline: boolean;
  /** Whether the program uses its terminal in the foreground, or would if it could. */
  #wanted: boolean;
  #inForeground: boolean;
  #leader = 0;
  /** What the program's terminal got from the person's. */
  #given: TerminalSettings;
  /** The person's settings, and ours while they are in force. */
  #saved: TerminalSettings | null = null;
  #raw: TerminalSettings | null = null;
  #stopAsked = false;
  /** It has stopped already, before this process knew that it was started. */
  #stoppedEarly = false;
  #handlesStop = false;
  #failure: { readonly error: unknown } | null = null;
  readonly #listeners: (readonly [Deno.Signal, () => void])[] = [];

  /** Standard input is a terminal. Throws LinuxError where no pseudo-terminal can be had. */
  constructor() {
    const { master, slave } = openPty();
    this.#master = master;
    this.#slave = slave;
    try {
      this.#terminal = openTerminal();
      setTerminalSettings(slave, terminalSettings(this.#terminal));
      this.#given = terminalSettings(slave);
    } catch (error) {
      close(master);
      close(slave);
      throw error;
    }
    copyWindowSize(this.#terminal, master);
    this.streams = [slave, isSameTerminal(1) ? slave : 1, isSameTerminal(2) ? slave : 2];
    this.#inPipeline = PIPES.includes(statusOf(1).mode & abi.S_IFMT);
    this.#wanted = !this.#inPipeline && isInForeground(this.#terminal);
    this.#inForeground = this.#wanted;
    this.#reactor = new Reactor((error) => this.#fail(error));
    this.#relay = new Relay(this.#reactor, this.#terminal, master, () => this.#hangUp());
    this.#listenTo([["SIGURG", () => this.#hearStop()]]);
  }

  /** What is to be started in the program's place; `ignored` are the signals, by number, that the program is to
   * ignore. Throws RangeError. */
  lead(program: Command, ignored: readonly number[]): Command {
    const shell = JOB_SHELLS.find((path) => isThere(path)) ?? ANY_SHELL;
    return leaderOf(program, { shell, foreground: this.#inForeground, pid: Deno.pid, ignored });
  }

  /** From now on this process is the program, whose session has the leader `pid`. */
  begin(pid: number): void {
    this.#leader = pid;
    this.#closeSlave();
    this.#listenTo([
      ["SIGWINCH", () => copyWindowSize(this.#terminal, this.#master)],
      ["SIGTSTP", () => this.#askToStop()],
      ["SIGCONT", () => this.#continued()],
    ]);
    if (this.#inForeground) this.#attach();
    this.#running = this.#reactor.run();
    if (this.#stoppedEarly) this.#hearStop();
  }

  /** The program has ended, or was never started: all is put back. Throws what went wrong on the way. */
  async end(): Promise<void> {
    if (this.#leader !== 0) await this.#relay.finish();
    this.#detach();
    for (const [name, listener] of this.#listeners) Deno.removeSignalListener(name, listener);
    this.#reactor.stop();
    await (this.#leader === 0 ? this.#reactor.run() : this.#running);
    this.#closeSlave();
    close(this.#master);
    close(this.#terminal);
    if (this.#failure !== null) throw this.#failure.error;
  }

  #closeSlave(): void {
    if (this.#slave >= 0) close(this.#slave);
    this.#slave = -1;
  }

  #listenTo(signals: readonly (readonly [Deno.Signal, () => void])[]): void {
    for (const [name, act] of signals) {
      const listener = () => {
        try {
          act();
        } catch (error) {
          this.#fail(error);
        }
      };
      Deno.addSignalListener(name, listener);
      this.#listeners.push([name, listener]);
    }
  }

  /** To the process group of the program, which is the leader's child. */
  signal(signal: number): void {
    const groups = new Set(
      allProcesses().filter(({ parent }) => parent === this.#leader).map(({ group }) => group),
    );
    // Without a leader that is a parent of jobs the program is the leader itself.
    if (groups.size === 0) groups.add(this.#leader);
    for (const group of groups) kill(-group, signal);
  }

  /** From outside, or from the keyboard while the terminal is not raw. */
  #askToStop(): void {
    this.#stopAsked = true;
    this.signal(abi.SIGTSTP);
  }

  #hearStop(): void {
    if (this.#leader === 0) this.#stoppedEarly = true;
    else this.#stopped().catch((error) => this.#fail(error));
  }

  /** The leader says that the program has stopped: so does this process, unless the program only wants its turn. */
  async #stopped(): Promise<void> {
    if (this.#handlesStop) return;
    this.#handlesStop = true;
    try {
      if (!await this.#leaderStops()) return;
      const asked = this.#stopAsked;
      this.#stopAsked = false;
      const ours = isInForeground(this.#terminal);
      if (!this.#inForeground && !asked) {
        this.#wanted = true;
        if (ours) return this.#resume();
        // Nobody could bring this process to the foreground: the kernel refuses such readers (EIO).
        if (ownGroupIsOrphaned()) this.signal(abi.SIGHUP);
      }
      this.#relay.flush();
      this.#detach();
      stopOwnGroup();
      this.#resume();
    } finally {
      this.#handlesStop = false;
    }
  }

  async #leaderStops(): Promise<boolean> {
    for (let look = 0; look < MOST_LOOKS; look++) {
      const state = processStatus(this.#leader)?.state ?? "Z";
      if (state === "T" || state === "Z") return state === "T";
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return false;
  }

  #resume(): void {
    this.#inForeground = this.#wanted && isInForeground(this.#terminal);
    if (this.#inForeground) this.#attach();
    kill(this.#leader, this.#inForeground ? abi.SIGUSR1 : abi.SIGUSR2);
    kill(this.#leader, abi.SIGCONT);
  }

  /** After a stop that was not the program's doing: somebody stopped this process alone, and continued it. */
  #continued(): void {
    if (this.#handlesStop) return;
    if (isInForeground(this.#terminal)) {
      if (this.#inForeground) this.#attach();
    } else {
      // Whoever has the terminal now has its own settings; ours are no more to be put back.
      this.#raw = null;
      this.#relay.setReading(false);
    }
    this.signal(abi.SIGCONT);
  }

  #attach(): void {
    if (this.#raw === null || !hasSettings(this.#terminal, this.#raw)) {
      const now = settingsOf(this.#terminal);
      if (now === null) return this.#hangUp();
      this.#saved = now;
      // A background job is started while the shell's line editor has the terminal; unless the program has its own
      // settings by now, it gets what the shell sets for a foreground job.
      if (hasSettings(this.#master, this.#given)) {
        setTerminalSettings(this.#master, now);
        this.#given = terminalSettings(this.#master);
      }
      setTerminalSettings(this.#terminal, rawSettings(now));
      this.#raw = settingsOf(this.#terminal);
    }
    copyWindowSize(this.#terminal, this.#master);
    this.#relay.setReading(true);
  }

  #detach(): void {
    if (this.#saved === null || this.#raw === null) return;
    this.#relay.setReading(false);
    // A pager further down the pipeline has settings of its own by now.
    const othersUseIt = this.#inPipeline && !hasSettings(this.#terminal, this.#raw);
    if (!othersUseIt) setTerminalSettings(this.#terminal, this.#saved);
    this.#raw = null;
  }

  /** The person's terminal is gone. What the program still writes is read, and goes nowhere. */
  #hangUp(): void {
    this.#raw = null;
    this.signal(abi.SIGHUP);
    this.signal(abi.SIGCONT);
    // Who leads a stopped program is stopped too, and has to see its end.
    kill(this.#leader, abi.SIGCONT);
  }

  /** A defect of ours: the terminal must not stay raw, nor the program go on with nobody behind its terminal. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#detach();
    this.#hangUp();
  }
}

/** The person's terminal with flags of its own: O_NONBLOCK on standard input would be everybody's. */
function openTerminal(): number {
  const path = isControllingTerminal(0) ? "/dev/tty" : "/proc/self/fd/0";
  try {
    return open(path, abi.O_RDWR | abi.O_NONBLOCK | abi.O_NOCTTY);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    // Another person's, as after su(1): only what is open already can be used.
    return duplicate(0);
  }
}

/** Whether standard stream `fd` is the terminal that standard input is. */
function isSameTerminal(fd: number): boolean {
  const stream = fd === 1 ? Deno.stdout : Deno.stderr;
  if (!stream.isTerminal()) return false;
  return isControllingTerminal(0)
    ? isControllingTerminal(fd)
    : statusOf(0).identity === statusOf(fd).identity;
}

/** Null where it is gone. */
function settingsOf(fd: number): TerminalSettings | null {
  try {
    return terminalSettings(fd);
  } catch (error) {
    if (error instanceof LinuxError) return null;
    throw error;
  }
}

/** False also where it is gone. */
function hasSettings(fd: number, settings: TerminalSettings): boolean {
  return settingsOf(fd)?.every((byte, at) => byte === settings[at]) ?? false;
}

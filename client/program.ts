// A launched program from the client's side: hears of its start and end from the helper, hands on signals, and
// stays until it is gone even when the helper is not. Touches its connection, signals and the program's pid.

import { asObject, integer, isObject, oneOf } from "../lib/check.ts";
import {
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGQUIT,
  SIGSTOP,
  SIGTERM,
  SIGTSTP,
  SIGUSR1,
  SIGUSR2,
  SIGWINCH,
} from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { close } from "../lib/linux/fd.ts";
import { dieOf } from "../lib/linux/job_control.ts";
import { kill, pidfdOpen } from "../lib/linux/process.ts";
import { statusText } from "../lib/linux/process_status.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import type { ProgramEvent } from "../lib/protocol.ts";
import type { Connection } from "./connection.ts";
import { ClientError } from "./errors.ts";
import { readError } from "./replies.ts";

type ForwardedSignal = readonly [name: Deno.Signal, number: number];
/** What a person or a shell sends to a program that it started; signal(7). */
const FORWARDED: readonly ForwardedSignal[] = [
  ["SIGHUP", SIGHUP],
  ["SIGINT", SIGINT],
  ["SIGQUIT", SIGQUIT],
  ["SIGUSR1", SIGUSR1],
  ["SIGUSR2", SIGUSR2],
  ["SIGTERM", SIGTERM],
];
const JOB_SIGNALS: readonly ForwardedSignal[] = [
  ["SIGCONT", SIGCONT],
  ["SIGTSTP", SIGTSTP],
  ["SIGWINCH", SIGWINCH],
];
/** No program is process 1, and kill(-1) would reach every process of this person. */
const MIN_PID = 2, MAX_PID = 0x7fff_ffff;
const MAX_SIGNAL = 64;

export type ProgramEnd =
  | Exclude<ProgramEvent, { type: "started" }>
  /** The helper went away first; the program has ended since, nobody knows how. */
  | { readonly type: "lost" };

/** What is between the person and a program on a terminal of its own: it hands on signals, and all that is typed. */
export interface Attachment {
  begin(pid: number): void;
  signal(signal: number): void;
  end(): Promise<void>;
}

/** Stays until the program is gone. `early` is from when it was asked for: a signal that comes before it is started
 * ends pvd, as it ends any process; from then on they are the program's, handed on by `attachment`, or by the helper
 * where that is null. `onLost` is called when the helper is gone and the program is not. Throws ClientError. */
export async function follow(
  connection: Connection,
  early: HeldSignals,
  attachment: Attachment | null,
  onLost: (pid: number) => void,
): Promise<ProgramEnd> {
  const first = await nextEvent(connection);
  if (first === null) {
    throw new ClientError("failed", "the connection ended before the program was started");
  }
  if (first.type === "error") return first;
  if (first.type !== "started") throw new ClientError("badAnswer", `${first.type} came before started`);
  const { pid } = first;
  const program = openProgram(pid);
  // Signals that came when the helper had gone and that was not known yet.
  const undelivered: number[] = [];
  let send = (signal: number) => {
    if (!connection.send({ type: "signal", signal })) undelivered.push(signal);
  };
  if (attachment !== null) send = (signal) => attachment.signal(signal);
  const stopForwarding = attachment === null ? forwardJobSignals((signal) => send(signal)) : () => {};
  try {
    attachment?.begin(pid);
    early.sendTo((signal) => send(signal));
    const last = await nextEvent(connection);
    if (last?.type === "started") throw new ClientError("badAnswer", "started came twice");
    if (last !== null) return last;
    if (program !== null) {
      onLost(pid);
      // The program is this person's own and, until its pidfd says otherwise, still has its pid.
      if (attachment === null) send = (signal) => void (kill(-pid, signal) || kill(pid, signal));
      undelivered.forEach(send);
      await waitReadable(program);
    }
    return { type: "lost" };
  } finally {
    stopForwarding();
    if (program !== null) close(program);
  }
}

/** Lets the program go on alone as soon as it is started. Throws ClientError. */
export async function letGo(
  connection: Connection,
): Promise<ProgramEnd | { readonly type: "detached"; readonly pid: number }> {
  const first = await nextEvent(connection);
  if (first === null) {
    throw new ClientError("failed", "the connection ended before the program was started");
  }
  if (first.type !== "started") return first;
  connection.send({ type: "detach" });
  // Only what the helper has read is sure: it closes the connection then, or tells that the program has ended before.
  await nextEvent(connection);
  return { type: "detached", pid: first.pid };
}

async function nextEvent(connection: Connection): Promise<ProgramEvent | null> {
  const message = await connection.receive(null);
  if (message === null) return null;
  try {
    return readProgramEvent(message);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ClientError(
      "badAnswer",
      `what the helper says of the program is not understood: ${error.message}`,
    );
  }
}

/** One ProgramEvent; the broker's refusal has the shape of `error` too. Throws SyntaxError. */
export function readProgramEvent(value: unknown): ProgramEvent {
  if (!isObject(value)) throw new SyntaxError("the message is not an object");
  const type = oneOf(value, "type", ["started", "exited", "signaled", "error"]);
  const only = (...names: string[]) => asObject(value, ["type", ...names], type);
  switch (type) {
    case "started":
      return { type, pid: integer(only("pid"), "pid", MIN_PID, MAX_PID) };
    case "exited":
      return { type, status: integer(only("status"), "status", 0, 255) };
    case "signaled":
      return { type, signal: integer(only("signal"), "signal", 1, MAX_SIGNAL) };
    case "error":
      return { type, ...readError(only("code", "message")) };
  }
}

/** Null where it is gone already. */
function openProgram(pid: number): number | null {
  try {
    return pidfdOpen(pid);
  } catch (error) {
    if (error instanceof LinuxError) return null;
    throw error;
  }
}

/** The program may run already when a signal comes and that is not known here: then the signal is the program's. It is
 * kept for so long before it is taken for pvd's own. */
const HOLD_MS = 500;

/** Signals that come before it is known whose they are. */
export interface HeldSignals {
  /** Those that came, and from now on all that come. */
  sendTo(send: (signal: number) => void): void;
  end(): void;
}

/** Those of FORWARDED, by number, that this process was started with as ignored, as by nohup(1): the program has them
 * ignored too, and they are not handed on. To be called before anything here listens for a signal. */
export function ignoredSignals(): number[] {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(statusText(Deno.pid) ?? "")?.[1] ?? "0";
  const bits = BigInt(`0x${mask}`);
  return FORWARDED.map(([, number]) => number).filter((number) => (bits >> BigInt(number - 1) & 1n) === 1n);
}

/** To be called when a program is asked for; `ignored` by `ignoredSignals`. */
export function holdSignals(ignored: readonly number[]): HeldSignals {
  const held: number[] = [];
  let deliver: ((signal: number) => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  // Timers of any kind, also clearing none, take longer to load than a program takes to start: only where one is needed.
  const stopTimer = () => timer === null || clearTimeout(timer);
  const removals = FORWARDED.map((each) =>
    listen(each, (signal) => {
      // The runtime, which listens for some of them itself from the first listener on, would end this process.
      if (ignored.includes(signal)) return;
      if (deliver !== null) return deliver(signal);
      held.push(signal);
      timer ??= setTimeout(() => dieOf(signal), HOLD_MS);
    })
  );
  return {
    sendTo(send) {
      stopTimer();
      held.forEach(send);
      deliver = send;
    },
    end() {
      stopTimer();
      removals.forEach((remove) => remove());
    },
  };
}

/** Those of job control and of the terminal, which do nothing to a process before there is a program. */
function forwardJobSignals(send: (signal: number) => void): () => void {
  const removals = JOB_SIGNALS.map((each) =>
    listen(each, (signal) => {
      send(signal);
      // The person's shell wants its terminal back; it wakes pvd with SIGCONT, which is handed on as well.
      if (signal === SIGTSTP) kill(Deno.pid, SIGSTOP);
    })
  );
  return () => removals.forEach((remove) => remove());
}

function listen([name, number]: ForwardedSignal, act: (signal: number) => void): () => void {
  const listener = () => {
    try {
      act(number);
    } catch (error) {
      // The helper takes no messages: it has more than enough of them from us.
      if (!(error instanceof ClientError)) throw error;
    }
  };
  Deno.addSignalListener(name, listener);
  return () => Deno.removeSignalListener(name, listener);
}

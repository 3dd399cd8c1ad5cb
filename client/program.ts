// A launched program from the client's side: hears of its start and end from the helper, hands on signals, and
// stays until it is gone even when the helper is not. Touches its connection, signals and the program's pid.

import { asObject, integer, isObject, oneOf } from "../lib/check.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { close } from "../lib/linux/fd.ts";
import { kill, pidfdOpen } from "../lib/linux/process.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import type { ProgramEvent } from "../lib/protocol.ts";
import type { Connection } from "./connection.ts";
import { ClientError } from "./errors.ts";
import { readError } from "./replies.ts";

/** What a person or a shell sends to a program that it started; signal(7), the same on all architectures here. */
const FORWARDED: readonly (readonly [Deno.Signal, number])[] = [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGQUIT", 3],
  ["SIGUSR1", 10],
  ["SIGUSR2", 12],
  ["SIGTERM", 15],
  ["SIGCONT", 18],
  ["SIGTSTP", 20],
  ["SIGWINCH", 28],
];
/** No program is process 1, and kill(-1) would reach every process of this person. */
const MIN_PID = 2, MAX_PID = 0x7fff_ffff;
const MAX_SIGNAL = 64;

export type ProgramEnd =
  | Exclude<ProgramEvent, { type: "started" }>
  /** The helper went away first; the program has ended since, nobody knows how. */
  | { readonly type: "lost" };

/** Stays until the program is gone. Until it is started signals do to pvd what they do to any process; from then
 * on they are the program's. `onLost` is called when the helper is gone and the program is not. Throws ClientError. */
export async function follow(connection: Connection, onLost: (pid: number) => void): Promise<ProgramEnd> {
  const first = await nextEvent(connection);
  if (first === null) {
    throw new ClientError("failed", "the connection ended before the program was started");
  }
  if (first.type === "error") return first;
  if (first.type !== "started") throw new ClientError("badAnswer", `${first.type} came before started`);
  const program = openProgram(first.pid);
  // Signals that came when the helper had gone and that was not known yet.
  const undelivered: number[] = [];
  let send = (signal: number) => {
    if (!connection.send({ type: "signal", signal })) undelivered.push(signal);
  };
  const stopForwarding = forwardSignals((signal) => send(signal));
  try {
    const last = await nextEvent(connection);
    if (last?.type === "started") throw new ClientError("badAnswer", "started came twice");
    if (last !== null) return last;
    if (program !== null) {
      onLost(first.pid);
      // The program is this person's own and, until its pidfd says otherwise, still has its pid.
      send = (signal) => void (kill(-first.pid, signal) || kill(first.pid, signal));
      undelivered.forEach(send);
      await waitReadable(program);
    }
    return { type: "lost" };
  } finally {
    stopForwarding();
    if (program !== null) close(program);
  }
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

function forwardSignals(send: (signal: number) => void): () => void {
  const listeners = FORWARDED.map(([name, signal]) => {
    const listener = () => {
      try {
        send(signal);
      } catch (error) {
        // The helper takes no messages: it has more than enough of them from us.
        if (!(error instanceof ClientError)) throw error;
      }
      // The person's shell wants its terminal back; it wakes pvd with SIGCONT, which is handed on as well.
      if (name === "SIGTSTP") Deno.kill(Deno.pid, "SIGSTOP");
    };
    Deno.addSignalListener(name, listener);
    return () => Deno.removeSignalListener(name, listener);
  });
  return () => listeners.forEach((remove) => remove());
}

// `pvd run DOMAIN COMMAND [ARG...]`: asks for a program in a PvD and behaves as that program from then on. Start-up
// time is felt here, so nothing is imported that is not needed. The streams are passed on, never read.

import { escapeName, escapeText } from "../lib/escape.ts";
import { encodeLaunchRecord } from "../lib/launch_record.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { O_RDONLY } from "../lib/linux/abi.ts";
import { close, closeAll, open, statusOf } from "../lib/linux/fd.ts";
import { sealedMemfd } from "../lib/linux/memfd.ts";
import { currentUmask, openFolder } from "../lib/linux/process.ts";
import { ownStartTime } from "../lib/linux/own.ts";
import { type Broker, connectBroker, type ResolvedDomain } from "./api.ts";
import { textEnvironment } from "./environment.ts";
import {
  ClientError,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_NOT_STARTED,
  exitStatusOf,
  OutputError,
} from "./errors.ts";
import { mayRunAlready, realProgram } from "./desktop/maybe.ts";
import { findCommand } from "./find_command.ts";
import { failureSentence } from "./output.ts";
import { argumentBytes, environmentBytes } from "./own_words.ts";
import { follow, type HeldSignals, holdSignals, ignoredSignals, letGo, type ProgramEnd } from "./program.ts";
import { complain, print } from "./terminal.ts";
import type { Command } from "./terminal/leader.ts";
import type { TerminalSession } from "./terminal/session.ts";

/** A program that does not stand on the command line (`pvd shell`), and its environment in a PvD. */
export interface GivenProgram {
  readonly argv: readonly Uint8Array[];
  /** "NAME=value" each; `own` is pvd's. */
  environment(own: readonly Uint8Array[], domainId: string): Uint8Array[];
}

/** Runs the command and gives its exit status, or pvd's own: 69, 125, 126, 127. `program` is the end of the
 * process's own command line, or only what messages call it where it is `given`. With `detach` it prints the pid and
 * does not wait: 0. `newInstance`: a browser gets a profile of its own. */
export async function run(
  socketPath: string,
  word: string,
  program: readonly string[],
  interactive: boolean,
  given: GivenProgram | null = null,
  detach = false,
  newInstance = false,
): Promise<number> {
  let broker: Broker;
  let domain: ResolvedDomain;
  try {
    broker = connectBroker(socketPath);
    domain = await broker.resolve(word);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === "unavailable") return refuse(failureSentence(error), exitStatusOf(error.code));
    return refuse(`cannot find PvD ${escapeName(word)}: ${failureSentence(error)}`, EXIT_NOT_STARTED);
  }
  try {
    return await launch(broker, domain, program, interactive, given, detach, newInstance);
  } finally {
    broker.close();
  }
}

async function launch(
  broker: Broker,
  domain: ResolvedDomain,
  program: readonly string[],
  interactive: boolean,
  given: GivenProgram | null,
  detach: boolean,
  newInstance: boolean,
): Promise<number> {
  const what = `${escapeText(program[0] ?? "")} in PvD ${escapeName(domain.id)}`;
  const cannotStart = (why: string, status = EXIT_NOT_STARTED) =>
    refuse(`cannot start ${what}: ${why}`, status);
  try {
    const own = environmentBytes();
    const environment = given === null ? own : given.environment(own, domain.id);
    const argv = given === null ? argumentBytes(program) : given.argv;
    const found = findCommand(argv[0] ?? new Uint8Array(), environment);
    if (found.type === "notFound") {
      return cannotStart(`${found.why}; check how it is spelled`, EXIT_NOT_FOUND);
    }
    if (found.type === "notExecutable") {
      const path = escapeText(new TextDecoder().decode(found.path));
      return cannotStart(`${path} cannot be executed: ${found.why}`, EXIT_NOT_EXECUTABLE);
    }
    const more = given === null ? await instanceArguments(found.path, program, domain, newInstance) : [];
    const command = { argv: [found.path, ...more, ...argv.slice(1)], environment };
    const ignored = ignoredSignals();
    if (detach) return await launchDetached(broker, domain, command, ignored, interactive, what);
    const terminal = await openTerminalSession();
    let signals: HeldSignals | null = null;
    let end: ProgramEnd;
    try {
      const streams = terminal?.streams ?? [0, 1, 2];
      // The leader of a session ignores nothing itself.
      const started = terminal === null
        ? { ...command, ignored }
        : { ...terminal.lead(command, ignored), ignored: [] };
      requestRun(broker, domain, command, started, streams, interactive);
      // Now, while the broker is at work: no program is started as fast as that.
      signals = holdSignals(ignored);
      end = await follow(
        broker.connection,
        signals,
        terminal,
        (pid) =>
          complain(
            `the helper that watched over ${what} is gone; process ${pid} goes on, and pvd waits for its end`,
          ),
      );
    } finally {
      signals?.end();
      await terminal?.end();
    }
    return statusOfEnd(end, what);
  } catch (error) {
    if (error instanceof ClientError) return cannotStart(failureSentence(error));
    if (error instanceof RangeError || error instanceof LinuxError) {
      return cannotStart(escapeText(error.message));
    }
    throw error;
  }
}

/** Arguments that make it a copy of its own; a warning where another copy could take its work. Loaded only for programs
 * that could be such ones. Throws ClientError. */
async function instanceArguments(
  path: Uint8Array,
  program: readonly string[],
  domain: ResolvedDomain,
  newInstance: boolean,
): Promise<Uint8Array[]> {
  const real = realProgram(new TextDecoder().decode(path));
  if (!newInstance && !mayRunAlready(real, textEnvironment)) return [];
  const { prepare } = await import("./desktop/single_instance.ts");
  const wanted = { program: [real, ...program.slice(1)], domain, newInstance };
  const prepared = await prepare(wanted, textEnvironment);
  if (prepared.warning !== null) complain(prepared.warning);
  return prepared.arguments.map((each) => new TextEncoder().encode(each));
}

/** Where standard input is a terminal, the program gets one of its own. Loaded only then. Throws RangeError. */
async function openTerminalSession(): Promise<TerminalSession | null> {
  if (!Deno.stdin.isTerminal()) return null;
  const { TerminalSession } = await import("./terminal/session.ts");
  try {
    return new TerminalSession();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    throw new RangeError(
      `no terminal of its own can be had for it (${error.message}); is /dev/pts mounted?`,
    );
  }
}

/** Standard input that is a terminal is not the program's any more: its shell reads there. */
async function launchDetached(
  broker: Broker,
  domain: ResolvedDomain,
  command: Command,
  ignored: readonly number[],
  interactive: boolean,
  what: string,
): Promise<number> {
  const empty = Deno.stdin.isTerminal() ? open("/dev/null", O_RDONLY) : null;
  try {
    requestRun(broker, domain, command, { ...command, ignored }, [empty ?? 0, 1, 2], interactive);
  } finally {
    if (empty !== null) close(empty);
  }
  const end = await letGo(broker.connection);
  if (end.type !== "detached") return statusOfEnd(end, what);
  try {
    print(`${end.pid}\n`);
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    return refuse(`${escapeText(error.message)}; ${what} goes on as process ${end.pid}`, EXIT_NOT_STARTED);
  }
  return 0;
}

/** What is started, with the signals, by number, that it is to ignore. */
interface Started extends Command {
  readonly ignored: readonly number[];
}

/** `program` is what the person named, `started` what is started for it. Throws RangeError, ClientError. */
export function requestRun(
  broker: Broker,
  domain: ResolvedDomain,
  program: Command,
  { argv, environment, ignored }: Started,
  streams: readonly number[],
  interactive: boolean,
): void {
  const started = ownStartTime();
  if (started === null) throw new RangeError("/proc does not show pvd itself; is it mounted?");
  const { handle, id } = domain;
  const opened: number[] = [];
  try {
    opened.push(openWorkingFolder());
    const streamsAndFolder = [...streams, ...opened];
    const record = encodeLaunchRecord({
      handle,
      id,
      pid: Deno.pid,
      startTime: started,
      umask: currentUmask(),
      ignored,
      descriptors: streamsAndFolder.map((fd) => statusOf(fd).identity),
      argv,
      environment,
    });
    opened.push(sealedMemfd("pvd-launch", record));
    const path = new TextDecoder().decode(program.argv[0]);
    broker.connection.send({ type: "run", handle, id, program: path, interactive }, [...streams, ...opened]);
  } finally {
    closeAll(opened);
  }
}

function openWorkingFolder(): number {
  try {
    return openFolder(".");
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    throw new RangeError(
      `the working folder cannot be entered (${error.message}); change to another one first`,
    );
  }
}

function statusOfEnd(end: ProgramEnd, what: string): number {
  switch (end.type) {
    case "exited":
      return end.status;
    case "signaled":
      return 128 + end.signal;
    case "lost":
      return refuse(
        `${what} has ended, and its exit status is not known: the helper was gone`,
        EXIT_NOT_STARTED,
      );
    case "error": {
      const sentence = failureSentence(new ClientError(end.code, end.message));
      if (end.code === "commandNotFound") return refuse(`cannot start ${what}: ${sentence}`, EXIT_NOT_FOUND);
      if (end.code === "commandNotExecutable") {
        return refuse(`cannot start ${what}: ${sentence}`, EXIT_NOT_EXECUTABLE);
      }
      return refuse(`cannot start ${what}: ${sentence}`, EXIT_NOT_STARTED);
    }
  }
}

function refuse(sentence: string, status: number): number {
  complain(sentence);
  return status;
}

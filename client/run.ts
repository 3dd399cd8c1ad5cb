// `pvd run DOMAIN COMMAND [ARG...]`: asks for a program in a PvD and behaves as that program from then on. Start-up
// time is felt here, so nothing is imported that is not needed. The streams are passed on, never read.

import { escapeText } from "../lib/escape.ts";
import { encodeLaunchRecord } from "../lib/launch_record.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { closeAll, statusOf } from "../lib/linux/fd.ts";
import { sealedMemfd } from "../lib/linux/memfd.ts";
import { ownArguments, ownEnvironment } from "../lib/linux/own.ts";
import { currentUmask, openFolder, startTime } from "../lib/linux/process.ts";
import { MAX_LAUNCH_BYTES } from "../lib/protocol.ts";
import { type Broker, connectBroker, type ResolvedDomain } from "./api.ts";
import {
  ClientError,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_NOT_STARTED,
  exitStatusOf,
} from "./errors.ts";
import { findCommand } from "./find_command.ts";
import { failureSentence } from "./output.ts";
import { follow, type ProgramEnd } from "./program.ts";
import { complain } from "./terminal.ts";

/** Runs the command and gives its exit status, or pvd's own: 69, 125, 126, 127. `program` is the end of the
 * process's own command line. */
export async function run(
  socketPath: string,
  word: string,
  program: readonly string[],
  interactive: boolean,
): Promise<number> {
  let broker: Broker;
  let domain: ResolvedDomain;
  try {
    broker = connectBroker(socketPath);
    domain = await broker.resolve(word);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === "unavailable") return refuse(failureSentence(error), exitStatusOf(error.code));
    return refuse(`cannot find PvD ${escapeText(word)}: ${failureSentence(error)}`, EXIT_NOT_STARTED);
  }
  try {
    return await launch(broker, domain, program, interactive);
  } finally {
    broker.close();
  }
}

async function launch(
  broker: Broker,
  domain: ResolvedDomain,
  program: readonly string[],
  interactive: boolean,
): Promise<number> {
  const what = `${escapeText(program[0] ?? "")} in PvD ${escapeText(domain.id)}`;
  const cannotStart = (why: string, status = EXIT_NOT_STARTED) =>
    refuse(`cannot start ${what}: ${why}`, status);
  try {
    const environment = ownEnvironment(MAX_LAUNCH_BYTES);
    const argv = argumentBytes(program);
    const found = findCommand(argv[0] ?? new Uint8Array(), environment);
    if (found.type === "notFound") {
      return cannotStart(`${found.why}; check how it is spelled`, EXIT_NOT_FOUND);
    }
    if (found.type === "notExecutable") {
      const path = escapeText(new TextDecoder().decode(found.path));
      return cannotStart(`${path} cannot be executed: ${found.why}`, EXIT_NOT_EXECUTABLE);
    }
    requestRun(broker, domain, [found.path, ...argv.slice(1)], environment, interactive);
    const end = await follow(
      broker.connection,
      (pid) =>
        complain(
          `the helper that watched over ${what} is gone; process ${pid} goes on, and pvd waits for its end`,
        ),
    );
    return statusOfEnd(end, what);
  } catch (error) {
    if (error instanceof ClientError) return cannotStart(failureSentence(error));
    if (error instanceof RangeError || error instanceof LinuxError) {
      return cannotStart(escapeText(error.message));
    }
    throw error;
  }
}

/** The end of this process's own arguments, as bytes; the text that Deno makes of them loses what is not UTF-8. */
function argumentBytes(program: readonly string[]): Uint8Array[] {
  const own = ownArguments(MAX_LAUNCH_BYTES);
  const end = own.slice(own.length - program.length);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const same = end.length === program.length && end.every((each, at) => decoder.decode(each) === program[at]);
  if (!same) throw new RangeError("pvd's own arguments cannot be read from /proc/self/cmdline");
  return end;
}

function requestRun(
  broker: Broker,
  domain: ResolvedDomain,
  argv: readonly Uint8Array[],
  environment: readonly Uint8Array[],
  interactive: boolean,
): void {
  const started = startTime(Deno.pid);
  if (started === null) throw new RangeError("/proc does not show pvd itself; is it mounted?");
  const { handle, id } = domain;
  const opened: number[] = [];
  try {
    opened.push(openWorkingFolder());
    const streamsAndFolder = [0, 1, 2, ...opened];
    const record = encodeLaunchRecord({
      handle,
      id,
      pid: Deno.pid,
      startTime: started,
      umask: currentUmask(),
      descriptors: streamsAndFolder.map((fd) => statusOf(fd).identity),
      argv,
      environment,
    });
    opened.push(sealedMemfd("pvd-launch", record));
    const program = new TextDecoder().decode(argv[0]);
    broker.connection.send({ type: "run", handle, id, program, interactive }, [0, 1, 2, ...opened]);
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

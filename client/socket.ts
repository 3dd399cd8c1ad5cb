// `pvd socket DOMAIN -- COMMAND`: becomes COMMAND, with a socket of the domain as descriptor 3, announced as systemd
// does it (sd_listen_fds(3)). A program that knows such sockets needs neither a library nor a namespace: everything
// else of it stays in the host's network.

import { escapeName, escapeText } from "../lib/escape.ts";
import { bindTo, connectTo, type Endpoint, listenOn, parseEndpoint } from "../lib/linux/endpoint.ts";
import { exists } from "../lib/linux/access.ts";
import { ENOENT } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { becomeProgram } from "../lib/linux/exec.ts";
import { connectBroker } from "./api.ts";
import {
  ClientError,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_NOT_STARTED,
  EXIT_USAGE,
  exitStatusOf,
} from "./errors.ts";
import { findCommand } from "./find_command.ts";
import { failureSentence } from "./output.ts";
import { argumentBytes, environmentBytes } from "./own_words.ts";
import { complain } from "./terminal.ts";

/** errno(3) */
const ENOEXEC = 8;

export interface SocketOptions {
  /** "[ADDRESS]:PORT": one of the two. */
  readonly listen: string | null;
  readonly connect: string | null;
  readonly udp: boolean;
  readonly interactive: boolean;
}

/** Comes back, with an exit status, only where COMMAND could not be started. */
export async function socket(
  socketPath: string,
  word: string,
  program: readonly string[],
  options: SocketOptions,
): Promise<number> {
  const wanted = options.listen ?? options.connect;
  if (wanted === null || (options.listen !== null && options.connect !== null)) {
    return refuse("say either --listen [ADDRESS]:PORT or --connect ADDRESS:PORT", EXIT_USAGE);
  }
  const endpoint = parseEndpoint(wanted);
  if (endpoint === null) {
    return refuse(
      `${escapeText(wanted)} is no [ADDRESS]:PORT or ADDRESS:PORT, with the address in digits`,
      EXIT_USAGE,
    );
  }
  const cannotStart = (why: string, status: number) =>
    refuse(`cannot start ${escapeText(program[0] ?? "")}: ${why}`, status);
  let argv: readonly Uint8Array[];
  let environment: readonly Uint8Array[];
  try {
    argv = argumentBytes(program);
    environment = environmentBytes();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof LinuxError)) throw error;
    return cannotStart(escapeText(error.message), EXIT_NOT_STARTED);
  }
  const found = findCommand(argv[0] ?? new Uint8Array(), environment);
  if (found.type === "notFound") return cannotStart(`${found.why}; check how it is spelled`, EXIT_NOT_FOUND);
  if (found.type === "notExecutable") {
    return cannotStart(`${pathText(found.path)} cannot be executed: ${found.why}`, EXIT_NOT_EXECUTABLE);
  }
  let fd: number;
  try {
    fd = await openEndpoint(socketPath, word, endpoint, program[0] ?? "", options);
  } catch (error) {
    const what = `no socket in PvD ${escapeName(word)}`;
    if (error instanceof ClientError) {
      const status = error.code === "unavailable" ? exitStatusOf(error.code) : EXIT_NOT_STARTED;
      return refuse(`${what}: ${failureSentence(error)}`, status);
    }
    if (error instanceof LinuxError) return refuse(`${what}: ${escapeText(error.message)}`, EXIT_NOT_STARTED);
    throw error;
  }
  try {
    return becomeProgram(found.path, argv, [...withoutListen(environment), ...announcement()], fd);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    if (error.call !== "execve") return cannotStart(escapeText(error.message), EXIT_NOT_STARTED);
    if (error.errno === ENOENT && !exists(found.path)) {
      return cannotStart(`${pathText(found.path)} is gone; try again`, EXIT_NOT_FOUND);
    }
    return cannotStart(`${pathText(found.path)} cannot be executed: ${whyNot(error)}`, EXIT_NOT_EXECUTABLE);
  }
}

/** Why a file that is there, and that this person may execute, is none that the kernel starts; execve(2). */
function whyNot(error: LinuxError): string {
  switch (error.errno) {
    case ENOENT:
      return "what it is to be run by is not there; a script names that in its first line, after #!";
    case ENOEXEC:
      return "it is no program of this kind of machine, and no script that begins with #!";
    default:
      return escapeText(error.message);
  }
}

function pathText(path: Uint8Array): string {
  return escapeText(new TextDecoder().decode(path));
}

async function openEndpoint(
  socketPath: string,
  word: string,
  endpoint: Endpoint,
  program: string,
  { listen, udp, interactive }: SocketOptions,
): Promise<number> {
  const broker = connectBroker(socketPath);
  const { handle, id } = await broker.resolve(word);
  const fd = await broker.openSocket({
    type: "openSocket",
    handle,
    id,
    family: endpoint.family,
    socketType: udp ? "datagram" : "stream",
    protocol: udp ? "udp" : "tcp",
    program,
    interactive,
  });
  if (listen === null) {
    connectTo(fd, endpoint);
  } else {
    bindTo(fd, endpoint);
    if (!udp) listenOn(fd);
  }
  return fd;
}

/** One that somebody else announced to us is not COMMAND's. */
function withoutListen(environment: readonly Uint8Array[]): Uint8Array[] {
  const decoder = new TextDecoder();
  return environment.filter((entry) =>
    !/^LISTEN_(FDS|PID|FDNAMES)=/.test(decoder.decode(entry.subarray(0, 16)))
  );
}

function announcement(): Uint8Array[] {
  const encoder = new TextEncoder();
  return ["LISTEN_FDS=1", `LISTEN_PID=${Deno.pid}`, "LISTEN_FDNAMES=pvd"].map((entry) =>
    encoder.encode(entry)
  );
}

function refuse(sentence: string, status: number): number {
  complain(sentence);
  return status;
}

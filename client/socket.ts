// `pvd socket DOMAIN -- COMMAND`: becomes COMMAND, with a socket of the domain as descriptor 3, announced as systemd
// does it (sd_listen_fds(3)). A program that knows such sockets needs neither a library nor a namespace: everything
// else of it stays in the host's network.

import { escapeName, escapeText } from "../lib/escape.ts";
import { bindTo, connectTo, type Endpoint, listenOn, parseEndpoint } from "../lib/linux/endpoint.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { becomeProgram } from "../lib/linux/exec.ts";
import { ownArguments, ownEnvironment } from "../lib/linux/own.ts";
import { MAX_LAUNCH_BYTES } from "../lib/protocol.ts";
import { connectBroker } from "./api.ts";
import {
  ClientError,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_NOT_STARTED,
  exitStatusOf,
} from "./errors.ts";
import { findCommand } from "./find_command.ts";
import { failureSentence } from "./output.ts";
import { complain } from "./terminal.ts";

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
    return refuse("say either --listen [ADDRESS]:PORT or --connect ADDRESS:PORT", 2);
  }
  const endpoint = parseEndpoint(wanted);
  if (endpoint === null) {
    return refuse(
      `${escapeText(wanted)} is no [ADDRESS]:PORT or ADDRESS:PORT, with the address in digits`,
      2,
    );
  }
  const argv = ownArguments(MAX_LAUNCH_BYTES).slice(-program.length);
  const environment = ownEnvironment(MAX_LAUNCH_BYTES);
  const found = findCommand(argv[0] ?? new Uint8Array(), environment);
  if (found.type === "notFound") return refuse(`${found.why}; check how it is spelled`, EXIT_NOT_FOUND);
  if (found.type === "notExecutable") return refuse(found.why, EXIT_NOT_EXECUTABLE);
  try {
    const fd = await openEndpoint(socketPath, word, endpoint, program[0] ?? "", options);
    return becomeProgram(found.path, argv, [...withoutListen(environment), ...announcement()], fd);
  } catch (error) {
    const what = `no socket in PvD ${escapeName(word)}`;
    if (error instanceof ClientError) {
      const status = error.code === "unavailable" ? exitStatusOf(error.code) : EXIT_NOT_STARTED;
      return refuse(`${what}: ${failureSentence(error)}`, status);
    }
    if (error instanceof LinuxError) return refuse(`${what}: ${escapeText(error.message)}`, EXIT_NOT_STARTED);
    throw error;
  }
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

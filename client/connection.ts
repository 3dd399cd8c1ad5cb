// The client's end of a Unix SEQPACKET socket: whole JSON messages out and in. Used for the broker and, over the
// same socket, the helper. Touches that one socket; on the fast path of `pvd run`.

import { LinuxError } from "../lib/linux/error.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import {
  close,
  closeAll,
  connectUnix,
  type ReceivedMessage,
  receiveMessage,
  sendMessage,
} from "../lib/linux/socket.ts";
import { type ClientRequest, MAX_MESSAGE_BYTES, type ProgramSignal } from "../lib/protocol.ts";
import { ClientError } from "./errors.ts";

export interface Connection {
  /** Sends one message; the descriptors stay the caller's. False: the other end has gone, and `receive` gives what
   * it said before it went. Throws ClientError `unavailable` where it is there and takes nothing. */
  send(message: ClientRequest | ProgramSignal, fds?: readonly number[]): boolean;
  /** The next message as JSON gives it, or null at the end. Waits for ever where `withinMs` is null. Throws
   * ClientError. */
  receive(withinMs: number | null): Promise<unknown>;
  /** The next message and the descriptors that came with it, at most `maxFds`, the caller's to close. */
  receiveWithFds(withinMs: number, maxFds: number): Promise<{ message: unknown; fds: readonly number[] }>;
  close(): void;
}

/** Connects to the broker. Throws ClientError `unavailable` with what to do. */
export function connect(path: string): Connection {
  try {
    return connectionOf(connectUnix(path));
  } catch (error) {
    throw new ClientError("unavailable", whyUnavailable(path, error));
  }
}

function whyUnavailable(path: string, error: unknown): string {
  if (error instanceof LinuxError) {
    if (error.errnoName === "ENOENT" || error.errnoName === "ECONNREFUSED") {
      return `the pvd broker is not running (nobody answers at ${path}); \`systemctl status pvd-broker\` says why`;
    }
    if (error.errnoName === "EACCES") {
      return `you may not connect to the pvd broker at ${path}; an administrator of this machine decides who may`;
    }
    if (error.errnoName === "EAGAIN") {
      return `the pvd broker at ${path} has too much to do; try again in a moment`;
    }
  }
  return `the pvd broker cannot be reached at ${path}: ${
    error instanceof Error ? error.message : String(error)
  }`;
}

/** Takes over a connected socket. */
export function connectionOf(fd: number): Connection {
  const buffer = new Uint8Array(MAX_MESSAGE_BYTES + 1);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let open = true;

  async function receiveWithFds(withinMs: number | null, maxFds: number) {
    for (;;) {
      const message = receiveOrEnd(fd, buffer, maxFds);
      if (message === null) {
        await readable(fd, withinMs);
        continue;
      }
      if (message.truncated || message.length > MAX_MESSAGE_BYTES) {
        closeAll(message.fds);
        throw new ClientError("badAnswer", "the broker sent more than an answer has");
      }
      const { length, fds } = message;
      return { message: length === 0 ? null : parse(decoder, buffer.subarray(0, length)), fds };
    }
  }

  return {
    send(message, fds = []) {
      const bytes = new TextEncoder().encode(JSON.stringify(message));
      try {
        if (sendMessage(fd, bytes, fds)) return true;
      } catch (error) {
        if (error instanceof LinuxError) return false;
        throw error;
      }
      throw new ClientError("unavailable", "the pvd broker takes no messages; try again in a moment");
    },
    receive: async (withinMs) => (await receiveWithFds(withinMs, 0)).message,
    receiveWithFds,
    close() {
      if (open) close(fd);
      open = false;
    },
  };
}

function parse(decoder: TextDecoder, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new ClientError("badAnswer", "the broker's answer is not JSON");
  }
}

async function readable(fd: number, withinMs: number | null): Promise<void> {
  if (await waitReadable(fd, withinMs)) return;
  const seconds = (withinMs ?? 0) / 1000;
  throw new ClientError("unavailable", `the pvd broker gave no answer within ${seconds} seconds`);
}

/** A peer that closes with something unread resets the connection, once; what it had said before comes after that. */
function receiveOrEnd(fd: number, buffer: Uint8Array, maxFds: number): ReceivedMessage | null {
  try {
    return receiveMessage(fd, buffer, maxFds);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  }
  try {
    return receiveMessage(fd, buffer, maxFds);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return { length: 0, fds: [], truncated: false };
  }
}

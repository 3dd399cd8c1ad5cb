// The little of D-Bus (D-Bus Specification) that it takes to ask the session bus who owns a name. Connects to the
// person's own bus, asks the bus alone, and gives up soon: nobody is to wait for a bus that hangs.

import { readableWithin } from "../../lib/linux/datagram.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { close } from "../../lib/linux/fd.ts";
import { currentUid } from "../../lib/linux/process.ts";
import { receiveBytes, sendBytes } from "../../lib/linux/stream_socket.ts";
import { SOCK_STREAM } from "../../lib/linux/abi.ts";
import { connectAbstract, connectUnixSocket } from "../../lib/linux/unix_address.ts";
import { methodCall, readNames, readReply, readU32 } from "./dbus_message.ts";
import type { Environment } from "./folders.ts";

const PATIENCE_MS = 500;
const MAX_REPLY_BYTES = 1 << 20;
/** Owners that are looked up. */
const MAX_OWNERS = 16;

export interface NameOwner {
  readonly name: string;
  /** null: the bus does not know. */
  readonly pid: number | null;
}

/** Owners of the names that are `wanted`; none where there is no bus or it has not answered all in `patienceMs`. */
export async function namesOwned(
  environment: Environment,
  wanted: (name: string) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<NameOwner[]> {
  const fd = openBus(busAddresses(environment));
  if (fd === null) return [];
  try {
    const bus = new Bus(fd, performance.now() + patienceMs);
    await bus.greet();
    const names = readNames(await bus.call("ListNames", null)).filter(wanted).slice(0, MAX_OWNERS);
    const owners: NameOwner[] = [];
    for (const name of names) {
      owners.push({ name, pid: readU32(await bus.call("GetConnectionUnixProcessID", name)) });
    }
    return owners;
  } catch (error) {
    if (error instanceof LinuxError || error instanceof SyntaxError || error instanceof RangeError) return [];
    throw error;
  } finally {
    close(fd);
  }
}

export type BusAddress = { readonly path: string } | { readonly abstract: string };

/** Pure: the Unix sockets that an environment names, in their order. */
export function busAddresses(environment: Environment): BusAddress[] {
  const given = environment.get("DBUS_SESSION_BUS_ADDRESS") ?? "";
  if (given === "") {
    const folder = environment.get("XDG_RUNTIME_DIR") ?? "";
    return folder.startsWith("/") ? [{ path: `${folder}/bus` }] : [];
  }
  return given.split(";").flatMap((address): BusAddress[] => {
    if (!address.startsWith("unix:")) return [];
    const pairs = new Map(
      address.slice("unix:".length).split(",").map((pair) => {
        const equals = pair.indexOf("=");
        return [pair.slice(0, equals), unescapeValue(pair.slice(equals + 1))] as const;
      }),
    );
    const path = pairs.get("path");
    if (path !== undefined) return [{ path }];
    const abstract = pairs.get("abstract");
    return abstract === undefined ? [] : [{ abstract }];
  });
}

function unescapeValue(value: string): string {
  return value.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function openBus(addresses: readonly BusAddress[]): number | null {
  for (const address of addresses) {
    try {
      return "path" in address
        ? connectUnixSocket(SOCK_STREAM, address.path)
        : connectAbstract(SOCK_STREAM, address.abstract);
    } catch (error) {
      if (!(error instanceof LinuxError || error instanceof RangeError)) throw error;
    }
  }
  return null;
}

class Bus {
  #received = new Uint8Array();
  #serial = 0;

  constructor(readonly fd: number, readonly until: number) {}

  /** SASL EXTERNAL, as this uid, and the first call that a bus wants. */
  async greet(): Promise<void> {
    const encoder = new TextEncoder();
    const uid = [...encoder.encode(String(currentUid()))].map((byte) => byte.toString(16)).join("");
    this.#send(encoder.encode(`\0AUTH EXTERNAL ${uid}\r\n`));
    const line = await this.#take((bytes) => {
      const end = bytes.indexOf(0x0a);
      return end < 0 ? null : { value: new TextDecoder().decode(bytes.subarray(0, end)), length: end + 1 };
    });
    if (!line.startsWith("OK ")) throw new SyntaxError("the bus does not let this person in");
    this.#send(encoder.encode("BEGIN\r\n"));
    await this.call("Hello", null);
  }

  /** The body of the answer to a method of the bus; null for an error. */
  async call(member: string, argument: string | null): Promise<Uint8Array | null> {
    const serial = ++this.#serial;
    this.#send(methodCall(serial, member, argument));
    for (;;) {
      const reply = await this.#take(readReply);
      if (reply.to === serial) return reply.body;
    }
  }

  #send(bytes: Uint8Array): void {
    // Requests are short; a bus that has no room for one does not work.
    if (sendBytes(this.fd, bytes) !== bytes.length) throw new SyntaxError("the bus takes nothing");
  }

  async #take<T>(
    read: (bytes: Uint8Array) => { readonly value: T; readonly length: number } | null,
  ): Promise<T> {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const found = read(this.#received);
      if (found !== null) {
        this.#received = this.#received.slice(found.length);
        return found.value;
      }
      if (
        this.#received.length > MAX_REPLY_BYTES ||
        !await readableWithin(this.fd, this.until - performance.now())
      ) {
        throw new SyntaxError("the bus gives no answer");
      }
      const received = receiveBytes(this.fd, buffer, 0);
      if (received === null) continue;
      if (received.length === 0) throw new SyntaxError("the bus has hung up");
      this.#received = joined(this.#received, buffer.subarray(0, received.length));
    }
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

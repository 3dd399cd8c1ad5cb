// Connections from the namespace that the fetcher was started in: names by the C library, which reads the PvD's
// resolver file, then TCP, then TLS with the certificate checked for the name. Opens sockets and nothing else.

import { lookup } from "node:dns";
import type { Receive } from "./response.ts";
import { FetchFailure } from "./failure.ts";
import { isAllowedAddress } from "./url.ts";

/** One request's connection. */
export interface Connection {
  send(text: string): Promise<void>;
  readonly receive: Receive;
  close(): void;
}

const HTTPS_PORT = 443;
/** Of a name's addresses so many are tried, so that the time is not one dead address's. */
const MAX_ADDRESSES = 4;
/** RFC 6066, RFC 7301: nothing but HTTP/1.1 is spoken here. */
const PROTOCOLS = ["http/1.1"];
/** rustls' word for a certificate that it does not take (RFC 5280, RFC 9525). */
const CERTIFICATE_ERROR = /^invalid peer certificate/;

/** TLS to a host's port 443. Throws FetchFailure. */
export async function connectTls(host: string, authorities: string | null): Promise<Connection> {
  const tcp = await connectAny(await addressesOf(host));
  try {
    const tls = await Deno.startTls(tcp, {
      hostname: host,
      caCerts: authorities === null ? [] : [authorities],
      alpnProtocols: PROTOCOLS,
    });
    await tls.handshake();
    return connectionOver(tls);
  } catch (error) {
    throw tlsFailure(host, error);
  }
}

/** TCP to an address and port, with an interface after "%" where it is a link-local one. Throws FetchFailure. */
export async function connectTcp(address: string, port: number): Promise<Connection> {
  return connectionOver(await tcpTo(address, port));
}

/** All addresses of a name, in the order of RFC 6724 as the C library has it. */
async function addressesOf(host: string): Promise<string[]> {
  // The final dot: no search domain is put behind it.
  const found = await new Promise<readonly { readonly address: string }[]>((resolve, reject) =>
    lookup(
      `${host}.`,
      { all: true, verbatim: true },
      (error, addresses) =>
        error === null
          ? resolve(addresses)
          : reject(new FetchFailure("dns", `the name ${host} is not resolved (${error.code ?? "unknown"})`)),
    )
  );
  const addresses = found.map(({ address }) => address);
  if (addresses.length === 0) throw new FetchFailure("dns", `the name ${host} has no address`);
  // All of them, so that no order or chance lets one through.
  if (!addresses.every(isAllowedAddress)) {
    throw new FetchFailure("redirect", `${host} is said to be at an address of this machine or of the link`);
  }
  return addresses.slice(0, MAX_ADDRESSES);
}

async function connectAny(addresses: readonly string[]): Promise<Deno.TcpConn> {
  let last: unknown = null;
  for (const address of addresses) {
    try {
      return await tcpTo(address, HTTPS_PORT);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

async function tcpTo(address: string, port: number): Promise<Deno.TcpConn> {
  try {
    return await Deno.connect({ hostname: address, port });
  } catch (error) {
    throw new FetchFailure("unreachable", `${address} port ${port}: ${reason(error)}`);
  }
}

function tlsFailure(host: string, error: unknown): FetchFailure {
  if (!(error instanceof Deno.errors.InvalidData)) {
    return new FetchFailure("unreachable", `TLS with ${host}: ${reason(error)}`);
  }
  const message = reason(error);
  return new FetchFailure(CERTIFICATE_ERROR.test(message) ? "certificate" : "tls", `${host}: ${message}`);
}

function connectionOver(conn: Deno.Conn): Connection {
  const buffer = new Uint8Array(16_384);
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw new FetchFailure("unreachable", `the connection was lost: ${reason(error)}`);
    }
  };
  return {
    async send(text) {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) at += await guarded(conn.write(bytes.subarray(at)));
    },
    receive: async () => {
      const count = await guarded(conn.read(buffer));
      return count === null ? null : buffer.slice(0, count);
    },
    close: () => conn.close(),
  };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : "failed";
}

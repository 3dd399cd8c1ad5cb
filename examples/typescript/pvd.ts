// What the TypeScript examples share: `pvd`'s own client library opens the socket, and an adopted descriptor speaks
// HTTP. Runs on Deno, which adopts a socket only when it is connected: so it is connected here, by FFI.

import { Socket } from "node:net";
import { connectBroker } from "../../client/api.ts";
import { escapeText } from "../../lib/escape.ts";
import { connectTo, parseEndpoint } from "../../lib/linux/endpoint.ts";

/** A TCP connection to port 80 of a numeric IPv6 address, in the PvD with this id. Throws Error with the reason. */
export async function connectInPvd(id: string, address: string): Promise<Socket> {
  const endpoint = parseEndpoint(`[${address}]:80`);
  if (endpoint === null) throw new Error(`${address} is no IPv6 address`);
  const broker = connectBroker();
  try {
    const { handle, id: whole } = await broker.resolve(id);
    const fd = await broker.openSocket({
      type: "openSocket",
      handle,
      id: whole,
      family: "inet6",
      socketType: "stream",
      protocol: "tcp",
      program: "example",
      interactive: true,
    });
    connectTo(fd, endpoint);
    return new Socket({ fd });
  } finally {
    broker.close();
  }
}

/** The page at "/", with its headers. */
export async function fetchPage(socket: Socket): Promise<string> {
  socket.write("GET / HTTP/1.0\r\n\r\n");
  let page = "";
  for await (const chunk of socket) page += chunk.toString();
  return page;
}

/** One sentence where something failed. */
export async function main(work: (args: string[]) => Promise<void>): Promise<void> {
  try {
    await work(Deno.args);
  } catch (error) {
    console.error(escapeText(error instanceof Error ? error.message : String(error)));
    Deno.exit(1);
  }
}

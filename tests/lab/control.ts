// How a test that runs in the lab has services ended and started again: one JSON line asks, one answers, over a
// Unix socket that only root may use.

import { CONTROL_SOCKET } from "./paths.ts";
import type { Supervisor } from "./supervisor.ts";

/** What can be asked. */
export type ControlRequest =
  | { readonly type: "start"; readonly name: string }
  /** Answered when the program is gone. */
  | { readonly type: "end"; readonly name: string; readonly signal: Deno.Signal }
  | { readonly type: "pids" };

/** What is answered: the pids of all that run. */
export type ControlReply =
  | { readonly type: "pids"; readonly pids: Readonly<Record<string, number>> }
  | { readonly type: "error"; readonly message: string };

/** Listens for requests, as long as the lab lives. */
export function serveControl(supervisor: Supervisor): void {
  const listener = Deno.listen({ transport: "unix", path: CONTROL_SOCKET });
  Deno.chmodSync(CONTROL_SOCKET, 0o600);
  void (async () => {
    for await (const peer of listener) void serve(peer, supervisor).catch(() => {});
  })();
}

async function serve(peer: Deno.Conn, supervisor: Supervisor): Promise<void> {
  const request: ControlRequest = JSON.parse(await readLine(peer));
  const reply = await answer(request, supervisor).catch((error: unknown): ControlReply => ({
    type: "error",
    message: error instanceof Error ? error.message : String(error),
  }));
  await writeLine(peer, JSON.stringify(reply));
  peer.close();
}

async function answer(request: ControlRequest, supervisor: Supervisor): Promise<ControlReply> {
  switch (request.type) {
    case "start":
      await supervisor.start(request.name);
      break;
    case "end":
      await supervisor.end(request.name, request.signal);
      break;
    case "pids":
      break;
  }
  return { type: "pids", pids: supervisor.pids() };
}

/** Asks the lab that this process runs in. Throws with the lab's reason. */
export async function askLab(request: ControlRequest): Promise<Readonly<Record<string, number>>> {
  const connection = await Deno.connect({ transport: "unix", path: CONTROL_SOCKET });
  try {
    await writeLine(connection, JSON.stringify(request));
    const reply: ControlReply = JSON.parse(await readLine(connection));
    if (reply.type === "error") throw new Error(reply.message);
    return reply.pids;
  } finally {
    connection.close();
  }
}

async function writeLine(peer: Deno.Conn, line: string): Promise<void> {
  const writer = peer.writable.getWriter();
  await writer.write(new TextEncoder().encode(`${line}\n`));
  writer.releaseLock();
}

async function readLine(peer: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const count = await peer.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text.trimEnd();
}

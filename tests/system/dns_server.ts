// A resolver that says who asks it what, started by dns_side.ts in the namespace where it is to answer. Arguments: its
// address, and JSON of the names that it knows with their addresses; "*" stands for every other name. UDP and TCP
// (RFC 1035 4.2). It prints a JSON line for each query, before it answers.
//
// A line on its standard input is a mark: it asks itself for that name, behind whatever waits in its socket already.

import { answer, readQuestion } from "../information/dns.ts";

const PORT = 53;
const [address = "::1", known = "{}"] = Deno.args;
const names = new Map<string, string>(Object.entries(JSON.parse(known)));
const encoder = new TextEncoder();

function reply(query: Uint8Array, transport: "udp" | "tcp"): Uint8Array {
  const question = readQuestion(query);
  Deno.stdout.writeSync(encoder.encode(`${JSON.stringify({ name: question.name, transport })}\n`));
  return answer(query, question, names.get(question.name) ?? names.get("*") ?? null);
}

async function serveUdp(socket: Deno.DatagramConn): Promise<void> {
  for await (const [query, from] of socket) await socket.send(reply(query, "udp"), from).catch(() => {});
}

async function serveTcp(listener: Deno.TcpListener): Promise<void> {
  for await (const peer of listener) void serveConnection(peer).catch(() => {});
}

/** Each message has its length in front, in two octets. */
async function serveConnection(peer: Deno.TcpConn): Promise<void> {
  let read = new Uint8Array();
  for await (const chunk of peer.readable) {
    read = Uint8Array.from([...read, ...chunk]);
    for (;;) {
      const length = ((read[0] ?? 0) << 8) + (read[1] ?? 0);
      if (read.length < 2 || read.length < 2 + length) break;
      const text = reply(read.slice(2, 2 + length), "tcp");
      await peer.write(Uint8Array.from([text.length >> 8, text.length & 0xff, ...text]));
      read = read.slice(2 + length);
    }
  }
}

async function ask(socket: Deno.DatagramConn, name: string): Promise<void> {
  const labels = name.split(".").flatMap((label) => [label.length, ...encoder.encode(label)]);
  const query = Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 28, 0, 1]);
  await socket.send(query, { transport: "udp", hostname: address, port: PORT });
}

if (import.meta.main) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: PORT });
  const self = Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
  void serveUdp(socket);
  void serveTcp(Deno.listen({ hostname: address, port: PORT }));
  console.log(JSON.stringify({ ready: true }));
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    for (const name of text.split("\n")) if (name !== "") await ask(self, name);
  }
  Deno.exit(0);
}

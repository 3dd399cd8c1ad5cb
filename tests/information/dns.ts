// A resolver for the tests: answers AAAA from a list (RFC 1035 4, RFC 3596), "no such name" to everything else. Opens
// one UDP socket in the namespace that it is started in.

import { parseIpv6 } from "../../lib/ip.ts";

const HEADER_BYTES = 12;
const QTYPE_AAAA = 28;
/** QR, RD, RA. */
const ANSWER = 0x8180;
const NXDOMAIN = 3;

export interface Resolver {
  readonly asked: string[];
  close(): void;
}

export function serveNames(address: string, names: ReadonlyMap<string, string>): Resolver {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 53 });
  const asked: string[] = [];
  void (async () => {
    for await (const [query, from] of socket) {
      const question = readQuestion(query);
      asked.push(question.name);
      await socket.send(answer(query, question, names.get(question.name) ?? null), from);
    }
  })().catch(() => {});
  return { asked, close: () => socket.close() };
}

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly end: number;
}

export function readQuestion(query: Uint8Array): Question {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  const type = (query[at + 1] ?? 0) << 8 | (query[at + 2] ?? 0);
  return { name: labels.join(".").toLowerCase(), type, end: at + 5 };
}

export function answer(query: Uint8Array, { type, end }: Question, address: string | null): Uint8Array {
  const found = address === null || type !== QTYPE_AAAA ? null : parseIpv6(address);
  const reply = new Uint8Array(end + (found === null ? 0 : 28));
  reply.set(query.subarray(0, end));
  const view = new DataView(reply.buffer);
  view.setUint16(2, address === null ? ANSWER | NXDOMAIN : ANSWER);
  view.setUint16(6, found === null ? 0 : 1);
  view.setUint32(8, 0);
  if (found === null) return reply;
  // The question's name again, AAAA, IN, 60 s, 16 octets.
  view.setUint16(end, 0xc000 | HEADER_BYTES);
  view.setUint16(end + 2, QTYPE_AAAA);
  view.setUint16(end + 4, 1);
  view.setUint32(end + 6, 60);
  view.setUint16(end + 10, found.length);
  reply.set(found, end + 12);
  return reply;
}

// Sends Router Advertisements from a router's namespace as fast as it can: each line on standard input is a job, each
// line on standard output says when its first packet went. Needs CAP_NET_RAW; sends on eth1 alone.

import { openIcmp6Socket, sendIcmp6 } from "../../lib/linux/icmp6.ts";
import { linkIndexOf } from "../../lib/linux/process.ts";
import { bootTimeMs } from "../../lib/linux/time.ts";

/** Messages in hex, all of them `repeat` times. */
export interface SendJob {
  readonly messages: readonly string[];
  readonly repeat: number;
}

/** Times on CLOCK_BOOTTIME, which every process of the machine shares. */
export interface SendReport {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly sent: number;
}

const ALL_NODES = "ff02::1";
/** The queue of the link is full: the packet was not sent, and is sent again, so often. */
const ATTEMPTS = 100_000;

function send(fd: number, link: number, job: SendJob): SendReport {
  const packets = job.messages.map((hex) =>
    Uint8Array.from(hex.match(/../g) ?? [], (each) => parseInt(each, 16))
  );
  const firstMs = bootTimeMs();
  let sent = 0;
  for (let round = 0; round < job.repeat; round++) {
    for (const packet of packets) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        try {
          sendIcmp6(fd, packet, ALL_NODES, link);
          sent++;
          break;
        } catch (error) {
          if (attempt === ATTEMPTS - 1) throw error;
        }
      }
    }
  }
  return { firstMs, lastMs: bootTimeMs(), sent };
}

if (import.meta.main) {
  const link = linkIndexOf("eth1") ?? 0;
  const fd = openIcmp6Socket(link, "eth1", []);
  console.log("{}");
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const job: SendJob = JSON.parse(line);
      console.log(JSON.stringify(send(fd, link, job)));
    }
  }
}

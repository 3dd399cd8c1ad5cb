// What is on the client's link, as tshark(1) sees and decodes it. Works in the lab, as root; starts tshark, writes a
// capture file in the lab's own folder.

import { readCapture } from "../../lib/pcap.ts";
import { type Ipv6Packet, readFrame } from "../../lib/pcap_frame.ts";
import { run, spawn } from "../lab/lab.ts";
import { LAB_FOLDER } from "../lab/paths.ts";
import { within } from "../lab/supervisor.ts";
import { Said } from "./said.ts";

const FILE = `${LAB_FOLDER}/capture.pcap`;
const LONGEST_MS = 30_000;
const MOST_ROUNDS = 10;

/** For capture filters (pcap-filter(7)): Router Advertisements, and those whose router lifetime is 0. */
export const ADVERTISEMENTS = "icmp6 and ip6[40] == 134";
export const ENDED = `${ADVERTISEMENTS} and ip6[46:2] == 0`;

/** One packet: as tshark decodes it, and as it was on the link. */
export interface Captured {
  /** tshark's fields by their names, as `tshark -T json` has them; a field that is there twice is a list. */
  readonly ipv6: Fields;
  readonly icmpv6: Fields;
  /** Each option's fields (RFC 4861 4.6), in the order of the message. */
  readonly options: readonly Fields[];
  /** Seconds since 1970. */
  readonly time: number;
  readonly packet: Ipv6Packet;
}

export interface Fields {
  readonly [name: string]: string | readonly string[] | Fields | undefined;
}

interface Decoded {
  readonly _source: {
    readonly layers: {
      readonly frame: { readonly "frame.time_epoch": string };
      readonly ipv6: Fields;
      readonly icmpv6: Fields & { readonly "icmpv6.opt"?: Fields | readonly Fields[] };
    };
  };
}

/** The first `count` packets that pass `filter` from the moment when `action` begins. With `againAfterMs` it is done
 * again where they have not come by then: for what `action` brings about only when nothing else comes between. */
export async function captured(
  filter: string,
  count: number,
  action: () => Promise<unknown>,
  againAfterMs: number | null = null,
): Promise<readonly Captured[]> {
  const tshark = spawn(["tshark", "-i", "eth1", "-f", filter, "-c", `${count}`, "-w", FILE, "-F", "pcap"]);
  const said = new Said(tshark.stderr);
  const output = tshark.stdout.cancel();
  await tshark.stdin.close();
  try {
    await within(LONGEST_MS, "tshark does not capture", said.has("Capture started."));
    await action();
    for (let round = 0; againAfterMs !== null && round < MOST_ROUNDS; round++) {
      if (await endsWithin(tshark.status, againAfterMs)) break;
      await action();
    }
    await within(LONGEST_MS, `there are not ${count} packets of ${filter}`, tshark.status);
  } catch (error) {
    tshark.kill("SIGKILL");
    throw error;
  } finally {
    await Promise.all([tshark.status, output, said.all]);
  }
  return await decoded();
}

async function endsWithin(end: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  const ended = await Promise.race([end.then(() => true), late.promise]);
  clearTimeout(timer);
  return ended;
}

async function decoded(): Promise<readonly Captured[]> {
  const { status, stdout, stderr } = await run(["tshark", "-r", FILE, "-T", "json", "--no-duplicate-keys"]);
  if (status !== 0) throw new Error(`tshark: ${stderr}`);
  const shown: readonly Decoded[] = JSON.parse(stdout);
  const frames = [...readCapture(Deno.readFileSync(FILE))];
  return shown.map(({ _source: { layers } }, index) => {
    const item = frames[index];
    const read = item?.type === "frame" ? readFrame(item.frame) : null;
    if (read?.type !== "ipv6") throw new Error(`packet ${index + 1} is no IPv6`);
    const { "icmpv6.opt": options = [], ...icmpv6 } = layers.icmpv6;
    return {
      ipv6: layers.ipv6,
      icmpv6,
      options: isList(options) ? options : [options],
      time: Number(layers.frame["frame.time_epoch"]),
      packet: read.packet,
    };
  });
}

function isList(value: Fields | readonly Fields[]): value is readonly Fields[] {
  return Array.isArray(value);
}

/** The text of every field with this name, however deep. */
export function fieldsNamed(value: unknown, name: RegExp, key = ""): string[] {
  if (typeof value === "string") return name.test(key) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([inner, each]) =>
    fieldsNamed(each, name, Array.isArray(value) ? key : inner)
  );
}

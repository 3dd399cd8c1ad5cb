// A machine on the link, or beyond it, that is no router: each kind of Router Advertisement that RFC 4861 6.1.2 has a
// host discard, once, and nothing changes by it. Runs in the lab with its routers; sends as root on R2's link.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { buildMessage } from "../../lib/ndp/build.ts";
import type { NdOption, RaHeader } from "../../lib/ndp/types.ts";
import type { DomainView } from "../../lib/protocol.ts";
import { allReady, DOCUMENTED_IDS, listDomains, run, waitForDomains } from "../lab/lab.ts";
import { fragments, frame, type FrameToSend, sendFrames } from "../system/frames.ts";

const FORGED = "forged.example.org";
const ROUTER = "fe80::1";
const ALL_NODES = "ff02::1";

const HEADER: RaHeader = {
  curHopLimit: 64,
  managed: false,
  otherConfig: false,
  homeAgent: false,
  preference: "high",
  proxy: false,
  snac: false,
  routerLifetimeS: 0,
  reachableTimeMs: 0,
  retransTimerMs: 0,
};

function prefix(text: string, lifetimeS: number): NdOption {
  return {
    type: "prefix",
    prefix: `${text}/64`,
    address: text,
    onLink: true,
    autonomous: true,
    routerAddress: false,
    dhcpv6Pd: false,
    validS: lifetimeS,
    preferredS: lifetimeS,
  };
}

function container(id: string, ...options: readonly NdOption[]): NdOption {
  return { type: "mifContainer", options: [{ type: "mifId", idType: 5, id }, ...options] };
}

/** Ends what R1 has, and makes a domain that stays: what a host must not take of any of the packets below. */
const MESSAGE = buildMessage({
  type: "routerAdvertisement",
  header: HEADER,
  options: [
    prefix("2001:db8:1:1::", 0),
    container(DOCUMENTED_IDS.R1.explicit, prefix("2001:db8:1:2::", 0)),
    container(FORGED, prefix("2001:db8:bad::", 0xffff_ffff)),
  ],
}, null);

/** A good one after it, from a router of its own: when its domain is there, the one before has been dealt with. */
function sentinel(id: string): Uint8Array {
  const options = [container(id, prefix("2001:db8:5e::", 6))];
  const message = buildMessage({ type: "routerAdvertisement", header: HEADER, options }, null);
  return frame({ message, source: "fe80::5e", destination: ALL_NODES });
}

function changed(given: (message: Uint8Array) => void): Uint8Array {
  const message = MESSAGE.slice();
  given(message);
  return message;
}

async function ownLinkLocal(): Promise<string> {
  const [link] = JSON.parse((await run(["ip", "-j", "-6", "addr", "show", "dev", "eth1"])).stdout);
  const addresses: { scope: string; local: string }[] = link.addr_info;
  return addresses.find(({ scope }) => scope === "link")?.local ?? "";
}

async function invalid(): Promise<{ count: number; lastProblem: string | null }> {
  const { status } = JSON.parse((await run(["pvd", "status", "--json"])).stdout);
  return { count: status.advertisements.invalid, lastProblem: status.advertisements.lastProblem };
}

/** What does not move by itself: ids, routers, addresses, and which of them are still preferred. Without sentinels,
 * which come and go. */
function known(domains: readonly DomainView[]): unknown[] {
  return domains.filter(({ id }) => !id.startsWith("after-")).map((
    { id, routers, addresses, prefixes, state },
  ) => [
    ...[id, state, routers.map(({ address }) => address)],
    addresses.map(({ address, preferredS }) => [address, preferredS !== 0]),
    prefixes.map((each) => [each.prefix, each.validS !== 0]),
  ]).toSorted();
}

type Kind = readonly [what: string, given: Partial<FrameToSend>, problem: RegExp | null];

/** null: the kernel does not let it through, so that nobody counts it. */
const KINDS: readonly Kind[] = [
  ["that was forwarded once: hop limit 254", { hopLimit: 254 }, /hop limit is 254, not 255/],
  ["from far away: hop limit 1", { hopLimit: 1 }, /hop limit is 1, not 255/],
  ["with a global source", { source: "2001:db8:1:2::1" }, /source 2001:db8:1:2::1 is not link-local/],
  ["with the unspecified source", { source: "::" }, /source :: is not link-local/],
  ["with code 1", { message: changed((message) => message[1] = 1) }, /code is 1, not 0/],
  ["with a wrong checksum", { badChecksum: true }, null],
  ["of 15 octets", { message: MESSAGE.slice(0, 15) }, /15 octets, fewer than 16/],
  [
    "with an option of length 0",
    { message: changed((message) => message[17] = 0) },
    /an option has the length 0/,
  ],
];

function bad(given: Partial<FrameToSend>): FrameToSend {
  return { message: MESSAGE, source: ROUTER, destination: ALL_NODES, ...given };
}

async function isIgnored(frames: readonly Uint8Array[], problem: RegExp | null, id: string): Promise<void> {
  const before = known(await listDomains());
  strictEqual(before.length, 4);
  const { count } = await invalid();
  await sendFrames("R2", [...frames, sentinel(id)]);
  const domains = await waitForDomains((domains) => domains.some((domain) => domain.id === id));
  deepStrictEqual(known(domains), before);
  const after = await invalid();
  strictEqual(after.count - count, problem === null ? 0 : 1);
  if (problem !== null) match(after.lastProblem ?? "", problem);
}

for (const [index, [what, given, problem]] of KINDS.entries()) {
  Deno.test(`an advertisement ${what} changes nothing`, async () => {
    await isIgnored([frame(bad(given))], problem, `after-${index}.example.org`);
  });
}

for (const parts of [1, 2]) {
  Deno.test(`an advertisement in ${parts} fragment${parts > 1 ? "s" : ""} changes nothing (RFC 6980)`, async () => {
    await isIgnored(fragments(bad({}), parts), /came fragmented/, `after-fragment-${parts}.example.org`);
  });
}

Deno.test("an advertisement that this host itself sent, or that was sent back to it, changes nothing", async () => {
  const source = await ownLinkLocal();
  ok(source.startsWith("fe80::"));
  await isIgnored([frame(bad({ source }))], /sent by this host itself/, "after-own.example.org");
});

Deno.test("the same advertisement without any of these faults does change something", async () => {
  await waitForDomains(allReady(4));
  try {
    await sendFrames("R2", [frame(bad({}))]);
    await waitForDomains((domains) => domains.some(({ id }) => id === FORGED));
  } finally {
    const end = [container(FORGED, prefix("2001:db8:bad::", 0))];
    const message = buildMessage({ type: "routerAdvertisement", header: HEADER, options: end }, null);
    await sendFrames("R2", [frame(bad({ message }))]);
    await waitForDomains(allReady(4));
    ok((await listDomains()).every(({ id }) => id !== FORGED));
  }
});

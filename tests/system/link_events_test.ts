// What can happen to a link that stays: MTU, MAC, name, a carrier that comes and goes, more changes than the kernel
// keeps. Runs in the lab; everything is put back as it was.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { allReady, listDomains, onHost, pidOf, run, waitForDomains } from "../lab/lab.ts";
import { CLIENT_MAC } from "../lab/topology.ts";
import { captured } from "./capture.ts";
import {
  addLink,
  asInTheKernel,
  fourThatWork,
  ip,
  linkProblem,
  solicitationsFrom,
  SOLICITED_AFTER_MS,
  withSettings,
} from "./client_link.ts";

interface Interface {
  readonly mtu: number;
  readonly address: string;
}

async function interfaces(): Promise<readonly Interface[]> {
  const domains = await listDomains();
  const shown = await Promise.all(
    domains.map(({ namespace }) => ip("-j", "-n", namespace, "link", "show", "mifpvd")),
  );
  return shown.flatMap((text): Interface[] => JSON.parse(text));
}

async function withMtu(mtu: number): Promise<void> {
  await waitForDomains(allReady(4));
  deepStrictEqual((await interfaces()).map((each) => each.mtu), [mtu, mtu, mtu, mtu]);
}

/** Unplugs the link's other end for a moment. */
async function interrupt(): Promise<void> {
  for (const state of ["down", "up"]) await onHost("BR", ["ip", "link", "set", "client", state]);
}

Deno.test("link: its MTU is its domains', smaller and larger again", async () => {
  await ip("link", "set", "eth1", "mtu", "1400");
  await withMtu(1400);
  await ip("link", "set", "eth1", "mtu", "1500");
  // The interface of a domain follows a smaller one by itself; the larger one is ours to set.
  await waitForDomains(allReady(4));
  for (let look = 0; look < 100 && (await interfaces()).some(({ mtu }) => mtu !== 1500); look++);
  await withMtu(1500);
  await fourThatWork();
});

Deno.test("link: with an MTU that is too small for IPv6 its domains fail and say so, and come back at once", async () => {
  await ip("link", "set", "eth1", "mtu", "1200");
  try {
    const domains = await waitForDomains((all) =>
      all.length === 4 && all.every(({ state }) => state === "failed")
    );
    for (const { problem } of domains) ok(problem?.includes("1200"), problem ?? "no problem is told");
    ok((await linkProblem())?.includes("1200"));
  } finally {
    await ip("link", "set", "eth1", "mtu", "1500");
  }
  await fourThatWork();
  await asInTheKernel();
});

Deno.test("link: with another MAC its domains stay as they are, and solicitations carry the new one", async () => {
  const before = await interfaces();
  const mac = "02:00:00:00:01:77";
  await ip("link", "set", "eth1", "address", mac);
  try {
    const [solicitation] = await captured(solicitationsFrom(mac), 1, interrupt, SOLICITED_AFTER_MS);
    strictEqual(solicitation?.options[0]?.["icmpv6.opt.linkaddr"], mac);
    deepStrictEqual(await interfaces(), before);
    await fourThatWork();
  } finally {
    await ip("link", "set", "eth1", "address", CLIENT_MAC);
  }
});

Deno.test("link: a carrier that comes back is solicited on anew, also where it was away for a moment only", async () => {
  await captured(solicitationsFrom(), 1, interrupt, SOLICITED_AFTER_MS);
  await fourThatWork();
});

Deno.test("link: under another name that settings name, its domains are there under that name", async () => {
  await withSettings(['links = ["eth1", "lan*"]'], async () => {
    await waitForDomains(allReady(4));
    await ip("link", "set", "eth1", "down");
    await ip("link", "set", "eth1", "name", "lan0", "up");
    await waitForDomains((all) => allReady(4)(all) && all.every(({ link }) => link === "lan0"));
    await asInTheKernel();
    await ip("link", "set", "lan0", "down");
    await ip("link", "set", "lan0", "name", "eth1", "up");
    await waitForDomains((all) => allReady(4)(all) && all.every(({ link }) => link === "eth1"));
  });
  await fourThatWork();
});

Deno.test("link: one that goes while the kernel drops events for the broker is noticed all the same", async () => {
  const pid = await pidOf("broker");
  await run(["kill", "-STOP", String(pid)]);
  try {
    // Each is an event of more than a kilobyte; the broker's socket holds two megabytes at most.
    const flood = Array.from({ length: 5000 }, (_, n) => `link set lo alias number-${n}\n`);
    strictEqual((await run(["ip", "-batch", "-"], { input: flood.join("") })).status, 0);
    await ip("link", "del", "eth1");
  } finally {
    await run(["kill", "-CONT", String(pid)]);
  }
  try {
    await waitForDomains((domains) => domains.length === 0);
  } finally {
    await addLink();
  }
  await fourThatWork();
});

Deno.test("link: without settings neither the lab's link nor any other that software made is listened on", async () => {
  await withSettings([], async () => {
    await waitForDomains((domains) => domains.length === 0);
    strictEqual(await linkProblem(), null);
  });
  await fourThatWork();
});

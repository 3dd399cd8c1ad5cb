// Domains whose interface is an ipvlan, as on Wi-Fi: end to end where the kernel has ipvlan, and what is said where it
// has none. Runs in the lab; the broker gets other settings, and its own back.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { DomainView } from "../../lib/protocol.ts";
import { CELLS, tryCell } from "../demo/cells.ts";
import { allReady, DOCUMENTED_IDS, run, runAs, waitForDomains } from "../lab/lab.ts";
import { LOG_FOLDER } from "../lab/paths.ts";
import { CLIENT_MAC } from "../lab/topology.ts";
import { asInTheKernel, fourThatWork, ip, linkProblem, withSettings } from "./client_link.ts";

/** `pvd run` where the program did not start. */
const CANNOT_START = 125;
const ON_IPVLAN = ['links = ["eth1"]', 'ipvlan_links = ["eth*"]'];

/** Why the kernel makes no ipvlan; null: it does. */
async function noIpvlan(): Promise<string | null> {
  await run(["ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1"]);
  const { status, stderr } = await run([
    "ip",
    "link",
    "add",
    "link",
    "probe0",
    "name",
    "probe2",
    "type",
    "ipvlan",
  ]);
  await run(["ip", "link", "del", "probe0"]);
  return status === 0 ? null : stderr.trim();
}

const missing = await noIpvlan();
const withIpvlan = missing === null ? "" : ` (not run: this kernel says "${missing}")`;
const withoutIpvlan = missing === null ? " (not run: this kernel has ipvlan)" : "";

const allFailed = (domains: readonly DomainView[]) =>
  domains.length === 4 && domains.every(({ state }) => state === "failed");
const global = (address: string) => address.split(":").slice(-4).join(":");

Deno.test({
  name: `ipvlan: without the module no domain is made, and everybody is told which module${withoutIpvlan}`,
  ignore: missing === null,
  async fn() {
    const sentence = /^this kernel has no ipvlan, .*modprobe ipvlan, kernel option CONFIG_IPVLAN/;
    const logged = Deno.readTextFileSync(`${LOG_FOLDER}/broker.log`).length;
    await withSettings(ON_IPVLAN, async () => {
      const domains = await waitForDomains(allFailed);
      for (const { problem } of domains) match(problem ?? "", sentence);
      match(await linkProblem() ?? "", sentence);
      match(
        Deno.readTextFileSync(`${LOG_FOLDER}/broker.log`).slice(logged),
        /cannot be configured: this kernel has no ipvlan/,
      );
      const { status, stdout, stderr } = await runAs("alice", [
        "pvd",
        "run",
        DOCUMENTED_IDS.R1.explicit,
        "id",
      ]);
      deepStrictEqual([status, stdout], [CANNOT_START, ""]);
      match(stderr, /modprobe ipvlan/);
    });
    // The settings name macvlan again: nothing has to be done by hand.
    await fourThatWork();
  },
});

Deno.test({
  name:
    `ipvlan: domains share the link's MAC, have identifiers of their own, and reach what is theirs alone${withIpvlan}`,
  ignore: missing !== null,
  async fn() {
    await withSettings(ON_IPVLAN, async () => {
      const domains = await waitForDomains(allReady(4));
      for (const { namespace } of domains) {
        const [shown] = JSON.parse(await ip("-j", "-d", "-n", namespace, "link", "show", "mifpvd"));
        deepStrictEqual(
          [shown.linkinfo.info_kind, shown.linkinfo.info_data.mode, shown.address],
          ["ipvlan", "l2", CLIENT_MAC],
        );
      }
      const addresses = domains.flatMap((domain) => domain.addresses.map(({ address }) => global(address)));
      strictEqual(new Set(addresses).size, 4);
      const linkLocal = domains.map(async ({ namespace }) => {
        const shown = await ip("-j", "-n", namespace, "-6", "addr", "show", "dev", "mifpvd", "scope", "link");
        return /"local":"(fe80:[^"]*)"/.exec(shown)?.[1];
      });
      strictEqual(new Set(await Promise.all(linkLocal)).size, 4);
      await asInTheKernel();
      for (const cell of CELLS) strictEqual(await tryCell(cell), cell.expected, `${cell.id} ${cell.server}`);
    });
    await fourThatWork();
  },
});

Deno.test({
  name: `ipvlan: EUI-64 identifiers differ by PvD, although the MAC is the same${withIpvlan}`,
  ignore: missing !== null,
  async fn() {
    await withSettings([...ON_IPVLAN, 'interface_identifier = "eui64"'], async () => {
      const domains = await waitForDomains(allReady(4));
      const addresses = domains.flatMap((domain) => domain.addresses.map(({ address }) => global(address)));
      strictEqual(new Set(addresses).size, 4);
      ok(addresses.every((address) => /ff:fe/.test(address)), addresses.join());
    });
    await fourThatWork();
  },
});

Deno.test({
  name:
    `ipvlan: a link that carries another kind is told of, and its domains come when that is gone${withIpvlan}`,
  ignore: missing !== null,
  async fn() {
    await ip("link", "add", "link", "eth1", "name", "other0", "type", "macvlan", "mode", "bridge");
    await withSettings(ON_IPVLAN, async () => {
      for (const { problem } of await waitForDomains(allFailed)) {
        match(
          problem ?? "",
          /^eth1 cannot have the ipvlan of a PvD: .*macvlan and ipvlan exclude each other/,
        );
      }
      await ip("link", "del", "other0");
      await waitForDomains(allReady(4));
    });
    await fourThatWork();
  },
});

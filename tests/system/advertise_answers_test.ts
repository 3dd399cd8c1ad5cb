// When `pvd advertise` speaks: once, as often as it is asked, and at its end, by which its routes and prefixes end too.
// Runs in the lab, with nobody advertising but the tests.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { hex } from "../../lib/ndp/octets.ts";
import { run, waitForDomains } from "../lab/lab.ts";
import { eth1Of, once, OPTION_PVD, optionBytes, PLAIN, withdraw, withoutRouters } from "./advertise_lab.ts";
import { ADVERTISEMENTS, captured, ENDED, fieldsNamed } from "./capture.ts";
import { frame, sendFrames } from "./frames.ts";
import { OwnRouter } from "./own_router.ts";

withoutRouters();

Deno.test("pvd advertise --once: one round, and no goodbye", async () => {
  const other = '[[interface]]\nname = "eth1"\nhop_limit = 77\n';
  const sent = await captured(ADVERTISEMENTS, 2, async () => {
    await once(PLAIN);
    await once(other);
  });
  deepStrictEqual(sent.map(({ icmpv6 }) => icmpv6["icmpv6.nd.ra.cur_hop_limit"]), ["33", "77"]);
  await withdraw(PLAIN);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`pvd advertise: on ${signal} it says goodbye three times, every lifetime 0, and ends well`, async () => {
    const pvd = '[[interface.pvd]]\nid = "a.example"\nheader.router_lifetime = 9000\n' +
      '[[interface.pvd.prefix]]\nprefix = "2001:db8:e::/64"\n';
    const router = new OwnRouter(PLAIN + pvd);
    await router.says("advertises");
    const goodbye = await captured(ENDED, 6, async () => strictEqual((await router.end(signal)).status, 0));
    const lifetimes = goodbye.flatMap(({ icmpv6, options }) => fieldsNamed([icmpv6, options], /lifetime$/));
    strictEqual(lifetimes.length, 3 * (1 + 2 * 2 + 2 + 1 + 1 + 1) + 3);
    deepStrictEqual(lifetimes.filter((lifetime) => lifetime !== "0"), []);
    for (const [index, { packet }] of goodbye.entries()) {
      // tshark does not look into these two.
      if (index % 2 === 0) {
        strictEqual(hex(optionBytes(packet.payload, 144).subarray(4, 8)), "00000000");
        continue;
      }
      const option = optionBytes(packet.payload, OPTION_PVD);
      // Flags, name and padding have 24 octets, the header 16.
      strictEqual(
        hex(option.subarray(24, 32)),
        "8600000021fa" + "0000",
        "the inner header's router lifetime",
      );
      strictEqual(hex(option.subarray(40, 52)), "030440c0" + "00".repeat(8), "the prefix's two lifetimes");
    }
    await waitForDomains((domains) => domains.length === 0);
  });
}

/** Only its first round, and what it is asked for. */
const SELDOM = `[[interface]]
name = "eth1"
max_interval = 600
min_delay_between_ras = 0.4
final_advertisements = 0
router_lifetime = 0
`;

Deno.test("pvd advertise: who solicits from a link-local address is answered alone", async () => {
  const router = new OwnRouter(SELDOM);
  try {
    await router.says("advertises");
    const { linkLocal } = await eth1Of(run);
    const [answer] = await captured(`${ADVERTISEMENTS} and dst host ${linkLocal}`, 1, async () => {
      strictEqual((await run(["rdisc6", "-1", "-r", "10", "eth1"])).status, 0);
    });
    deepStrictEqual([answer?.ipv6["ipv6.src"], answer?.ipv6["ipv6.hlim"]], ["fe80::1", "255"]);
  } finally {
    await router.end("SIGTERM");
  }
});

Deno.test("pvd advertise: a flood from :: is answered by multicast, never closer than min_delay_between_ras", async () => {
  const solicitation = Uint8Array.of(133, 0, 0, 0, 0, 0, 0, 0);
  const flood = frame({ message: solicitation, source: "::", destination: "ff02::2" });
  const router = new OwnRouter(SELDOM);
  try {
    await router.says("advertises");
    // Without a question the next two rounds are 16 s apart.
    const answers = await captured(
      `${ADVERTISEMENTS} and dst host ff02::1`,
      4,
      () => sendFrames("R2", [flood], 400, 0.01),
    );
    const gaps = answers.slice(1).map(({ time }, index) => time - (answers[index]?.time ?? 0));
    // Less than the 0.4 s of the settings: tshark's clock runs when a packet arrives, which can be late.
    for (const gap of gaps) ok(gap >= 0.3 && gap < 10, `${gap} s`);
  } finally {
    await router.end("SIGTERM");
  }
});

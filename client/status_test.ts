// Golden texts of `pvd status`.

import assert from "node:assert/strict";
import { formatStatus } from "./status.ts";
import { SAMPLE_STATUS } from "./testing.ts";

const WHOLE = { width: null, colour: false };

Deno.test("formatStatus shows broker, helper, links, and what was refused and why", () => {
  assert.equal(
    formatStatus(SAMPLE_STATUS, WHOLE),
    `
broker          running, process 4711 of uid 990, up 2 h 3 min, 31.2 MiB
helper          connected
PvDs            4
advertisements  120 received, 110 of them unchanged, 3 invalid
  invalid: 2 because hop limit is not 255
  invalid: 1 because an option is cut short\\x1b
  last invalid: hop limit 64, not 255\\x1b
  options passed over: in 2 of them
  last option passed over: the PvD option a.example is not the first\\x1b
  refused: 4 for tooManyDomains

links
  eth1   up    listening
  wlan0  up    not listening: the helper says: busy
  lo     down  not listening
`.slice(1),
  );
});

Deno.test("formatStatus says why PvDs on a link that is listened on cannot be made", () => {
  const links = [{
    name: "wlan0",
    index: 3,
    up: true,
    ipv6: true,
    listening: true,
    problem: "this kernel has no ipvlan",
  }];
  const text = formatStatus({ ...SAMPLE_STATUS, links }, WHOLE);
  assert(
    text.endsWith("  wlan0  up    listening, but not every PvD can be made: this kernel has no ipvlan\n"),
    text,
  );
});

Deno.test("formatStatus says that the helper is away and why, without a raw escape code", () => {
  const text = formatStatus({
    ...SAMPLE_STATUS,
    helper: { connected: false, problem: "no\x1bsocket" },
    links: [],
  }, WHOLE);
  assert(text.includes("helper          not connected: no\\x1bsocket\n"));
  assert(text.endsWith("links\n  none\n"));
});

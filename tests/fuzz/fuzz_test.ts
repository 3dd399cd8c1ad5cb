// Half a minute of the fuzzer, always from the same seed, and proof that it finds faults. Writes corpus/ where it
// finds one that nobody put there.

import assert from "node:assert/strict";
import { expire, linkGone } from "../../broker/state/expire.ts";
import { hear } from "../../broker/state/hear.ts";
import { type Domain, EMPTY_STATE, type State } from "../../broker/state/types.ts";
import { writeCase } from "./cases.ts";
import { fuzz, PARSER } from "./fuzz.ts";
import { MACHINE, type Machine } from "./walk.ts";

const SECONDS = 30;
const SEED = 8801;
/** More than enough for a fault that every second row meets. */
const FAULT_SECONDS = 20;

Deno.test("fuzz: half a minute of bent packets, clock steps and restarts breaks no promise", () => {
  const { rounds, coverage, failure } = fuzz(SECONDS, SEED);
  if (failure !== null) {
    const again = `deno task fuzz --round ${failure.roundSeed}`;
    throw new Error(`${failure.sentence} (${again}; kept as ${writeCase(failure)})`, {
      cause: failure.error,
    });
  }
  console.log(`${rounds} rounds\n${coverage.lines().join("\n")}`);
  for (const name of ["valid", "invalid"]) {
    assert.ok(coverage.of(PARSER, name) > 0 && coverage.of("packets", name) > 0, `no packet was ${name}`);
  }
  for (const name of ["made", "ended by an advertisement", "ended by time"]) {
    assert.ok(coverage.of("domains", name) > 0, `no domain was ${name}`);
  }
  assert.ok(coverage.of("refused", "domains") > 0, "the cap of domains was not met");
});

const changed = (state: State, change: (domain: Domain) => Domain): State => ({
  domains: new Map([...state.domains].map(([key, domain]) => [key, change(domain)])),
});

/** Faults like those that such programs have had. */
const FAULTS: readonly [what: string, machine: Partial<Machine>][] = [
  ["nothing ends when its time has come", { expire: (state) => ({ state, touched: [], ended: [] }) }],
  ["everything ends a millisecond late", { expire: (state, now) => expire(state, now - 1) }],
  ["there is no cap on domains", {
    hear: (state, hearing, said) => hear(state, hearing, said, { domains: 1e9, domainsPerLink: 1e9 }),
  }],
  ["what an advertisement leaves out is forgotten", {
    hear: (state, hearing, said, limits) =>
      hear(changed(state, (domain) => ({ ...domain, rdnss: [] })), hearing, said, limits),
  }],
  ["a router's goodbye is not heard", {
    hear: (state, hearing, said, limits) =>
      hear(state, hearing, said.filter(({ header }) => header.routerLifetimeS > 0), limits),
  }],
  ["a lifetime is taken a hundred times too long", {
    hear: (state, hearing, said, limits) => {
      const rdnss = (each: typeof said[number]) =>
        each.rdnss.map((one) => ({ ...one, lifetimeS: one.lifetimeS * 100 }));
      return hear(state, hearing, said.map((each) => ({ ...each, rdnss: rdnss(each) })), limits);
    },
  }],
  ["a text is kept as it was sent", {
    hear: (state, hearing, said, limits) =>
      hear(state, hearing, said.map((each) => ({ ...each, captivePortal: "https:\u202e\n" })), limits),
  }],
  ["a link's domains outlive it", { linkGone: (state) => ({ state, touched: [], ended: [] }) }],
  ["a link takes all domains with it", {
    linkGone: (state, index) => ({ ...linkGone(state, index), state: EMPTY_STATE }),
  }],
  ["a restart loses the captive portal", {
    restarted: (state, now) =>
      changed(MACHINE.restarted(state, now), (domain) => ({ ...domain, captivePortal: null })),
  }],
];

for (const [what, fault] of FAULTS) {
  Deno.test(`fuzz finds it where ${what}`, () => {
    const { failure } = fuzz(FAULT_SECONDS, SEED, { ...MACHINE, ...fault });
    assert.ok(failure !== null, "every promise was kept");
    assert.ok(failure.steps.length > 0);
  });
}

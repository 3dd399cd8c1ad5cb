// What a host does with each vector of tests/data/vectors.json beyond reading it: addresses, routes, where and when
// additional information is asked for. What the parser alone can show is in lib/ndp/vectors_test.ts.

import assert from "node:assert/strict";
import { domainAdvertisements } from "../lib/ndp/domains.ts";
import { implicitIdText } from "../lib/ndp/identity.ts";
import { parseMessage } from "../lib/ndp/parse.ts";
import type { RouterAdvertisement } from "../lib/ndp/types.ts";
import { writeName } from "../lib/ndp/name.ts";
import { readVectors, type Vector } from "../tests/fuzz/ndp_data.ts";
import { answered, decide, withSubjects } from "./information/rules.ts";
import { sourceOf } from "./information/source.ts";
import { type InformationState, NO_INFORMATION, type Subject } from "./information/types.ts";
import { hear } from "./state/hear.ts";
import { type Domain, EMPTY_STATE, type State } from "./state/types.ts";
import { wantedDomain } from "./wanted.ts";

const SECRETS = { key: new Uint8Array(32).fill(7) };
const LINK = {
  name: "eth1",
  index: 2,
  mtu: 1500,
  interfaceKind: "macvlan",
  routerMacs: new Map<string, string>(),
} as const;
const RA_HEADER_OCTETS = 16;
const NOW = 1_000_000;

const vectors = readVectors();

function read(vector: Vector): RouterAdvertisement {
  const parsed = parseMessage(vector.bytes, { source: vector.src, hopLimit: vector.hoplimit });
  assert.ok(parsed.ok && parsed.message.type === "routerAdvertisement");
  return parsed.message;
}

function heard(state: State, vector: Vector): State {
  const hearing = { link: LINK.name, linkIndex: LINK.index, router: vector.src, now: NOW };
  return hear(state, hearing, domainAdvertisements(read(vector))).state;
}

function only(state: State): Domain {
  const [domain, ...more] = state.domains.values();
  assert.ok(domain !== undefined && more.length === 0);
  return domain;
}

/** The length field of the first option of a type. */
function lengthOf(message: Uint8Array, type: number): number {
  for (let at = RA_HEADER_OCTETS; at < message.length; at += 8 * (message[at + 1] ?? 1)) {
    if (message[at] === type) return message[at + 1] ?? 0;
  }
  return 0;
}

function subject(domain: Domain): Subject {
  const source = sourceOf(domain, false);
  assert.ok(source !== null && "name" in source);
  const { key, id, linkIndex, sequence, delay } = domain;
  return { ...source, key, id, linkIndex, sequence, delay, handle: "mifpvd-1" };
}

/** When the server is asked, in ms from now, by chance from 0 to 1. */
function askedAfterMs(domain: Domain, chance: number): number | undefined {
  const entry = withSubjects(NO_INFORMATION, [subject(domain)], NOW, () => chance).entries.get(domain.key);
  return entry === undefined ? undefined : entry.dueAt - NOW;
}

/** Something valid is held of the domain as another vector has it. */
function holding(before: Domain): InformationState {
  const early = NOW - 60_000;
  const asked = decide(withSubjects(NO_INFORMATION, [subject(before)], early, () => 0), early);
  const [fetch] = asked.fetches;
  assert.ok(fetch !== undefined);
  const valid = { kind: "valid", text: "{}", expiresInMs: 3_600_000 } as const;
  return answered(asked.state, fetch, valid, early, () => 0);
}

const CHECKS: Readonly<Record<string, (vector: Vector, wanted: unknown) => void>> = {
  option_len: ({ bytes }, wanted) => assert.equal(lengthOf(bytes, 21), wanted),
  container_len: ({ bytes }, wanted) => assert.equal(lengthOf(bytes, 63), wanted),
  name_wire_len: (vector, wanted) => {
    const [domain] = domainAdvertisements(read(vector));
    assert.equal(writeName(domain?.id ?? "").length, wanted);
  },
  implicit_input: (vector, wanted) => {
    const { options } = read(vector);
    const implicit = domainAdvertisements(read(vector)).find(({ kind }) => kind === "implicit");
    assert.equal(implicitIdText(options, implicit?.mtu ?? null), wanted);
  },
  slaac: (vector, wanted) => {
    assert.deepEqual(
      wantedDomain(only(heard(EMPTY_STATE, vector)), LINK, NOW, SECRETS).addresses.map(({ address }) =>
        address
      ),
      wanted,
    );
  },
  default_route_prf: (vector, wanted) => {
    assert.equal(`${defaultRoute(vector).preference} (RIO ::/0 overrides header)`, wanted);
  },
  default_route_lifetime: (vector, wanted) => assert.equal(defaultRoute(vector).lifetimeS, wanted),
  url: (vector, wanted) => {
    const { source, name } = subject(only(heard(EMPTY_STATE, vector)));
    assert.deepEqual([source, `https://${name}/.well-known/pvd`], ["wellKnown", wanted]);
  },
  http_delay_ms: (vector, wanted) => {
    const domain = only(heard(EMPTY_STATE, vector));
    assert.deepEqual([askedAfterMs(domain, 0), askedAfterMs(domain, 1)], wanted);
  },
  effect: ({ name }, wanted) => {
    assert.ok(/refetch/.test(String(wanted)));
    const [before, after] = successive(name);
    const state = withSubjects(holding(before), [subject(after)], NOW, () => 1);
    assert.equal(state.entries.get(after.key)?.held, null, "what was held is dropped at once");
    assert.equal(decide(state, NOW).wakeAt - NOW, 2 ** (10 + after.delay));
  },
};

function defaultRoute(vector: Vector) {
  const { routes } = wantedDomain(only(heard(EMPTY_STATE, vector)), LINK, NOW, SECRETS);
  const [route, ...more] = routes.filter(({ prefix }) => prefix === "::/0");
  assert.ok(route !== undefined && more.length === 0);
  return route;
}

/** The domain as the vector before has it, and as this one then makes it. */
function successive(name: string): [Domain, Domain] {
  const later = vectors.find((vector) => vector.name === name);
  const earlier = vectors.find((vector) => vector.name === later?.expect["after"]);
  assert.ok(earlier !== undefined && later !== undefined);
  const state = heard(EMPTY_STATE, earlier);
  return [only(state), only(heard(state, later))];
}

for (const vector of vectors) {
  for (const [key, check] of Object.entries(CHECKS)) {
    if (!(key in vector.expect)) continue;
    Deno.test(`vector ${vector.name}: ${key} is as expected`, () => check(vector, vector.expect[key]));
  }
}

Deno.test("every expectation is checked, here or with the parser, but DHCPv4, which pvd does not speak", () => {
  const parsers = Deno.readTextFileSync(new URL("../lib/ndp/vectors_test.ts", import.meta.url));
  const keys = new Set(vectors.flatMap(({ expect }) => Object.keys(expect)));
  const known = (key: string) => parsers.includes(`case "${key}":`) || parsers.includes(`expect["${key}"]`);
  assert.deepEqual([...keys].filter((key) => !(key in CHECKS) && !known(key)).sort(), [
    "after",
    "dhcpv4",
    "draft",
  ]);
});

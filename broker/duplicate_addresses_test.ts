import assert from "node:assert/strict";
import { DuplicateAddresses, runtimeWithAddresses } from "./duplicate_addresses.ts";
import { domainAddress, type IdentifierMethod } from "./identifier.ts";
import { prefixOf } from "./state/duplicate.ts";
import { hear } from "./state/hear.ts";
import { advertisement, prefix } from "./state/testing.ts";
import { EMPTY_STATE, type State } from "./state/types.ts";
import { FakeClock } from "./testing.ts";
import { wantedAddresses } from "./wanted.ts";

const KEY = "explicit eth1 example.org";
const PREFIX = "2001:db8:1::/64";
const READY = { state: "ready", problem: null, handle: "mifpvd-1" } as const;

class Room {
  readonly clock = new FakeClock();
  readonly said: string[] = [];
  readonly secrets;
  readonly duplicates: DuplicateAddresses;
  state: State;
  changes = 0;

  constructor(identifiers: IdentifierMethod = "stable", prefixes: readonly string[] = [PREFIX]) {
    this.secrets = { key: new Uint8Array(32).fill(3), identifiers };
    const hearing = { link: "eth1", linkIndex: 2, router: "fe80::1", now: this.clock.now };
    const said = advertisement({ prefixes: prefixes.map((each) => prefix(each, 3600)) });
    this.state = hear(EMPTY_STATE, hearing, [said]).state;
    this.duplicates = new DuplicateAddresses({
      secrets: this.secrets,
      after: this.clock.after,
      random: () => 0.5,
      log: (_level, message) => this.said.push(message),
      state: () => this.state,
      onChanged: (state) => {
        this.state = state;
        this.changes++;
      },
    });
  }

  candidate(counter: number): string {
    return domainAddress(this.secrets, KEY, PREFIX, counter) ?? "";
  }

  addresses(): string[] {
    const domain = this.state.domains.get(KEY);
    assert.ok(domain !== undefined);
    return wantedAddresses(domain, this.clock.now, this.secrets).map(({ address }) => address);
  }

  runtime() {
    return runtimeWithAddresses(READY, this.state.domains.get(KEY), this.clock.now, this.secrets);
  }
}

Deno.test("DuplicateAddresses gives an address up at once and takes the next after IDGEN_DELAY at most", async () => {
  const room = new Room();
  room.duplicates.found(KEY, room.candidate(0));
  assert.deepEqual(room.addresses(), []);
  assert.deepEqual(room.runtime(), { ...READY, state: "configuring" });
  await room.clock.advance(499);
  assert.deepEqual(room.addresses(), []);
  await room.clock.advance(1);
  assert.deepEqual(room.addresses(), [room.candidate(1)]);
  assert.deepEqual(room.runtime(), READY);
});

Deno.test("DuplicateAddresses tries three and then none, and the domain fails with one sentence", async () => {
  const room = new Room();
  for (let counter = 0; counter < 3; counter++) {
    room.duplicates.found(KEY, room.candidate(counter));
    await room.clock.advance(1000);
  }
  assert.deepEqual(room.addresses(), []);
  const { state, problem } = room.runtime();
  assert.equal(state, "failed");
  assert.match(
    problem ?? "",
    /^no address in 2001:db8:1::\/64: other hosts on eth1 have all 3 that were tried; find/,
  );
  assert.match(room.said.at(-1) ?? "", /example\.org on eth1: no address in 2001:db8:1::\/64/);
  room.duplicates.linkCameUp(3);
  assert.deepEqual(room.addresses(), [], "another link");
  room.duplicates.linkCameUp(2);
  assert.deepEqual(room.addresses(), [room.candidate(0)]);
});

Deno.test("DuplicateAddresses has no second address with EUI-64 (RFC 4862 5.4.5), and says what helps", async () => {
  const room = new Room("eui64");
  room.duplicates.found(KEY, room.candidate(0));
  await room.clock.advance(10_000);
  assert.deepEqual(room.addresses(), []);
  const { state, problem } = room.runtime();
  assert.equal(state, "failed");
  assert.ok(problem?.includes(`has ${room.candidate(0)}, and EUI-64 gives no other`));
});

Deno.test("a domain that has an address in another prefix stays ready, and says what is wrong", () => {
  const room = new Room("eui64", [PREFIX, "2001:db8:2::/64"]);
  room.duplicates.found(KEY, room.candidate(0));
  const { state, problem } = room.runtime();
  assert.equal(state, "ready");
  assert.match(problem ?? "", /^no address in 2001:db8:1::\/64/);
  assert.deepEqual(
    runtimeWithAddresses({ ...READY, state: "ending" }, undefined, 0, room.secrets).problem,
    null,
  );
});

Deno.test("DuplicateAddresses takes word of an address that is no longer wanted for no news", async () => {
  const room = new Room();
  for (const address of [room.candidate(1), "2001:db8:9::1", "fe80::1", ""]) {
    room.duplicates.found(KEY, address);
  }
  room.duplicates.found("explicit eth1 other.example", room.candidate(0));
  assert.equal(room.changes, 0);
  room.duplicates.found(KEY, room.candidate(0));
  room.duplicates.found(KEY, room.candidate(0));
  await room.clock.advance(1000);
  assert.equal(prefixOf(room.state, KEY, PREFIX)?.dadCounter, 1, "told twice, counted once");
});

Deno.test("DuplicateAddresses forgets a domain that ended while it waited", async () => {
  const room = new Room();
  room.duplicates.found(KEY, room.candidate(0));
  room.state = EMPTY_STATE;
  await room.clock.advance(1000);
  assert.equal(room.state, EMPTY_STATE);
});

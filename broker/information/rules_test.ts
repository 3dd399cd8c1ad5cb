import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_FAILED,
  MAX_REQUESTS,
  MIN_INTERVAL_MS,
  MOST_RETRY_MS,
  NOT_READY_MS,
  WINDOW_MS,
} from "./limits.ts";
import { answered, decide, detached, withSubjects } from "./rules.ts";
import { type Fetch, NO_INFORMATION, type Outcome, type Subject } from "./types.ts";

const SUBJECT: Subject = {
  key: "explicit eth1 pvd.example",
  id: "pvd.example",
  source: "wellKnown",
  name: "pvd.example",
  linkIndex: 2,
  sequence: 7,
  delay: 0,
  handle: "mifpvd-1",
};
const VALID: Outcome = { kind: "valid", text: "{}", expiresInMs: 100_000 };

function named(name: string, given: Partial<Subject> = {}): Subject {
  return { ...SUBJECT, key: `explicit eth1 ${name}`, id: name, name, ...given };
}

/** The rules with a clock that is set, a chance that is told, and a server that answers at once. */
class Room {
  now = 1_000_000;
  state = NO_INFORMATION;
  chance = 0.5;
  subjects: Subject[] = [SUBJECT];
  readonly asked: { readonly name: string; readonly at: number }[] = [];
  answer: (fetch: Fetch) => Outcome | null = () => VALID;

  look(): number {
    const random = () => this.chance;
    this.state = withSubjects(this.state, this.subjects, this.now, random);
    for (;;) {
      const { state, fetches, wakeAt } = decide(this.state, this.now);
      this.state = state;
      if (fetches.length === 0) return wakeAt;
      for (const fetch of fetches) {
        const outcome = this.answer(fetch);
        if (outcome?.kind !== "notAsked") this.asked.push({ name: fetch.subject.name, at: this.now });
        if (outcome !== null) this.state = answered(this.state, fetch, outcome, this.now, random);
      }
    }
  }

  /** Goes from one moment of decision to the next. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (let wakeAt = this.look(); wakeAt <= end; wakeAt = this.look()) this.now = Math.max(wakeAt, this.now);
    this.now = end;
  }

  problem(key = SUBJECT.key): string | null | undefined {
    return this.state.entries.get(key)?.problem;
  }

  text(): string | undefined {
    return this.state.entries.get(SUBJECT.key)?.held?.text;
  }
}

Deno.test("decide: the first request comes within 2^(10 + Delay) ms (RFC 8801 4.1)", () => {
  for (const [delay, waitMs] of [[0, 512], [1, 1024], [15, 16_777_216]] as const) {
    const room = new Room();
    room.subjects = [{ ...SUBJECT, delay }];
    const start = room.now;
    room.advance(waitMs - 1);
    assert.deepEqual(room.asked, []);
    room.advance(1);
    assert.deepEqual(room.asked, [{ name: "pvd.example", at: start + waitMs }]);
    assert.equal(room.text(), "{}");
  }
});

Deno.test("decide: any other Sequence Number ends what is held at once, also a lower one, and waits by the new Delay", () => {
  const room = new Room();
  room.advance(20_000);
  assert.equal(room.text(), "{}");
  room.subjects = [{ ...SUBJECT, sequence: 0, delay: 3 }];
  room.look();
  assert.equal(room.text(), undefined);
  const changed = room.now;
  room.advance(10_000);
  assert.deepEqual(room.asked.at(-1), { name: "pvd.example", at: changed + 4096 });
  assert.equal(room.text(), "{}");
});

Deno.test("decide: it is renewed between half its life and its end, and held until then", () => {
  for (const chance of [0, 0.5, 0.999]) {
    const room = new Room();
    room.chance = chance;
    room.advance(5_000);
    const [first] = room.asked;
    assert.ok(first !== undefined);
    room.advance(100_000);
    const renewal = room.asked[1]?.at ?? 0;
    assert.ok(Math.abs(renewal - (first.at + 50_000 + chance * 50_000)) < 1);
    assert.equal(room.text(), "{}");
  }
});

Deno.test("decide: a server whose object is always about to expire is asked every 10 s and no more", () => {
  const room = new Room();
  room.answer = () => ({ kind: "valid", text: "{}", expiresInMs: 1 });
  room.advance(100_000);
  assert.equal(room.asked.length, 10);
  assert.equal(room.text(), undefined);
});

Deno.test("decide: H cleared, or the domain gone, ends what is held; an answer under way is for nobody", () => {
  const room = new Room();
  let late: Fetch | undefined;
  room.answer = (fetch) => {
    late = fetch;
    return null;
  };
  room.advance(1_000);
  room.subjects = [];
  room.look();
  assert.equal(room.state.entries.size, 0);
  assert.ok(late !== undefined);
  room.state = answered(room.state, late, VALID, room.now, () => 0);
  assert.equal(room.state.entries.size, 0);
  assert.equal(room.state.underWay.size, 0);
});

Deno.test("decide: the answer to an earlier Sequence Number is not taken for the new one's", () => {
  const room = new Room();
  let late: Fetch | undefined;
  room.answer = (fetch) => {
    late = fetch;
    return null;
  };
  room.advance(1_000);
  room.subjects = [{ ...SUBJECT, sequence: 8 }];
  room.look();
  assert.ok(late !== undefined);
  room.state = answered(room.state, late, VALID, room.now, () => 0);
  assert.equal(room.text(), undefined);
});

Deno.test("decide: a router that changes its Sequence Number all the time gets one request in 10 s", () => {
  const room = new Room();
  for (let sequence = 0; sequence < 200; sequence++) {
    room.subjects = [{ ...SUBJECT, sequence }];
    room.advance(500);
  }
  room.advance(600);
  assert.ok(room.asked.length <= 11, `${room.asked.length} requests in 100 s`);
});

Deno.test("decide: a router that announces and withdraws a PvD again and again gets one request in 10 s", () => {
  const room = new Room();
  for (let turn = 0; turn < 100; turn++) {
    room.subjects = turn % 2 === 0 ? [SUBJECT] : [];
    room.advance(1_000);
  }
  assert.ok(room.asked.length <= 10, `${room.asked.length} requests in 100 s`);
});

Deno.test("decide: certificate, HTTP and content errors are final while the machine is attached, and no longer", () => {
  for (const kind of ["certificate", "tls", "http", "redirect", "format"] as const) {
    const room = new Room();
    room.answer = () => ({ kind, problem: "no" });
    room.advance(10_000);
    // Neither time, nor another Sequence Number, nor coming back asks again.
    room.advance(MOST_RETRY_MS * 2);
    room.subjects = [{ ...SUBJECT, sequence: 8 }];
    room.advance(100_000);
    room.subjects = [];
    room.look();
    room.subjects = [SUBJECT];
    room.advance(100_000);
    assert.equal(room.asked.length, 1);
    assert.equal(room.problem(), "no");
    room.state = detached(room.state, 2);
    room.advance(10_000);
    assert.equal(room.asked.length, 2);
  }
});

Deno.test("decide: what a network that the machine has left still answers says nothing of the one that it is on now", () => {
  for (const kind of ["certificate", "tls", "http", "redirect", "format"] as const) {
    const room = new Room();
    const late: Fetch[] = [];
    room.answer = (fetch) => {
      late.push(fetch);
      return null;
    };
    room.subjects = [SUBJECT, ...["a", "b", "c"].map((name) => named(`${name}.example`))];
    room.advance(1_000);
    assert.equal(late.length, 4);
    room.state = detached(room.state, SUBJECT.linkIndex);
    const elsewhere = { ...named("d.example"), key: "explicit eth2 d.example", linkIndex: 3 };
    room.subjects = [SUBJECT, elsewhere];
    room.look();
    for (const fetch of late.splice(0)) {
      room.state = answered(room.state, fetch, outcome(kind), room.now, () => 0);
    }
    assert.deepEqual([...room.state.networks.values()].flatMap(({ failed }) => [...failed]), []);
    room.advance(20_000);
    assert.deepEqual(late.map((fetch) => fetch.subject.id), ["pvd.example", "d.example"]);
    const [here] = late;
    assert.ok(here !== undefined);
    room.state = detached(room.state, elsewhere.linkIndex);
    room.state = answered(room.state, here, outcome(kind), room.now, () => 0);
    assert.equal(room.problem(), kind, "another link's detachment changes nothing of this one's");
    assert.equal(room.state.networks.get(SUBJECT.linkIndex)?.failed.size, 1);
  }
});

Deno.test("decide: what may pass is tried again, ever more seldom, and then as usual", () => {
  for (const kind of ["dns", "unreachable", "timeout", "failed"] as const) {
    const room = new Room();
    room.chance = 0;
    room.answer = () => ({ kind, problem: "not now" });
    const start = room.now;
    room.advance(80_000);
    assert.deepEqual(room.asked.map(({ at }) => at - start), [0, 10_000, 30_000, 70_000]);
    assert.equal(room.problem(), "not now");
    room.answer = () => VALID;
    room.advance(80_000);
    assert.equal(room.text(), "{}");
    assert.equal(room.problem(), null);
  }
});

Deno.test("decide: after ten PvDs of a link that failed, no other of that link is asked for, and others' are", () => {
  const room = new Room();
  room.chance = 0;
  room.answer = () => ({ kind: "certificate", problem: "no" });
  room.subjects = Array.from({ length: 15 }, (_, at) => named(`p${at}.example`));
  room.advance(1_000_000);
  assert.equal(room.asked.length, MAX_FAILED);
  assert.match(room.problem("explicit eth1 p14.example") ?? "", /10 PvDs of this link/);
  room.answer = () => VALID;
  room.subjects = [...room.subjects, { ...named("q.example"), key: "explicit eth2 q.example", linkIndex: 3 }];
  room.advance(10_000);
  assert.equal(room.asked.at(-1)?.name, "q.example");
});

Deno.test("decide: an RA with a hundred PvDs makes five requests in 10 s, and in the end all of them", () => {
  const room = new Room();
  room.answer = () => ({ ...VALID, expiresInMs: 10_000_000 });
  room.subjects = Array.from({ length: 100 }, (_, at) => named(`p${at}.example`));
  room.advance(300_000);
  assert.equal(new Set(room.asked.map(({ name }) => name)).size, 100);
});

Deno.test("decide: a domain that cannot be used yet waits until it can", () => {
  const room = new Room();
  room.subjects = [{ ...SUBJECT, handle: null }];
  room.advance(60_000);
  assert.deepEqual(room.asked, []);
  room.subjects = [SUBJECT];
  room.advance(1_000);
  assert.equal(room.asked.length, 1);
});

Deno.test("answered: what could not be asked is no request: neither it nor another PvD of its link waits for it", () => {
  const room = new Room();
  room.chance = 0;
  room.answer = () => outcome("notAsked");
  room.subjects = Array.from({ length: MAX_REQUESTS }, (_, at) => named(`p${at}.example`));
  const start = room.now;
  room.advance(NOT_READY_MS - 1);
  assert.deepEqual(room.asked, []);
  room.answer = () => VALID;
  const last = named("q.example");
  room.subjects = [...room.subjects, last];
  room.advance(NOT_READY_MS);
  const told = room.asked.map(({ name, at }) => `${name} ${at - start}`);
  const again = room.subjects.filter((each) => each !== last).slice(0, MAX_REQUESTS - 1);
  assert.deepEqual(told, ["q.example 499", ...again.map(({ name }) => `${name} ${NOT_READY_MS}`)]);
});

Deno.test("answered: what could not be asked takes back no request but its own", () => {
  const room = new Room();
  room.chance = 0;
  const late: Fetch[] = [];
  room.answer = (fetch) => {
    late.push(fetch);
    return null;
  };
  room.look();
  room.now += MIN_INTERVAL_MS;
  room.answer = () => ({ ...VALID, expiresInMs: 1 });
  room.subjects = [{ ...SUBJECT, sequence: 8 }];
  room.look();
  const [first] = late;
  assert.ok(first !== undefined && room.asked.length === 2);
  room.state = answered(room.state, first, outcome("notAsked"), room.now, () => 0);
  room.advance(MIN_INTERVAL_MS - 1);
  assert.equal(room.asked.length, 2);
  room.advance(1);
  assert.equal(room.asked.length, 3);
});

Deno.test("decide: whatever servers and routers do, the limits of RFC 8801 4.1 hold", () => {
  const step = fc.record({
    present: fc.array(fc.nat(8), { maxLength: 9 }),
    sequence: fc.nat(3),
    waitMs: fc.nat(8_000),
    chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
    kind: fc.constantFrom("valid", "certificate", "http", "format", "dns", "timeout", "notAsked"),
    expiresInMs: fc.nat(30_000),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const room = new Room();
    for (const { present, sequence, waitMs, chance, kind, expiresInMs } of steps) {
      room.chance = chance;
      room.subjects = [...new Set(present)].map((at) => named(`p${at}.example`, { sequence }));
      room.answer = () =>
        kind === "valid" ? { kind: "valid", text: "{}", expiresInMs: expiresInMs + 1 } : outcome(kind);
      room.advance(waitMs);
      for (const { held } of room.state.entries.values()) assert.ok(held === null || held.until >= room.now);
    }
    room.asked.forEach(({ name, at }, index) => {
      const before = room.asked.slice(0, index).filter((each) => at - each.at < WINDOW_MS);
      assert.ok(before.length < MAX_REQUESTS);
      assert.ok(before.every((each) => each.name !== name || at - each.at >= MIN_INTERVAL_MS));
    });
  }));
});

function outcome(kind: Exclude<Outcome["kind"], "valid">): Outcome {
  return { kind, problem: kind };
}

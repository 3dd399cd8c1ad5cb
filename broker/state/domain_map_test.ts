import assert from "node:assert/strict";
import fc from "fast-check";
import { DomainMap } from "./domain_map.ts";
import { hear } from "./hear.ts";
import { advertisement } from "./testing.ts";
import { type Domain, EMPTY_STATE } from "./types.ts";

function domain(number: number, sequence = 0): Domain {
  const hearing = { link: `eth${number % 3}`, linkIndex: 1 + number % 3, router: "fe80::1", now: 0 };
  const said = advertisement({ id: `d${number}.example`, sequence });
  const [made] = hear(EMPTY_STATE, hearing, [said]).state.domains.values();
  assert.ok(made !== undefined);
  return made;
}

const step = fc.record({
  number: fc.integer({ min: 0, max: 99 }),
  sequence: fc.integer({ min: 0, max: 9 }),
  goes: fc.boolean(),
});

Deno.test("DomainMap: any changes give what they give to a Map, in its order, and leave earlier ones alone", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300, size: "max" }), (steps) => {
      let map = DomainMap.of(new Map());
      const model = new Map<string, Domain>();
      const kept: [DomainMap, [string, Domain][]][] = [];
      for (const [index, { number, sequence, goes }] of steps.entries()) {
        const next = domain(number, sequence);
        map = goes ? map.without(next.key) : map.with(next);
        if (goes) model.delete(next.key);
        else model.set(next.key, next);
        assert.equal(map.size, model.size);
        assert.equal(map.has(next.key), !goes);
        assert.equal(map.get(next.key), model.get(next.key));
        if (index % 20 === 0) kept.push([map, [...model]]);
      }
      kept.push([map, [...model]]);
      for (const [then, entries] of kept) {
        assert.deepEqual([...then], entries);
        assert.deepEqual([...then.keys()], entries.map(([key]) => key));
        assert.deepEqual([...then.values()], entries.map(([, value]) => value));
        const each: [string, Domain][] = [];
        then.forEach((value, key) => each.push([key, value]));
        assert.deepEqual(each, entries);
        for (const link of ["eth0", "eth1", "eth2", "eth3"]) {
          assert.equal(then.countOnLink(link), entries.filter(([, value]) => value.link === link).length);
        }
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("DomainMap.of takes a map as it is at that moment, and a DomainMap as itself", () => {
  const one = domain(1);
  const changing = new Map([[one.key, one]]);
  const map = DomainMap.of(changing);
  changing.clear();
  assert.deepEqual([...map.keys()], [one.key]);
  assert.equal(DomainMap.of(map), map);
  assert.equal(map.with(one), map);
  assert.equal(map.without("another"), map);
});

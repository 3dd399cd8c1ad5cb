import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeLaunchRecord, encodeLaunchRecord, type LaunchRecord } from "./launch_record.ts";
import { MAX_LAUNCH_BYTES } from "./protocol.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const sample: LaunchRecord = {
  handle: "mifpvd-7",
  id: "office.example.org",
  pid: 4711,
  startTime: "123456",
  umask: 0o022,
  ignored: [],
  descriptors: ["0:1:2", "0:1:3", "0:1:4", "8:1:5"],
  argv: [bytes("/bin/true"), bytes("")],
  environment: [bytes("A=b")],
};

Deno.test("a launch record with any bytes in its strings comes back as it went", () => {
  const string = fc.uint8Array({ min: 1, max: 255, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(string, { minLength: 1, maxLength: 20 }), fc.array(string), (argv, environment) => {
      const back = decodeLaunchRecord(encodeLaunchRecord({ ...sample, argv, environment }));
      assert.deepEqual(back.argv.map((each) => [...each]), argv.map((each) => [...each]));
      assert.deepEqual(back.environment.map((each) => [...each]), environment.map((each) => [...each]));
      assert.equal(back.handle, sample.handle);
      assert.deepEqual(back.descriptors, sample.descriptors);
    }),
  );
});

Deno.test("a launch record is refused where a string holds NUL or all of it is too long", () => {
  assert.throws(() => encodeLaunchRecord({ ...sample, argv: [bytes("a\0b")] }), /NUL/);
  assert.throws(
    () => encodeLaunchRecord({ ...sample, argv: [new Uint8Array(MAX_LAUNCH_BYTES).fill(65)] }),
    /limit/,
  );
});

const strings = (count: number, length: number) =>
  Array.from({ length: count }, () => new Uint8Array(length).fill(65));
/** Nothing but empty arguments: as bytes, what the encoder would refuse to make. */
function emptyArguments(count: number): Uint8Array {
  const [head = ""] = new TextDecoder().decode(encodeLaunchRecord(sample)).split("\x002\x001\0");
  const start = bytes(`${head}\0${count}\x000\0`);
  const all = new Uint8Array(start.length + count);
  all.set(start);
  return all;
}

Deno.test("a launch record of ordinary strings may have 2 MB, be they few and long or many and short", () => {
  for (const [count, length] of [[20, 100_000], [30_000, 60]] as const) {
    for (const half of [0, count / 2]) {
      const all = strings(count, length);
      const record = { ...sample, argv: [bytes("x"), ...all.slice(half)], environment: all.slice(0, half) };
      const back = decodeLaunchRecord(encodeLaunchRecord(record));
      assert.equal(back.argv.length + back.environment.length, count + 1);
      assert.ok(back.argv.slice(1).concat(back.environment).every((each) => each.length === length));
    }
  }
});

Deno.test("a launch record of very many strings is refused on both sides, with their number and what to do", () => {
  assert.throws(() => encodeLaunchRecord({ ...sample, argv: strings(300_000, 0) }), (error) => {
    assert.ok(error instanceof RangeError);
    assert.match(
      error.message,
      /300001 strings with \d+ bytes together.* limit is \d+: pass fewer or shorter/,
    );
    return true;
  });
  for (const count of [300_000, 2_000_000]) {
    assert.throws(() => decodeLaunchRecord(emptyArguments(count)), /too long/);
  }
  assert.equal(decodeLaunchRecord(emptyArguments(200_000)).argv.length, 200_000);
});

Deno.test("what may be encoded may be decoded, to the last byte", () => {
  const room = MAX_LAUNCH_BYTES - encodeLaunchRecord({ ...sample, argv: [bytes("")] }).length;
  const most = { ...sample, argv: strings(1, room - 8 * 15) };
  const encoded = encodeLaunchRecord(most);
  assert.equal(decodeLaunchRecord(encoded).argv[0]?.length, room - 8 * 15);
  assert.throws(() => encodeLaunchRecord({ ...most, argv: strings(1, room - 8 * 15 + 1) }), /limit/);
  const longer = new Uint8Array(encoded.length + 1).fill(65);
  longer.set(encoded.subarray(0, -1));
  longer[encoded.length] = 0;
  assert.throws(() => decodeLaunchRecord(longer), /too long/);
});

Deno.test("a hostile client's record of any bytes is read or refused with SyntaxError, never otherwise", () => {
  const good = encodeLaunchRecord(sample);
  fc.assert(
    fc.property(fc.nat(good.length), fc.uint8Array({ maxLength: 12 }), fc.nat(12), (at, insert, cut) => {
      const mutated = Uint8Array.of(
        ...good.subarray(0, at),
        ...insert,
        ...good.subarray(Math.min(good.length, at + cut)),
      );
      try {
        decodeLaunchRecord(mutated);
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a record without a program, with a path for a handle, or with counts that lie is refused", () => {
  const text = new TextDecoder().decode(encodeLaunchRecord(sample));
  const changed = (from: string, to: string) => bytes(text.replace(from, to));
  assert.throws(() => decodeLaunchRecord(changed("mifpvd-7", "../../proc/1/ns/net")), /bad handle/);
  assert.throws(() => decodeLaunchRecord(changed("mifpvd-7", "mifpvd-07")), /bad handle/);
  assert.throws(() => decodeLaunchRecord(changed("\x002\x001\x00", "\x000\x003\x00")), /no program/);
  assert.throws(() => decodeLaunchRecord(changed("\x002\x001\x00", "\x002\x009\x00")), /counts/);
  assert.throws(() => decodeLaunchRecord(changed("pvd-launch-2", "pvd-launch-1")), /layout/);
  assert.throws(() => decodeLaunchRecord(new Uint8Array()), /cut short/);
});

Deno.test("the signals that a program ignores come back in their order, and no others are taken by either side", () => {
  const signalsOf = (ignored?: readonly number[]) =>
    decodeLaunchRecord(encodeLaunchRecord({ ...sample, ...(ignored === undefined ? {} : { ignored }) }))
      .ignored;
  assert.deepEqual([signalsOf(), signalsOf([1]), signalsOf([15, 1, 12])], [[], [1], [1, 12, 15]]);
  assert.throws(() => encodeLaunchRecord({ ...sample, ignored: [1, 9] }), /signals 1, 9/);
  const text = new TextDecoder().decode(encodeLaunchRecord({ ...sample, ignored: [1, 2] }));
  for (const other of ["2,1", "1,1", "1,9", "1,", ",1", "01,2", "0x1,2", "13", " ", "-1"]) {
    const changed = bytes(text.replace("\x001,2\x00", `\x00${other}\x00`));
    assert.throws(() => decodeLaunchRecord(changed), /bad ignored signals/, other);
  }
});

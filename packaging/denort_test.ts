import assert from "node:assert/strict";
import fc from "fast-check";
import { elfMachine, holdsCommandLine, indexOfBytes, runsForeignCode } from "./denort.ts";

Deno.test("the Deno command line in denort's place is recognised: by what is in it, and by what it does", async () => {
  assert.equal(await holdsCommandLine(Deno.execPath()), true);
  assert.match(await runsForeignCode(Deno.execPath()) ?? "", /runs foreign code: `eval` did/);
  assert.equal(await elfMachine(Deno.execPath()), Deno.build.arch);
});

Deno.test("a program that only repeats its arguments and its input runs no foreign code", async () => {
  assert.equal(await runsForeignCode("/bin/echo"), null);
  assert.equal(await runsForeignCode("/bin/cat"), null);
  assert.equal(await holdsCommandLine("/bin/cat"), false);
});

Deno.test("elfMachine is null for a script", async () => {
  assert.equal(await elfMachine(new URL("denort.ts", import.meta.url).pathname), null);
});

Deno.test("indexOfBytes finds what Buffer finds", () => {
  const few = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 12 }).map((each) =>
    Uint8Array.from(each)
  );
  fc.assert(fc.property(few, few, (bytes, wanted) => {
    const text = (each: Uint8Array) => [...each].join("");
    assert.equal(indexOfBytes(bytes, wanted), text(bytes).indexOf(text(wanted)));
  }));
});

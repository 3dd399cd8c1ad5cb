// The file that shells complete names from: what stands in it, and that it is there when it should be.

import assert from "node:assert/strict";
import fc from "fast-check";
import { type NamedDomain, NamesFile, namesText } from "./names_file.ts";

const OFFICE: NamedDomain = {
  id: "office.example.org",
  kind: "explicit",
  link: "eth1",
  state: "ready",
  handle: "mifpvd-1",
};

Deno.test("namesText has a line for each PvD: its id, or its namespace where the id is another's too", () => {
  const text = namesText([
    OFFICE,
    { ...OFFICE, id: "tv", handle: "mifpvd-3" },
    { ...OFFICE, id: "TV", link: "eth2", handle: "mifpvd-4" },
    { ...OFFICE, id: "tv", link: "eth3", handle: null },
    { ...OFFICE, id: "new", kind: "implicit", state: "configuring", handle: null },
  ]);
  assert.equal(
    text,
    "mifpvd-3\ttv, explicit, eth1, ready\nmifpvd-4\tTV, explicit, eth2, ready\n" +
      "new\timplicit, eth1, configuring\noffice.example.org\texplicit, eth1, ready\n",
  );
  assert.equal(namesText([]), "");
});

Deno.test("namesText names by its namespace what looks like an option, a home folder, or has what is not printable", () => {
  for (const id of ["-x", "--socket=/evil", "~root", "a\nb", "a b", "a\x1b[2J", "\u202e", ""]) {
    assert.match(namesText([{ ...OFFICE, id }]), /^mifpvd-1\t[\x20-\x7e]*\n$/, id);
  }
});

Deno.test("namesText: whatever ids and links are, each PvD has one line, in printable ASCII", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }))), (names) => {
      const text = namesText(
        names.map(([id, link], index) => ({ ...OFFICE, id, link, handle: `mifpvd-${index + 1}` })),
      );
      assert.match(text, /^(?:[\x21-\x7e]+\t[\x20-\x7e]+\n)*$/);
      assert.equal(text.split("\n").length - 1, names.length);
    }),
  );
});

Deno.test("NamesFile writes what is there, once for many changes, for everybody to read, and leaves with the broker", () => {
  const folder = Deno.makeTempDirSync();
  const timers: (() => void)[] = [];
  const warnings: string[] = [];
  let domains: NamedDomain[] = [];
  const names = new NamesFile({
    clientSocket: `${folder}/client.sock`,
    after: (_, run) => {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
    log: (_, message) => warnings.push(message),
    domains: () => domains,
  });
  const umask = Deno.umask(0o077);
  try {
    domains = [OFFICE];
    names.changed();
    names.changed();
    assert.equal(timers.length, 1);
    timers.pop()?.();
    const file = `${folder}/domains`;
    assert.equal(Deno.readTextFileSync(file), namesText([OFFICE]));
    assert.equal((Deno.statSync(file).mode ?? 0) & 0o7777, 0o644);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["domains"]);
    const { ino } = Deno.statSync(file);
    names.changed();
    timers.pop()?.();
    assert.equal(Deno.statSync(file).ino, ino, "written although nothing changed");
    domains = [];
    names.changed();
    names.stop();
    assert.equal(timers.length, 0);
    assert.throws(() => Deno.statSync(file), Deno.errors.NotFound);
    Deno.removeSync(folder, { recursive: true });
    domains = [OFFICE, { ...OFFICE, id: "tv" }];
    for (let round = 0; round < 3; round++) {
      names.changed();
      timers.pop()?.();
    }
    assert.equal(warnings.length, 1);
  } finally {
    Deno.umask(umask);
  }
});

// Holds what `--json` prints to what docs/json.md promises, member by member, in both directions.

import assert from "node:assert/strict";
import type { ClientErrorCode } from "./errors.ts";
import { endOf, type FakePeer, SAMPLE_DOMAIN, SAMPLE_STATUS, startPvd, withFakeBroker } from "./testing.ts";

/** "routers[].address" and so on, for every leaf of a value. */
function pathsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsOf(each, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, each]) => {
    // Names of limits are not promised, only that their counts stand here.
    const shown = path === "advertisements.refused" ? "*" : name;
    // What a server says has no members of ours.
    if (path === "" && name === "information") return [name];
    return pathsOf(each, path === "" ? shown : `${path}.${shown}`);
  });
}

/** The members that the tables under a heading document. */
function documented(heading: string): string[] {
  const text = Deno.readTextFileSync(new URL("../docs/json.md", import.meta.url));
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  assert(section !== undefined, heading);
  const members = section.split(/^\| code +\|/m)[0] ?? "";
  return [...members.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1] ?? "");
}

const PROMISES = [
  { args: ["list"], answers: [{ type: "domain", domain: SAMPLE_DOMAIN }, { type: "end" }], at: "domains" },
  {
    args: ["show", SAMPLE_DOMAIN.id],
    answers: [{ type: "domain", domain: SAMPLE_DOMAIN }, { type: "end" }],
    at: "domain",
  },
  { args: ["status"], answers: [{ type: "status", status: SAMPLE_STATUS }], at: "status" },
  { args: ["solicit", "eth1"], answers: [{ type: "end" }], at: "solicited" },
  { args: ["status"], answers: [{ type: "error", code: "failed", message: "no\x1b" }], at: "error" },
];
const HEADINGS = ["A PvD", "A PvD", "The status", "A solicitation", "Errors"];

PROMISES.forEach(({ args, answers, at }, index) => {
  const heading = HEADINGS[index] ?? "";
  Deno.test(`pvd ${args.join(" ")} --json prints exactly what docs/json.md documents under "${heading}"`, async () => {
    const script = async (peer: FakePeer) => {
      await peer.next();
      answers.forEach((answer) => peer.say(answer));
      await peer.next();
    };
    const { stdout } = await withFakeBroker(
      script,
      (path) => endOf(startPvd([...args, "--json", "--socket", path])),
    );
    const document: Record<string, unknown> = JSON.parse(stdout);
    assert.deepEqual(Object.keys(document), ["version", at]);
    assert.equal(document.version, 1);
    const value = at === "domains" && Array.isArray(document.domains) ? document.domains[0] : document[at];
    const paths = pathsOf(at === "error" ? { error: value } : value);
    assert.deepEqual([...new Set(paths)].toSorted(), documented(heading).toSorted());
    assert.match(stdout, /^[\x20-\x7e]*\n$/);
  });
});

Deno.test("docs/json.md names every error code with the exit status that it has", () => {
  const text = Deno.readTextFileSync(new URL("../docs/json.md", import.meta.url));
  const rows = [...text.matchAll(/^\| `(\w+)` +\| [^|]* \| (\d+) +\|$/gm)].map((
    row,
  ) => [row[1], Number(row[2])]);
  const codes: Readonly<Record<ClientErrorCode, number>> = {
    noSuchDomain: 1,
    ambiguous: 1,
    notAuthorized: 1,
    notReady: 1,
    inUse: 1,
    invalidArgument: 1,
    limitExceeded: 1,
    noSuchLink: 1,
    commandNotFound: 127,
    commandNotExecutable: 126,
    failed: 1,
    badAnswer: 1,
    usage: 2,
    unavailable: 69,
    internal: 70,
  };
  assert.deepEqual(Object.fromEntries(rows), codes);
});

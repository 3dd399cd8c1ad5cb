// What the demo does in its lab: shows the four domains, tries the eight cells of test case 1, then a program with a
// socket in each of two domains, and says in its last line whether everything was as documented.

import { DOCUMENTED_IDS, listDomains, runAs } from "../lab/lab.ts";
import { CELLS, tryCell, trySocketsInTwoDomains, USER } from "./cells.ts";

async function demo(): Promise<boolean> {
  heading(`The domains, as ${USER} sees them (pvd list)`);
  console.log((await runAs(USER, ["pvd", "list"])).stdout);
  const documented = Object.values(DOCUMENTED_IDS).flatMap(({ implicit, explicit }) => [implicit, explicit]);
  const there = (await listDomains()).filter((domain) => domain.state === "ready").map((domain) => domain.id);
  const absent = documented.filter((id) => !there.includes(id));

  heading(`Eight cells: ${USER} fetches each server's page in each domain (pvd run ID ...)`);
  const results = await Promise.all(CELLS.map(async (cell) => ({ ...cell, seen: await tryCell(cell) })));
  console.log(row("domain", "kind", "server", "expected", "seen"));
  for (const { id, kind, server, expected, seen } of results) {
    console.log(
      row(id, kind, server, expected, `${seen}${seen === expected ? "" : "   <-- not as documented"}`),
    );
  }
  const wrong = results.filter(({ seen, expected }) => seen !== expected);

  heading("One program with a socket in each of two domains");
  const two = await trySocketsInTwoDomains();
  for (const line of two.lines) console.log(line);
  if (two.problem !== null) console.log(`  failed: ${two.problem}`);

  console.log();
  for (const id of absent) console.log(`demo: the domain ${id} is not there`);
  for (const { id, server, expected, seen } of wrong) {
    console.log(`demo: ${id} to ${server}: expected ${expected}, seen ${seen}`);
  }
  if (two.problem !== null) console.log("demo: the program with a socket in each of two domains failed");
  const cells = `${CELLS.length - wrong.length} of ${CELLS.length} cells as documented`;
  const ids = `${documented.length - absent.length} of ${documented.length} ids as documented`;
  console.log(`demo: ${cells}, ${ids}`);
  return wrong.length === 0 && absent.length === 0 && two.problem === null;
}

function heading(text: string): void {
  console.log(`\n${text}\n`);
}

function row(id: string, kind: string, server: string, expected: string, seen: string): string {
  return [id.padEnd(36), kind.padEnd(8), server.padEnd(6), expected.padEnd(22), seen].join("  ").trimEnd();
}

if (import.meta.main) Deno.exit(await demo() ? 0 : 1);

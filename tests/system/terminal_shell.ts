// A shell at a real terminal of the lab, as alice has it, and what of her processes is there. Starts it and runs ps(1).

import { DOCUMENTED_IDS, run, until } from "../lab/lab.ts";
import { TerminalPerson } from "./terminal_person.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const PROMPT = "ready$ ";
export const AT_PROMPT = /ready\$ $/;

/** A shell with job control, as people have it, with no start-up file of its own. */
export async function atShell(): Promise<TerminalPerson> {
  const person = new TerminalPerson("alice", ["bash", "--norc", "--noprofile", "-i"], {
    PS1: PROMPT,
    PVD: `pvd run ${ID}`,
  });
  await person.see(AT_PROMPT);
  return person;
}

/** Alice's processes with this in their command lines, pvd's own and the driver's left out. */
export async function processesWith(word: string): Promise<string[]> {
  const { stdout } = await run(["ps", "-u", "alice", "-o", "pid=,stat=,args="]);
  return stdout.split("\n").filter((line) => line.includes(word) && !line.includes("python3"));
}

/** As soon as it is there and waits in the foreground; the leader and pvd have the word in their command lines too. */
export async function runs(word: string): Promise<void> {
  const isWaiting = (line: string) => line.match(/^\s*\d+ S\S*\+\s+(.*)$/)?.[1] === word;
  await until(`${word} runs`, async () => (await processesWith(word)).some(isWaiting));
}

export async function nothingIsLeft(word: string): Promise<void> {
  await until(`no process of ${word}`, async () => (await processesWith(word)).length === 0);
}

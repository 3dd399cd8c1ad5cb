// The administrator switches IPv6 off on the client's link: pvd says so, and hears routers again when it is on.
// Runs in the lab; everything is put back as it was.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { tryCell } from "../demo/cells.ts";
import { DOCUMENTED_IDS, restartBroker, run, until } from "../lab/lab.ts";
import { LOG_FOLDER } from "../lab/paths.ts";
import { captured } from "./capture.ts";
import {
  asInTheKernel,
  fourThatWork,
  linkProblem,
  solicitationsFrom,
  SOLICITED_AFTER_MS,
} from "./client_link.ts";

const LINK = "net.ipv6.conf.eth1.disable_ipv6";
const WORD = `IPv6 is switched off (${LINK}=1), so no routers are heard; sysctl -w ${LINK}=0`;

const CELL = {
  id: DOCUMENTED_IDS.R1.explicit,
  kind: "explicit",
  server: "S1",
  expected: "reached S1",
} as const;

async function sysctl(name: string, value: 0 | 1): Promise<void> {
  const { status, stderr } = await run(["sysctl", "-q", "-w", `${name}=${value}`]);
  strictEqual(status, 0, stderr);
}

async function isOff(): Promise<void> {
  await until("pvd status says that IPv6 is off", async () => await linkProblem() === WORD);
}

async function isOn(): Promise<void> {
  await until("pvd status finds nothing wrong", async () => await linkProblem() === null);
}

/** The broker's log lines about IPv6 of the link, from `offset` on. */
function logged(offset: number): string[] {
  const text = Deno.readTextFileSync(`${LOG_FOLDER}/broker.log`).slice(offset);
  return text.split("\n").filter((line) => /eth1.*IPv6/.test(line));
}

function logLength(): number {
  return Deno.readTextFileSync(`${LOG_FOLDER}/broker.log`).length;
}

Deno.test("IPv6 off on the link: log and pvd status say so with the command that helps, and it is asked for routers when it is on", async () => {
  const before = logLength();
  await sysctl(LINK, 1);
  try {
    await isOff();
    const { stdout } = await run(["pvd", "status"]);
    ok(stdout.includes(`  eth1  up    not listening: ${WORD}\n`), stdout);
    const { status }: { status: { links: Record<string, unknown>[] } } = JSON.parse(
      (await run(["pvd", "status", "--json"])).stdout,
    );
    const { ipv6, up, listening, problem } = status.links[0] ?? {};
    deepStrictEqual({ ipv6, up, listening, problem }, {
      ipv6: false,
      up: true,
      listening: false,
      problem: WORD,
    });
    strictEqual(await tryCell(CELL), CELL.expected, "a PvD has IPv6 of its own");
  } finally {
    const switchOnAnew = async () => {
      await sysctl(LINK, 1);
      await isOff().finally(() => sysctl(LINK, 0));
      await isOn();
    };
    await captured(solicitationsFrom(), 1, switchOnAnew, SOLICITED_AFTER_MS).finally(() => sysctl(LINK, 0));
  }
  await fourThatWork();
  await asInTheKernel();
  const lines = logged(before);
  // Two more where it had to be switched off again for a question.
  ok(lines.length >= 2 && lines.length % 2 === 0, lines.join("\n"));
  for (const [index, line] of lines.entries()) {
    if (index % 2 === 0) ok(line.includes(`eth1: ${WORD}`), line);
    else match(line, /eth1: IPv6 is on again/);
  }
});

Deno.test("IPv6 off on the whole machine is off on the link, also for a broker that starts then", async () => {
  await sysctl("net.ipv6.conf.all.disable_ipv6", 1);
  try {
    await isOff();
    await restartBroker();
    await isOff();
  } finally {
    await sysctl("net.ipv6.conf.all.disable_ipv6", 0);
  }
  await isOn();
  await fourThatWork();
});

Deno.test("IPv6 off while the link is down is told when it is up, and gone when it comes up with it", async () => {
  await run(["ip", "link", "set", "eth1", "down"]);
  await sysctl(LINK, 1);
  await run(["ip", "link", "set", "eth1", "up"]);
  try {
    await isOff();
    await run(["ip", "link", "set", "eth1", "down"]);
  } finally {
    await sysctl(LINK, 0);
    await run(["ip", "link", "set", "eth1", "up"]);
  }
  await isOn();
  await fourThatWork();
});

// What the tests of the boot share: the machine, its router, what they wait for, and how a failure is told. The tests
// are one story in their order, from an empty machine to an empty machine.

import { until } from "../lab/lab.ts";
import type { DomainView, StatusView } from "../../lib/protocol.ts";
import { Machine } from "./machine.ts";
import { type DomainName, PORT, PREFIXES, Router } from "./router.ts";
import { FAILURES, FIGURES, type Start } from "./start.ts";

const LOG_LINES = 30;
const CONSOLE_LINES = 15;
/** Where the machine sees the folder of this run. */
export const WORK_THERE = "/mnt/boot-work";
/** And the runtime that runs the tests, for a program of theirs. */
export const DENO_THERE = "/mnt/boot-deno";
/** The broker's settings. */
export const SETTINGS = "/etc/pvd/pvd.toml";

export class BootLab {
  readonly start: Start;
  readonly machine: Machine;
  readonly router: Router;

  constructor(start: Start) {
    this.start = start;
    const shown = [[WORK_THERE, start.work], [DENO_THERE, Deno.execPath()]] as const;
    this.machine = new Machine(start.cgroups, shown);
    this.router = new Router(start.work);
  }

  /** Registers a test; when it fails, what the services and the console said last is kept. */
  test(name: string, body: () => Promise<void>): void {
    Deno.test({
      name,
      // The machine lives on from one test to the next.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        try {
          await body();
        } catch (error) {
          await this.#keepLogs(name);
          throw error;
        }
      },
    });
  }

  /** To be told at the end of all tests. */
  figure(text: string): void {
    Deno.writeTextFileSync(`${this.start.work}/${FIGURES}`, `boot: ${text}\n`, { append: true });
  }

  /** The domains as a person without a session sees them. */
  async list(): Promise<readonly DomainView[]> {
    const { status, stdout, stderr } = await this.machine.as("bob", "pvd list --json");
    if (status !== 0) throw new Error(`pvd list ended with status ${status}: ${stderr}`);
    const list: { readonly domains: readonly DomainView[] } = JSON.parse(stdout);
    return list.domains;
  }

  async status(): Promise<StatusView> {
    const answer: { readonly status: StatusView } = JSON.parse(await this.machine.check("pvd status --json"));
    return answer.status;
  }

  /** Waits until these domains, and no others, are ready; gives their namespaces by id. */
  async domains(...names: DomainName[]): Promise<ReadonlyMap<string, string>> {
    let found: readonly DomainView[] = [];
    const wanted = [...names].sort().join(" ");
    await until(`ready: ${wanted}`, async () => {
      found = await this.list();
      const ready = found.filter(({ state }) => state === "ready");
      return found.length === ready.length && ready.map(({ id }) => id).sort().join(" ") === wanted;
    }, 20_000);
    return new Map(found.map(({ id, namespace }) => [id, namespace]));
  }

  /** Runs `body` with a broker whose settings a command has edited, and then with the administrator's again. */
  async withSettings(edit: string, body: () => Promise<void>): Promise<void> {
    const { machine } = this;
    await machine.check(`cp ${SETTINGS} /root/before.toml && ${edit} && systemctl restart pvd-broker`);
    try {
      await body();
    } finally {
      await machine.check(`cp /root/before.toml ${SETTINGS} && systemctl restart pvd-broker`);
    }
  }

  async #keepLogs(name: string): Promise<void> {
    let log: string;
    try {
      const { stdout, stderr } = await this.machine.sh(`journalctl --no-pager --boot --lines=${LOG_LINES}`);
      log = `${stdout}${stderr}the console:\n${this.machine.console.tail(CONSOLE_LINES)}\n`;
    } catch (error) {
      log = error instanceof Error ? error.message : String(error);
    }
    Deno.writeTextFileSync(`${this.start.work}/${FAILURES}`, `\nbefore this failed: ${name}\n${log}`, {
      append: true,
    });
  }
}

/** A command of bash(1) that asks the router's server in a domain, and prints from which address it was asked. */
export function ask(name: DomainName): string {
  return `exec 3<>/dev/tcp/${PREFIXES[name]}::1/${PORT}; head -n 1 <&3`;
}

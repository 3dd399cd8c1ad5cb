// A router of a test's own beside those of the lab: `pvd advertise` on R1 with the test's settings. Works in the lab
// after its routers were stopped; starts one process, writes one file in the lab's own folder.

import { inHost, type Outcome, spawn } from "../lab/lab.ts";
import { SETTINGS_FOLDER } from "../lab/paths.ts";
import { within } from "../lab/supervisor.ts";
import { Said } from "./said.ts";

const FILE = `${SETTINGS_FOLDER}/own-router.toml`;
const LONGEST_MS = 10_000;

/** What most tests want of an explicit domain: it ends by itself in six seconds. */
export const SHORT_LIVED = { id: "short.example.org", prefix: "2001:db8:1:1::/64", lifetimeS: 6 };

/** The settings of an interface with quick advertisements. */
export function interfaceSettings(lines: readonly string[] = []): string {
  const head = ['name = "eth1"', "max_interval = 0.5", "min_interval = 0.1", "min_delay_between_ras = 0.03"];
  return ["[[interface]]", ...head, ...lines, ""].join("\n");
}

/** The settings of an explicit domain with one prefix. */
export function domainSettings({ id, prefix, lifetimeS }: typeof SHORT_LIVED): string {
  return `[[interface.pvd]]
id = "${id}"
[[interface.pvd.prefix]]
prefix = "${prefix}"
valid = ${lifetimeS}
preferred = ${lifetimeS}
`;
}

/** A running `pvd advertise`; end it by `end`. */
export class OwnRouter {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Said;
  readonly #stderr: Said;

  constructor(settings: string) {
    Deno.writeTextFileSync(FILE, settings);
    this.#child = spawn(inHost("R1", ["pvd", "advertise", "--config", FILE]));
    this.#stdout = new Said(this.#child.stdout);
    this.#stderr = new Said(this.#child.stderr);
  }

  /** Done when its log has this; "advertises" is just before its first round. */
  async says(word: string): Promise<void> {
    await within(LONGEST_MS, `the router has not said "${word}"`, this.#stderr.has(word));
  }

  /** Gives it new settings, as an administrator would. */
  reload(settings: string): void {
    Deno.writeTextFileSync(FILE, settings);
    this.#child.kill("SIGHUP");
  }

  /** SIGTERM, SIGINT: with a goodbye. SIGKILL: without. Done when it is gone. */
  async end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<Outcome> {
    try {
      this.#child.kill(signal);
    } catch {
      // It ended before; its outcome says how.
    }
    await this.#child.stdin.close().catch(() => {});
    const { code } = await this.#child.status;
    return { status: code, stdout: await this.#stdout.all, stderr: await this.#stderr.all };
  }
}

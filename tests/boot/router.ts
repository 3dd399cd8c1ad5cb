// The lab router, in the test's own network namespace at the other end of the machine's link: `pvd advertise` from
// source, and a server that says from which address it is asked and then echoes.

import { run } from "../lab/run.ts";
import { ROUTER_LINK } from "./machine.ts";

export const OFFICE = "office.example.org";
export const TV = "tv.example.org";
/** Prefix of each domain; the router is ::1 in it. */
export const PREFIXES = { [OFFICE]: "2001:db8:1:2", [TV]: "2001:db8:3:4" } as const;
export type DomainName = keyof typeof PREFIXES;
export const PORT = 4000;

const PROJECT = new URL("../../", import.meta.url).pathname;

export class Router {
  readonly #settings: string;
  #advertise: Deno.ChildProcess | null = null;
  #server: Deno.Listener | null = null;

  constructor(folder: string) {
    this.#settings = `${folder}/router.toml`;
  }

  /** Announces these domains on the machine's link; what was announced and is not any more is withdrawn. */
  async announce(names: readonly DomainName[]): Promise<void> {
    Deno.writeTextFileSync(this.#settings, settingsText(names));
    if (this.#advertise !== null) {
      this.#advertise.kill("SIGHUP");
      return;
    }
    await this.#setUpLink();
    const args = [
      "run",
      "--quiet",
      "--no-check",
      "--allow-all",
      `--config=${PROJECT}deno.json`,
      `${PROJECT}main.ts`,
    ];
    this.#advertise = new Deno.Command(Deno.execPath(), {
      args: [...args, "advertise", "--config", this.#settings],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#server ??= this.#serve();
  }

  /** Falls silent, without a goodbye: the link goes with the machine. */
  async stop(): Promise<void> {
    this.#advertise?.kill("SIGKILL");
    await this.#advertise?.status;
    this.#advertise = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#server?.close();
  }

  async #setUpLink(): Promise<void> {
    const commands = [
      "link set lo up",
      `link set ${ROUTER_LINK} up`,
      ...Object.values(PREFIXES).map((prefix) => `addr add ${prefix}::1/64 dev ${ROUTER_LINK} nodad`),
    ];
    await run(["ip", "-batch", "-"], `${commands.join("\n")}\n`);
  }

  #serve(): Deno.Listener {
    const listener = Deno.listen({ hostname: "::", port: PORT });
    const accept = async () => {
      for await (const connection of listener) {
        const { remoteAddr } = connection;
        const from = remoteAddr.transport === "tcp" ? remoteAddr.hostname : "";
        // Who leaves in the middle of it has nothing more to hear.
        connection.write(new TextEncoder().encode(`${from}\n`))
          .then(() => connection.readable.pipeTo(connection.writable)).catch(() => {});
      }
    };
    void accept();
    return listener;
  }
}

function settingsText(names: readonly DomainName[]): string {
  const domains = names.map((name) => `
[[interface.pvd]]
id = "${name}"

[[interface.pvd.prefix]]
prefix = "${PREFIXES[name]}::/64"

[[interface.pvd.rdnss]]
addresses = ["${PREFIXES[name]}::1"]
`);
  return `[[interface]]
name = "${ROUTER_LINK}"
min_interval = 3
max_interval = 4
min_delay_between_ras = 0.03
${domains.join("")}`;
}

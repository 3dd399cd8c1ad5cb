// One side of a test of DNS: a resolver somewhere in the lab, and what it was asked. Starts one process, and gives its
// namespace an address for it.

import { ok } from "node:assert/strict";
import { inHost, run, spawn } from "../lab/lab.ts";
import type { Host } from "../lab/paths.ts";
import { Lines } from "./lines.ts";

const SCRIPT = new URL("dns_server.ts", import.meta.url).pathname;
const FLAGS = ["run", "--quiet", "--no-config", "--no-check", "--unstable-net", "--allow-net"];

export interface Asked {
  readonly name: string;
  readonly transport: "udp" | "tcp";
}

export class DnsSide {
  readonly #child: Deno.ChildProcess;
  readonly #lines: Lines;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #remove: readonly string[] | null;
  #marks = 0;

  private constructor(child: Deno.ChildProcess, remove: readonly string[] | null) {
    this.#child = child;
    this.#lines = new Lines(child.stdout);
    this.#writer = child.stdin.getWriter();
    this.#remove = remove;
  }

  /** A resolver on a host, or with null on the client host. `link`: it gets the address there first. */
  static async start(
    host: Host | null,
    address: string,
    names: Readonly<Record<string, string>>,
    link: string | null = null,
  ): Promise<DnsSide> {
    const there = (argv: readonly string[]) => host === null ? argv : inHost(host, argv);
    const words = [`${address}/128`, "dev", link ?? "", "nodad"];
    if (link !== null) {
      const { status, stderr } = await run(there(["ip", "addr", "add", ...words]));
      ok(status === 0, stderr);
    }
    const argv = there([Deno.execPath(), ...FLAGS, SCRIPT, address, JSON.stringify(names)]);
    const child = spawn(argv);
    const side = new DnsSide(
      child,
      link === null ? null : there(["ip", "addr", "del", ...words.slice(0, 3)]),
    );
    const first = await side.#lines.next();
    ok(first.includes("ready"), `the resolver at ${address} does not start: ${first}`);
    return side;
  }

  /** Everything that it was asked since it was asked this last, what still waits in its socket included. */
  async asked(): Promise<readonly Asked[]> {
    const mark = `mark-${++this.#marks}`;
    await this.#writer.write(new TextEncoder().encode(`${mark}\n`));
    const asked: Asked[] = [];
    for (;;) {
      const query: Asked = JSON.parse(await this.#lines.next());
      if (query.name === mark) return asked;
      asked.push(query);
    }
  }

  async end(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.end();
    await this.#child.stderr.cancel();
    await this.#child.status;
    if (this.#remove !== null) await run(this.#remove);
  }
}

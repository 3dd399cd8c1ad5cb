// A router under the benchmark's control: ra_sender.ts in R1's namespace, and the advertisements it is given.

import { buildMessage } from "../../lib/ndp/build.ts";
import type { NdOption } from "../../lib/ndp/types.ts";
import { hex } from "../../lib/ndp/octets.ts";
import { inHost, spawn } from "../lab/lab.ts";
import type { SendJob, SendReport } from "./ra_sender.ts";

export class BenchRouter {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Started, behind `prefix`, and ready to send. */
  static async start(prefix: readonly string[] = []): Promise<BenchRouter> {
    const script = new URL("ra_sender.ts", import.meta.url).pathname;
    const command = [Deno.execPath(), "run", "--quiet", "--no-check", "--allow-ffi", script];
    const router = new BenchRouter(spawn(inHost("R1", [...prefix, ...command])));
    await router.#line();
    return router;
  }

  async send(messages: readonly string[], repeat = 1): Promise<SendReport> {
    const job: SendJob = { messages, repeat };
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(job)}\n`));
    const report: SendReport = JSON.parse(await this.#line());
    return report;
  }

  async stop(): Promise<void> {
    await this.#writer.close();
    await this.#reader.cancel();
    await this.#child.status;
  }

  async #line(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("the sender of advertisements ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }
}

/** An explicit PvD of RFC 8801, from a router that tells its link-layer address as radvd does by default, with a prefix that R1 routes, a route and a resolver; in hex. */
export function explicitPvd(mac: string, name: string, prefix: string, validS = 3600): string {
  const options: NdOption[] = [
    {
      type: "prefix",
      prefix,
      address: prefix.slice(0, -"/64".length),
      onLink: true,
      autonomous: true,
      routerAddress: false,
      dhcpv6Pd: false,
      validS,
      preferredS: validS,
    },
    { type: "rdnss", addresses: ["2001:db8:10::2"], lifetimeS: 600 },
  ];
  const header = {
    curHopLimit: 64,
    managed: false,
    otherConfig: false,
    homeAgent: false,
    preference: "medium",
    proxy: false,
    snac: false,
    routerLifetimeS: 1800,
    reachableTimeMs: 0,
    retransTimerMs: 0,
  } as const;
  const pvd = {
    type: "pvd",
    name,
    http: false,
    legacy: false,
    delay: 0,
    sequence: 0,
    header: null,
    options,
  } as const;
  const sourceLinkLayerAddress = { type: "sourceLinkLayerAddress", address: mac } as const;
  const message = { type: "routerAdvertisement", header, options: [sourceLinkLayerAddress, pvd] } as const;
  return hex(buildMessage(message, null));
}

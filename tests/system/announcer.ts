// A router of a test's own that announces one explicit domain, or takes it back, at the moment it is told to: one
// advertisement on the client's link each time. Works in the lab, as root; starts one process on R1.

import { HEADER } from "../../broker/state/testing.ts";
import { buildMessage } from "../../lib/ndp/build.ts";
import { hex } from "../../lib/ndp/octets.ts";
import { inHost, spawn } from "../lab/lab.ts";
import { frame } from "./frames.ts";

const PYTHON = "/usr/bin/python3";
const SENDER = new URL("send_frames.py", import.meta.url).pathname;
const SOURCE = "fe80::6666", ALL_NODES = "ff02::1";
const PREFIX = "2001:db8:66::/64";
const LIFETIME_S = 600;

export class Announcer implements AsyncDisposable {
  readonly #sender = spawn(inHost("R1", [PYTHON, SENDER, "eth1"]));
  readonly #lines = this.#sender.stdin.getWriter();
  readonly #id: string;
  #sequence = 0;

  constructor(id: string) {
    this.#id = id;
  }

  /** Done when the advertisement is on its way: with lifetimes, or with zeros in place of each. */
  async say(isThere: boolean): Promise<void> {
    const bytes = frame({
      message: advertisement(this.#id, isThere ? LIFETIME_S : 0, this.#sequence++ & 0xffff),
      source: SOURCE,
      destination: ALL_NODES,
    });
    await this.#lines.write(new TextEncoder().encode(`${hex(bytes)} 1 0\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.close();
    await this.#sender.output();
  }
}

/** RFC 8801 3.1: all of it is in the PvD option, so there is no implicit domain beside it. */
function advertisement(name: string, lifetimeS: number, sequence: number): Uint8Array {
  const flags = { onLink: true, autonomous: true, routerAddress: false, dhcpv6Pd: false };
  const prefix = { prefix: PREFIX, address: PREFIX.replace("/64", ""), ...flags };
  return buildMessage({
    type: "routerAdvertisement",
    header: { ...HEADER, routerLifetimeS: 0 },
    options: [{
      type: "pvd",
      name,
      http: false,
      legacy: false,
      delay: 0,
      sequence,
      header: { ...HEADER, routerLifetimeS: lifetimeS },
      options: [
        { type: "prefix", ...prefix, validS: lifetimeS, preferredS: lifetimeS },
        { type: "rdnss", addresses: ["2001:db8:66::53"], lifetimeS },
      ],
    }],
  }, null);
}

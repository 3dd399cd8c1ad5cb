// For tests only: a bus of one's own, a domain, a backend that does as told, and a program that calls.

import { close, open } from "../../lib/linux/fd.ts";
import { socketPair } from "../../lib/linux/socket.ts";
import { Reactor } from "../../lib/linux/reactor.ts";
import { realTimers } from "../timers.ts";
import type { RouterEvent } from "../events/hub.ts";
import type { BusBackend, BusDomain } from "./backend.ts";
import { BusConnection, type BusConnectionOptions } from "./connection.ts";
import type { AuthoriseCall } from "./dispatch.ts";
import { type Body, type Message, METHOD_CALL } from "./message.ts";
import { BUS_NAME, type RunningBus, startBus } from "./start.ts";

const CONFIG = (path: string) =>
  `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=${path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>`;

export const exampleDomain: BusDomain = {
  id: "one.example",
  kind: "explicit",
  encoding: "rfc8801",
  state: "ready",
  problem: null,
  link: "eth0",
  handle: "mifpvd-1",
  interface: "mifpvd",
  flags: { http: true, legacy: false, header: true },
  delay: 1,
  sequence: 7,
  mtu: null,
  captivePortal: null,
  routers: [{ address: "fe80::1", preference: "medium", validUntil: 1_800_000 }],
  addresses: [{
    address: "2001:db8:1::5",
    prefixLength: 64,
    validUntil: 7_200_000,
    preferredUntil: 3_600_000.25,
    deprecated: false,
  }],
  prefixes: [{
    prefix: "2001:db8:1::/64",
    onLink: true,
    autonomous: true,
    validUntil: Infinity,
    preferredUntil: Infinity,
  }],
  routes: [{ prefix: "2001:db8:2::/48", router: "fe80::1", preference: "high", validUntil: 1_800_000 }],
  rdnss: [{ address: "2001:db8:1::53", validUntil: 1_800_000 }],
  dnssl: [{ domain: "example", validUntil: 1_800_000 }],
  pref64: [{ prefix: "64:ff9b::/96", validUntil: 1_800_000 }],
  encryptedDns: [{
    priority: 1,
    authenticationName: "dns.example",
    addresses: ["2001:db8:1::853"],
    parameters: "0001",
    validUntil: 1_800_000,
  }],
  information: null,
  informationProblem: null,
};

/** Domains as told; sockets and namespaces are /dev/null. */
export class FakeBackend implements BusBackend {
  #domains: readonly BusDomain[];
  #changed: () => void = () => {};
  /** Tells the bus of a router, or of what one sent. */
  tellRouter: (event: RouterEvent) => void = () => {};
  readonly asked: string[] = [];
  open: () => Promise<number> = () => Promise.resolve(open("/dev/null", 0));

  constructor(domains: readonly BusDomain[]) {
    this.#domains = domains;
  }

  readonly domains = () => this.#domains;
  readonly onChange = (changed: () => void) => {
    this.#changed = changed;
  };
  readonly onRouterEvent = (told: (event: RouterEvent) => void) => {
    this.tellRouter = told;
  };
  readonly openSocket = (...kind: readonly string[]) => this.#ask(`socket ${kind.join(" ")}`);
  readonly openChannel = async (handle: string) => {
    const [lease, other] = socketPair();
    close(other);
    return { channel: await this.#ask(`channel ${handle}`), lease };
  };
  readonly openNamespace = (handle: string) => this.#ask(`namespace ${handle}`);
  readonly solicit = (link: string | null) => void this.asked.push(`solicit ${link}`);
  readonly removeDomain = (handle: string) => {
    this.asked.push(`remove ${handle}`);
    this.set(this.#domains.filter((each) => each.handle !== handle));
    return Promise.resolve();
  };

  set(domains: readonly BusDomain[]): void {
    this.#domains = domains;
    this.#changed();
  }

  #ask(what: string): Promise<number> {
    this.asked.push(what);
    return this.open();
  }
}

/** dbus-daemon(1), with a socket in a folder of its own. */
export class TestBus {
  readonly address: string;
  readonly #folder: string;
  #child: Deno.ChildProcess | null = null;

  constructor() {
    this.#folder = Deno.makeTempDirSync({ prefix: "pvd-bus-" });
    this.address = `unix:path=${this.#folder}/bus`;
    Deno.writeTextFileSync(`${this.#folder}/bus.conf`, CONFIG(`${this.#folder}/bus`));
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const args = [`--config-file=${this.#folder}/bus.conf`, "--nofork", "--nopidfile", "--print-address=1"];
    this.#child = new Deno.Command("dbus-daemon", { args, stdin: "null", stdout: "piped", stderr: "inherit" })
      .spawn();
    const reader = this.#child.stdout.getReader();
    const { done } = await reader.read();
    await reader.cancel();
    if (done) throw new Error("dbus-daemon did not start");
  }

  async stop(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.status;
    this.#child = null;
  }

  remove(): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** A connection that calls. `heard` gets the calls that it is sent itself. */
export class TestCaller {
  readonly connection: BusConnection;
  /** A well-known one of its own. */
  readonly name: string;

  constructor(connection: BusConnection, name: string) {
    this.connection = connection;
    this.name = name;
  }

  /** The reply's body. */
  call(path: string, iface: string, member: string, signature = "", body: Body = []): Promise<Body> {
    return this.connection.call(BUS_NAME, path, iface, member, signature, body, 10_000);
  }

  /** The reply, with its descriptors. */
  exchange(
    path: string,
    iface: string,
    member: string,
    signature: string,
    body: Body,
    fds: readonly number[] = [],
    flags = 0,
  ): Promise<Message> {
    const message = { type: METHOD_CALL, flags, destination: BUS_NAME, path, interface: iface, member };
    return this.connection.exchange({ ...message, signature, body }, 10_000, fds);
  }
}

export interface BusRoom {
  readonly bus: TestBus;
  readonly reactor: Reactor;
  readonly backend: FakeBackend;
  readonly service: RunningBus;
  readonly caller: TestCaller;
  /** Another program on the bus. */
  readonly newCaller: () => Promise<TestCaller>;
  readonly logged: readonly string[];
  /** Resolves with the first line, from that one on, that fits. */
  readonly logs: (pattern: RegExp, from?: number) => Promise<string>;
}

export const allowAll: AuthoriseCall = () => Promise.resolve({ allowed: true, asked: false });

/** A bus with the service on it, and one caller. All is gone afterwards. */
export async function withBus(
  body: (room: BusRoom) => Promise<void>,
  authorise: AuthoriseCall = allowAll,
  backend: FakeBackend = new FakeBackend([exampleDomain]),
): Promise<void> {
  const bus = new TestBus();
  const lines = new Lines();
  const timers = realTimers(lines.add);
  const reactor = new Reactor((error) => lines.add("error", String(error)));
  const running = reactor.run();
  const callers: BusConnection[] = [];
  const common = { reactor, after: timers.after, log: lines.add };
  const newCaller = async () => {
    const caller = await connected({ ...common, address: bus.address });
    callers.push(caller.connection);
    return caller;
  };
  let service: RunningBus | null = null;
  try {
    await bus.start();
    service = startBus({ ...common, address: bus.address, backend, authorise: () => authorise });
    await lines.wait(/on the system bus as org.freedesktop.PvDManager/);
    const caller = await newCaller();
    await body({
      bus,
      reactor,
      backend,
      service,
      caller,
      newCaller,
      logged: lines.all,
      logs: (pattern, from) => lines.wait(pattern, from),
    });
  } finally {
    for (const each of callers) each.stop();
    service?.stop();
    timers.cancelAll();
    reactor.stop();
    await running;
    await bus.stop();
    bus.remove();
  }
}

/** Resolves when the bus knows it. */
async function connected(
  options: Pick<BusConnectionOptions, "address" | "reactor" | "after" | "log">,
): Promise<TestCaller> {
  const name = `test.caller${++callers}`;
  const lines = new Lines();
  const connection = new BusConnection({
    ...options,
    uid: Deno.uid() ?? 0,
    names: [name],
    log: lines.add,
    onCall: (message) => message.fds.forEach(close),
    onGone: () => {},
  });
  connection.start();
  await lines.wait(/on the system bus as/);
  return new TestCaller(connection, name);
}
let callers = 0;

class Lines {
  readonly all: string[] = [];
  readonly #waiting = new Set<() => void>();

  readonly add = (_level: string, line: string) => {
    this.all.push(line);
    for (const check of this.#waiting) check();
  };

  wait(pattern: RegExp, from = 0): Promise<string> {
    return new Promise((resolve) => {
      const check = () => {
        const found = this.all.slice(from).find((each) => pattern.test(each));
        if (found === undefined) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }
}

// For the client's tests only: a domain and a status with every member filled, and a broker that is a real socket
// with a script behind it. Touches a temporary folder and the socket in it.

import { close } from "../lib/linux/fd.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import { accept, listenUnix, receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import type { DomainView, StatusView } from "../lib/protocol.ts";

export const SAMPLE_DOMAIN: DomainView = {
  id: "office.example.com",
  kind: "explicit",
  encoding: "rfc8801",
  state: "ready",
  problem: null,
  link: "eth1",
  namespace: "mifpvd-1",
  interface: "mifpvd",
  flags: { http: true, legacy: false, header: false },
  delay: 3,
  sequence: 7,
  mtu: 1500,
  routers: [
    { address: "fe80::1", preference: "high", lifetimeS: 1798 },
    { address: "fe80::2", preference: "low", lifetimeS: null },
  ],
  addresses: [
    { address: "2001:db8:9::1", prefixLength: 64, validS: 60, preferredS: 0 },
    { address: "2001:db8:1::1", prefixLength: 64, validS: 97_200, preferredS: null },
  ],
  prefixes: [{
    prefix: "2001:db8:1::/64",
    onLink: true,
    autonomous: false,
    validS: null,
    preferredS: 14_400,
  }],
  routes: [{ prefix: "2001:db8:f::/48", router: "fe80::1", preference: "medium", lifetimeS: 59 }],
  rdnss: [{ address: "2001:db8:1::53", lifetimeS: 0 }],
  dnssl: [{ domain: "example.com", lifetimeS: 3600 }],
  pref64: [{ prefix: "64:ff9b::/96", lifetimeS: 600 }],
  captivePortal: "https://portal.example/",
  encryptedDns: [{
    priority: 1,
    authenticationName: "dns.example",
    addresses: ["2001:db8:1::53"],
    parameters: "alpn=h2",
    lifetimeS: 600,
  }],
  information: {
    identifier: "office.example.com",
    expires: "2030-01-01T00:00:00Z",
    prefixes: ["2001:db8:1::/48"],
    noInternet: false,
    "vendor-x": { "not ours": [1, null, "\u202e"] },
  },
  informationProblem: "the server took too long\u0007",
};

export const SAMPLE_STATUS: StatusView = {
  broker: { pid: 4711, uid: 990, uptimeS: 7_380, residentBytes: 32_715_571 },
  helper: { connected: true, problem: null },
  domains: 4,
  links: [
    { name: "eth1", index: 2, up: true, ipv6: true, listening: true, problem: null },
    { name: "wlan0", index: 13, up: true, ipv6: true, listening: false, problem: "the helper says: busy" },
    { name: "lo", index: 1, up: false, ipv6: true, listening: false, problem: null },
  ],
  advertisements: {
    received: 120,
    coalesced: 110,
    invalid: 3,
    invalidReasons: { "hop limit is not 255": 2, "an option is cut short\x1b": 1 },
    refused: { tooManyDomains: 4, tooManyRouters: 0 },
    lastProblem: "hop limit 64, not 255\\x1b",
    passedOver: 2,
    lastPassedOver: "the PvD option a.example is not the first\x1b",
  },
};

/** One connection of a client, as the broker sees it. */
export interface FakePeer {
  /** The next message with its descriptors, which the script must close; null at the end. */
  next(): Promise<{ readonly message: unknown; readonly fds: readonly number[] } | null>;
  say(message: unknown): void;
  sayBytes(bytes: Uint8Array, fds?: readonly number[]): void;
  hangUp(): void;
  readonly fd: number;
}

/** Runs `client` against a broker whose part `script` plays for the first connection; both must end. */
export async function withFakeBroker<T>(
  script: (peer: FakePeer) => Promise<void>,
  client: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/client.sock`;
  const listener = listenUnix(path, 0o600);
  try {
    const [result] = await Promise.all([client(path), serve(listener, script)]);
    return result;
  } finally {
    close(listener);
    await Deno.remove(folder, { recursive: true });
  }
}

async function serve(listener: number, script: (peer: FakePeer) => Promise<void>): Promise<void> {
  let fd: number | null = null;
  while (fd === null) {
    await waitReadable(listener);
    fd = accept(listener);
  }
  const peer = peerOver(fd);
  try {
    await script(peer);
  } finally {
    peer.hangUp();
  }
}

function peerOver(fd: number): FakePeer {
  const buffer = new Uint8Array(65_536);
  let open = true;
  return {
    fd,
    async next() {
      for (let received = receiveMessage(fd, buffer, 8);; received = receiveMessage(fd, buffer, 8)) {
        if (received === null) {
          await waitReadable(fd);
          continue;
        }
        if (received.length === 0) return null;
        const message: unknown = JSON.parse(new TextDecoder().decode(buffer.subarray(0, received.length)));
        return { message, fds: received.fds };
      }
    },
    say: (message) => void sendMessage(fd, new TextEncoder().encode(JSON.stringify(message))),
    sayBytes: (bytes, fds = []) => void sendMessage(fd, bytes, fds),
    hangUp() {
      if (open) close(fd);
      open = false;
    },
  };
}

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where the runtime keeps what it has compiled; for a `pvd` whose HOME is another. */
export const CACHE = Deno.env.get("DENO_DIR") ??
  `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? ""}/.cache`}/deno`;

/** The real `pvd` from source. */
export function pvdCommand(args: readonly string[]): string[] {
  const main = new URL("../main.ts", import.meta.url).pathname;
  return [Deno.execPath(), "run", "--quiet", "--no-lock", "--allow-all", main, ...args];
}

/** Starts it. */
export function startPvd(
  args: readonly string[],
  options: Partial<Deno.CommandOptions> = {},
): Deno.ChildProcess {
  return start(pvdCommand(args), options);
}

/** Starts it in a line of bash, where it is "$@": with what only a shell can give it. */
export function startPvdIn(
  line: string,
  args: readonly string[],
  options: Partial<Deno.CommandOptions> = {},
): Deno.ChildProcess {
  return start(["/bin/bash", "-c", line, "bash", ...pvdCommand(args)], options);
}

function start([program = "", ...args]: readonly string[], options: Partial<Deno.CommandOptions>) {
  return new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped", ...options })
    .spawn();
}

/** Its end and all that it wrote. */
export async function endOf(child: Deno.ChildProcess): Promise<CommandResult> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

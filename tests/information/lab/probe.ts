// A broker that was taken over, for the tests: run as the broker's user, it asks the helper for fetches that no broker
// would ask for, and prints what came of each as JSON. Its argument: PEM of the lab's authority.

import { close, open } from "../../../lib/linux/fd.ts";
import { O_RDONLY } from "../../../lib/linux/abi.ts";
import { makePipe } from "../../../lib/linux/pipe.ts";
import { waitReadable } from "../../../lib/linux/reactor.ts";
import { connectUnix, receiveMessage, sendMessage, socketPair } from "../../../lib/linux/socket.ts";
import { FETCH_KILL_MS, HELPER_SOCKET, MAX_FETCHES } from "../../../lib/protocol.ts";

/** For a word of the helper's: the longest is the wait for the end of a fetch. */
const WORD_MS = FETCH_KILL_MS + 10_000;

/** What the helper says to one message over a connection of its own, "disconnected" where that is its answer. */
export interface Said {
  readonly type: string;
  readonly code?: string;
  readonly handle?: string;
  readonly domains?: readonly { readonly handle: string }[];
}

class Peer {
  readonly #fd = connectUnix(HELPER_SOCKET);
  readonly #buffer = new Uint8Array(65_536);

  async ask(body: object, fds: readonly number[] = []): Promise<Said> {
    sendMessage(this.#fd, new TextEncoder().encode(JSON.stringify({ serial: 1, ...body })), fds);
    for (let said = await this.hear();; said = await this.hear()) if (said.type !== "idle") return said;
  }

  async hear(): Promise<Said> {
    for (;;) {
      if (!await waitReadable(this.#fd, WORD_MS)) throw new Error(`no word of the helper in ${WORD_MS} ms`);
      const message = receiveMessage(this.#fd, this.#buffer, 0);
      if (message === null) continue;
      if (message.length === 0) return { type: "disconnected" };
      return JSON.parse(new TextDecoder().decode(this.#buffer.subarray(0, message.length)));
    }
  }

  end(): void {
    close(this.#fd);
  }
}

async function alone(body: object, fds: readonly number[] = []): Promise<string> {
  const peer = new Peer();
  const { type, code } = await peer.ask(body, fds);
  peer.end();
  return code ?? type;
}

/** The runtimes of a user, as /proc has them: before it has become one, a process is still on its way to that user. */
function processesOf(user: number): string[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    try {
      const status = /^[0-9]+$/.test(name) ? Deno.readTextFileSync(`/proc/${name}/status`) : "";
      return new RegExp(`^Name:\\s+deno$[^]*^Uid:\\s+${user}\\s`, "m").test(status) ? [status] : [];
    } catch {
      return [];
    }
  });
}

if (import.meta.main) {
  const [authorities = "", fetcher = ""] = Deno.args;
  const peer = new Peer();
  const { domains = [] } = await peer.ask({ type: "listDomains", after: null });
  const handle = domains[0]?.handle ?? "";
  const fetch = { type: "fetch", handle, source: "wellKnown", name: "silent.example", authorities };
  const { writing } = makePipe();
  const file = open("/etc/hostname", O_RDONLY);
  const [socket] = socketPair();
  const results: Record<string, string | number | readonly string[]> = {
    "a file as output": await alone(fetch, [file]),
    "a socket as output": await alone(fetch, [socket]),
    "no output": await alone(fetch),
    "two outputs": await alone(fetch, [writing, writing]),
    "a user of its choice": await alone({ ...fetch, uid: 0 }, [writing]),
    "a program of its choice": await alone({ ...fetch, command: ["/bin/sh"] }, [writing]),
    "a path as handle": await alone({ ...fetch, handle: "../../proc/1/ns/net" }, [writing]),
    "a URL as name": await alone({ ...fetch, name: "silent.example/x" }, [writing]),
    "another's address": await alone({ ...fetch, source: "router", name: "2001:db8::1" }, [writing]),
  };
  for (let count = 0; count < 100; count++) {
    results["a domain that is not there"] = await alone({ ...fetch, handle: "mifpvd-999999" }, [writing]);
  }
  const started: string[] = [];
  for (let count = 0; count <= MAX_FETCHES; count++) {
    const { type, code } = await peer.ask(fetch, [writing]);
    started.push(code ?? type);
  }
  results.started = started;
  // Nothing tells when they have come so far, so it is looked for.
  let processes = processesOf(Number(fetcher));
  for (let look = 0; processes.length < MAX_FETCHES && look < 1000; look++) {
    processes = processesOf(Number(fetcher));
  }
  results.processes = processes;
  // Each that ends is told as `idle`; the domain can be removed as soon as the last has.
  let removed = await peer.ask({ type: "removeDomain", handle, force: false });
  for (let count = 0; removed.code === "inUse" && count < MAX_FETCHES; count++) {
    await peer.hear();
    removed = await peer.ask({ type: "removeDomain", handle, force: false });
  }
  results.removed = removed.code ?? removed.type;
  console.log(JSON.stringify(results));
  Deno.exit(0);
}

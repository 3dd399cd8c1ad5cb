// The eight cells of test case 1 (four domains, two servers), and a program with a socket in each of two domains:
// what is documented and what was seen. Everything goes through `pvd run` as a user without privileges.

import { DOCUMENTED_IDS, type Outcome, runAs, SERVER_ADDRESS } from "../lab/lab.ts";
import { ROUTERS, type Server, SERVERS } from "../lab/paths.ts";

/** The unprivileged user, whom the lab's broker authorises. */
export const USER = "alice";

/** One domain and one server. */
export interface Cell {
  readonly id: string;
  readonly kind: "implicit" | "explicit";
  readonly server: Server;
  readonly expected: string;
}

/** What the other router says of an address that it has no way to. */
const UNREACHABLE = "Network is unreachable";

/** What MIF-PvD's documents say of each domain and server. */
export const CELLS: readonly Cell[] = ROUTERS.flatMap((router) =>
  (["implicit", "explicit"] as const).flatMap((kind) =>
    SERVERS.map((server) => ({
      id: DOCUMENTED_IDS[router][kind],
      kind,
      server,
      expected: server.slice(1) === router.slice(1) ? `reached ${server}` : UNREACHABLE,
    }))
  )
);

// Every Debian has bash, and bash opens TCP connections by itself.
const FETCH = `exec 3<>"/dev/tcp/$1/80" && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;

/** Tries one cell; what was seen, in the words of `expected`. */
export async function tryCell({ id, server }: Cell): Promise<string> {
  return seen(await runAs(USER, ["pvd", "run", id, "bash", "-c", FETCH, "bash", SERVER_ADDRESS[server]]));
}

/** In words what a fetch came to. */
export function seen({ status, stdout, stderr }: Outcome): string {
  const [, server] = /\r\n\r\n(S[12])\n/.exec(stdout) ?? [];
  if (status === 0 && server !== undefined) return `reached ${server}`;
  if (stderr.includes(UNREACHABLE)) return UNREACHABLE;
  return `status ${status}: ${stderr.trim().split("\n").at(-1) ?? ""}`;
}

// The outer bash opens a connection in one domain and hands it, as standard input, to a second `pvd run`: the inner
// bash then holds one socket of each domain, asks on both, and reads both answers.
const OUTER = `exec 3<>"/dev/tcp/$1/80" && exec pvd run "$2" bash -c "$3" bash "$4" <&3`;
const INNER = `exec 4<>"/dev/tcp/$1/80"
  printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&0; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&4
  cat <&0; cat <&4`;

/** Runs the program with two sockets; the servers and the client's addresses as they saw them. */
export async function trySocketsInTwoDomains(): Promise<
  { readonly lines: string[]; readonly problem: string | null }
> {
  const [first, second] = [DOCUMENTED_IDS.R1.explicit, DOCUMENTED_IDS.R2.explicit];
  const argv = ["bash", "-c", OUTER, "bash", SERVER_ADDRESS.S1, second, INNER, SERVER_ADDRESS.S2];
  const { stdout, stderr } = await runAs(USER, ["pvd", "run", first, ...argv]);
  const answers = [...stdout.matchAll(/\r\n\r\n(S[12])\n(\S+)\n/g)];
  const lines = answers.map(([, server, client]) => `  ${server} answered ${client}`);
  const servers = answers.map(([, server]) => server).join(" ");
  return { lines, problem: servers === "S1 S2" ? null : stderr.trim() || `heard of ${servers || "nobody"}` };
}

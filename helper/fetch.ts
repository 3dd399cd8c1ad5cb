// Fetches of additional information (RFC 8801 4.1) on the broker's behalf: one throw-away process a fetch, in the
// domain, as a system user that is neither the broker nor anybody else. Program and user are root's settings, what
// it prints goes into the broker's own pipe, and the helper reads none of it.

import { isLinkLocal, parseIpv6 } from "../lib/ip.ts";
import { type Fields, oneOf, text, textOrNull } from "../lib/check.ts";
import { O_RDWR, S_IFIFO, S_IFMT } from "../lib/linux/abi.ts";
import { close, closeAll, open, statusOf } from "../lib/linux/fd.ts";
import { enterPath } from "../lib/linux/folder.ts";
import { type Home, inside, withOwnMounts } from "../lib/linux/namespace.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { spawn } from "../lib/linux/spawn.ts";
import * as protocol from "../lib/protocol.ts";
import type { Domain } from "./domains.ts";
import { explain, Failure } from "./failure.ts";
import { hideFolders, type OwnView } from "./own_view.ts";
import { identityArguments } from "./program_chain.ts";
import { RunningFetches } from "./running_fetches.ts";

/** Who fetches: root's word, on the helper's command line. */
export interface FetcherSettings {
  readonly uid: number;
  readonly gid: number;
  readonly command: readonly string[];
}

/** What the broker may choose. */
export interface FetchRequest {
  readonly source: protocol.FetchSource;
  readonly name: string;
  readonly authorities: string | null;
}

const SETPRIV = "/usr/bin/setpriv";
const PRLIMIT = "/usr/bin/prlimit";
const ENV = "/usr/bin/env";
/** Services that a fetch has no business with, should it be taken over. */
const NOT_FOR_FETCHERS = ["/run/dbus", "/run/pvd", "/run/user"];
const PEM = /^[A-Za-z0-9+/=\s-]*$/;

/** A JavaScript runtime without compiler takes 45 MB, so this is where something has gone wrong. It holds because
 * RLIMIT_DATA counts what is written to; RLIMIT_AS would count V8's reservations of address space as well. */
const MAX_DATA_BYTES = 128 * 1024 * 1024;
/** Counted over all processes of that user: threads of MAX_FETCHES fetches on a machine with many cores. */
const MAX_THREADS = 512;
const MAX_FILES = 64;
const MAX_CPU_S = 5;

export class Fetches {
  readonly #home: Home;
  readonly #view: OwnView;
  readonly #settings: FetcherSettings | null;
  readonly #running: RunningFetches;

  /** `onEnd` is told that the domain has one process less. */
  constructor(
    home: Home,
    view: OwnView,
    reactor: Reactor,
    settings: FetcherSettings | null,
    onEnd: (handle: string) => void,
  ) {
    this.#home = home;
    this.#view = view;
    this.#settings = settings;
    this.#running = new RunningFetches(reactor, onEnd);
  }

  /** Starts one that writes to the pipe `output`, which stays the caller's. Throws Failure. */
  start(domain: Domain, request: FetchRequest, output: number): void {
    const { id } = domain.record;
    if (this.#settings === null) {
      throw new Failure("failed", `${id}: the helper was started without a fetcher`);
    }
    if (this.#running.count >= protocol.MAX_FETCHES) {
      throw new Failure("limitExceeded", `${id}: ${this.#running.count} fetches are under way`);
    }
    // A pipe carries bytes one way, and nothing else.
    if ((statusOf(output).mode & S_IFMT) !== S_IFIFO) {
      throw new Failure("invalidArgument", `${id}: the fetch's output is no pipe`);
    }
    const pid = this.#spawn(domain, fetcherArguments(this.#settings, request), output);
    this.#running.add(pid, domain.handle, id);
  }

  /** The domain is to go: no fetch keeps it. */
  endIn(handle: string): void {
    this.#running.endIn(handle);
  }

  #spawn(domain: Domain, argv: Uint8Array[], output: number): number {
    const nowhere = open("/dev/null", O_RDWR);
    try {
      return withOwnMounts(this.#home, () => {
        enterPath("/");
        this.#view.enter(domain);
        hideFolders(NOT_FOR_FETCHERS);
        return inside(
          domain.namespace,
          this.#home,
          () => spawn(SETPRIV, argv, [], [nowhere, output, nowhere]),
        );
      });
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure("failed", `${domain.record.id}: starting the fetcher: ${explain(error).message}`);
    } finally {
      close(nowhere);
    }
  }
}

/** What the broker asks, from a request of the table. Throws SyntaxError. */
export function readFetchRequest(fields: Fields): FetchRequest {
  const source = oneOf(fields, "source", ["wellKnown", "router"]);
  const name = text(fields, "name", 253);
  const address = parseIpv6(name);
  const fits = source === "wellKnown"
    ? protocol.HOST_NAME_PATTERN.test(name)
    : address !== null && isLinkLocal(address);
  if (!fits) throw new SyntaxError("name is none that information is fetched from");
  const authorities = textOrNull(fields, "authorities", protocol.MAX_AUTHORITIES_CHARS);
  if (authorities !== null && !PEM.test(authorities)) throw new SyntaxError("authorities is not PEM");
  return { source, name, authorities };
}

/** Pure: the command that becomes the fetch. The request is one argument, so no text in it becomes an option. */
export function fetcherArguments(settings: FetcherSettings, request: FetchRequest): Uint8Array[] {
  const { source, name, authorities } = request;
  const words = [
    ...["setpriv", ...identityArguments(settings.uid, settings.gid, [])],
    ...["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"],
    ...[PRLIMIT, `--data=${MAX_DATA_BYTES}`, `--nproc=${MAX_THREADS}`, `--nofile=${MAX_FILES}`],
    ...[`--cpu=${MAX_CPU_S}`, "--fsize=0", "--core=0", "--memlock=0", "--"],
    // The runtime wants to know a cache folder even where it uses none, and must not ask for a newer one of itself.
    ...[ENV, "-i", "DENO_DIR=/nonexistent", "NO_COLOR=1", "DENO_NO_UPDATE_CHECK=1"],
    ...settings.command,
    JSON.stringify({ source, name, authorities }),
  ];
  return words.map((word) => new TextEncoder().encode(word));
}

/** The table's answer; takes over the descriptor, whatever happens. */
export function answerFetch(
  fetches: Fetches,
  domain: () => Domain,
  fields: Fields,
  fds: readonly number[],
): void {
  try {
    const [output] = fds;
    if (output === undefined) throw new SyntaxError("a fetch comes with a pipe");
    const request = readFetchRequest(fields);
    fetches.start(domain(), request, output);
  } finally {
    closeAll(fds);
  }
}

// `pvd advertise` at work: every interface of the settings, the links' events, and the signals that end or reload it.
// Needs CAP_NET_RAW; it changes nothing of the machine's configuration.

import { escapeText } from "../../lib/escape.ts";
import { EPERM, EPOLLIN } from "../../lib/linux/abi.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { close, readTextFile } from "../../lib/linux/fd.ts";
import { type LinkEvent, openLinkMonitor, readLinks, requestLinkDump } from "../../lib/linux/links.ts";
import { Reactor } from "../../lib/linux/reactor.ts";
import { AdvertisingInterface, pause } from "./interface.ts";
import type { InterfaceSettings, SettingsResult } from "./settings.ts";

/** EX_NOPERM of sysexits(3). */
export const EXIT_NO_PRIVILEGE = 77;
const EXIT_FAILED = 1;

/** For --once: duplicate address detection takes a second or two. */
const LINK_LOCAL_WAIT_MS = 5000;
const LINK_LOCAL_POLL_MS = 50;

export interface RunOptions {
  readonly once: boolean;
  /** Reads the settings again. */
  readonly reload: () => SettingsResult;
  /** One line for the operator. */
  readonly log: (line: string) => void;
}

/** Advertises until SIGTERM or SIGINT, or once; the exit status. */
export async function run(settings: readonly InterfaceSettings[], options: RunOptions): Promise<number> {
  const router = new Router(options);
  // Before anything is sent: whoever ends it a moment later gets a goodbye too.
  const signals = options.once ? null : new Signals(() => router.reload());
  try {
    const missing = router.start(settings);
    if (missing !== null) {
      options.log(missing);
      return EXIT_FAILED;
    }
    return signals === null ? await router.once() : await router.untilSignal(signals);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    if (error.errno === EPERM) {
      options.log("sending router advertisements needs root, or CAP_NET_RAW and CAP_NET_ADMIN");
      return EXIT_NO_PRIVILEGE;
    }
    options.log(error.message);
    return EXIT_FAILED;
  } finally {
    signals?.close();
    await router.close();
  }
}

/** SIGTERM and SIGINT end it, a second one at once; SIGHUP has the settings read again. */
class Signals {
  readonly #ended = Promise.withResolvers<void>();
  readonly #cutShort = new AbortController();
  readonly #listeners: readonly (readonly [Deno.Signal, () => void])[];

  constructor(reload: () => void) {
    let signals = 0;
    const end = () => ++signals === 1 ? this.#ended.resolve() : this.#cutShort.abort();
    this.#listeners = [["SIGTERM", end], ["SIGINT", end], ["SIGHUP", reload]];
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  /** The first signal to end. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Aborted by the second. */
  get cutShort(): AbortSignal {
    return this.#cutShort.signal;
  }

  close(): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}

class Router {
  readonly #options: RunOptions;
  readonly #reactor: Reactor;
  readonly #running: Promise<void>;
  readonly #monitor = openLinkMonitor();
  readonly #links = new Map<number, LinkEvent>();
  #interfaces: AdvertisingInterface[] = [];

  constructor(options: RunOptions) {
    this.#options = options;
    this.#reactor = new Reactor((error) => this.#failed(error));
    this.#reactor.add(this.#monitor, EPOLLIN, () => this.#readMonitor());
    this.#running = this.#reactor.run();
  }

  /** The sentence that says which link is missing, or null. */
  start(settings: readonly InterfaceSettings[]): string | null {
    requestLinkDump(this.#monitor);
    this.#readMonitor();
    const missing = this.#missingLink(settings);
    if (missing === null) { for (const each of settings) this.#add(each); }
    return missing;
  }

  async untilSignal({ ended, cutShort }: Signals): Promise<number> {
    await ended;
    this.#options.log("says goodbye; a second signal ends it at once");
    await Promise.all(this.#interfaces.map((each) => each.sayGoodbye(cutShort)));
    return 0;
  }

  /** One round on each interface; a link that cannot send is a failure here, not something to wait for. */
  async once(): Promise<number> {
    const results = await Promise.all(this.#interfaces.map(async (each) => {
      const log = this.#logOf(each.settings.name);
      if (each.link?.running !== true) {
        log("is down: nothing sent");
        return false;
      }
      for (let waitedMs = 0; !each.hasLinkLocal(); waitedMs += LINK_LOCAL_POLL_MS) {
        if (waitedMs >= LINK_LOCAL_WAIT_MS) {
          log("has no link-local address: nothing sent");
          return false;
        }
        await pause(LINK_LOCAL_POLL_MS);
      }
      return await each.once();
    }));
    return results.every((sent) => sent) ? 0 : EXIT_FAILED;
  }

  async close(): Promise<void> {
    for (const each of this.#interfaces) each.close();
    this.#reactor.remove(this.#monitor);
    this.#reactor.stop();
    await this.#running;
    close(this.#monitor);
  }

  #logOf(name: string): (text: string) => void {
    return (text) => this.#options.log(`${escapeText(name)} ${text}`);
  }

  #failed(error: unknown): void {
    this.#options.log(error instanceof Error ? error.message : String(error));
  }

  #linkNamed(name: string): LinkEvent | null {
    return [...this.#links.values()].find((link) => link.name === name) ?? null;
  }

  #missingLink(settings: readonly InterfaceSettings[]): string | null {
    const missing = settings.find(({ name }) => this.#linkNamed(name) === null);
    return missing === undefined ? null : `link ${escapeText(missing.name)} does not exist`;
  }

  #add(settings: InterfaceSettings): void {
    const { name } = settings;
    const added = new AdvertisingInterface(settings, this.#reactor, this.#logOf(name), !this.#options.once);
    this.#interfaces.push(added);
    const link = this.#linkNamed(name);
    if (link !== null) added.linkIs(link);
    if (
      settings.header.routerLifetimeS > 0 &&
      readTextFile(`/proc/sys/net/ipv6/conf/${name}/forwarding`)?.trim() === "0"
    ) {
      this.#logOf(name)(
        "forwards no packets (net.ipv6.conf.*.forwarding is 0), yet hosts will send it theirs",
      );
    }
  }

  #readMonitor(): void {
    for (let events = readLinks(this.#monitor); events !== null; events = readLinks(this.#monitor)) {
      for (const event of events) this.#linkEvent(event);
    }
  }

  #linkEvent(event: LinkEvent): void {
    if (event.type === "gone") this.#links.delete(event.index);
    else this.#links.set(event.index, event);
    for (const each of this.#interfaces) {
      const isItsLink = event.type === "new" && event.name === each.settings.name;
      // Also a link that was renamed is gone.
      if (!isItsLink && each.link?.index === event.index) each.linkIsGone();
      if (!isItsLink) continue;
      try {
        each.linkIs(event);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  /** The settings as they are now; where they are not good, the old ones stay. */
  reload(): void {
    const result = this.#options.reload();
    const problems = result.ok
      ? [this.#missingLink(result.interfaces)].filter((each) => each !== null)
      : result.problems;
    if (!result.ok || problems.length > 0) {
      for (const problem of problems) this.#options.log(problem);
      this.#options.log("the old settings stay");
      return;
    }
    const kept: AdvertisingInterface[] = [];
    for (const each of this.#interfaces) {
      const settings = result.interfaces.find(({ name }) => name === each.settings.name);
      if (settings === undefined) {
        this.#retire(each);
      } else {
        each.change(settings);
        kept.push(each);
      }
    }
    this.#interfaces = kept;
    for (const settings of result.interfaces) {
      if (kept.some((each) => each.settings === settings)) continue;
      try {
        this.#add(settings);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#options.log("settings read again");
  }

  #retire(each: AdvertisingInterface): void {
    const { signal } = new AbortController();
    each.sayGoodbye(signal).finally(() => each.close());
  }
}

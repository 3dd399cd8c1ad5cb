// One interface that advertises: its socket, its timer, and what goes out when. The decisions are in schedule.ts,
// messages.ts and endings.ts; here are the calls. Needs CAP_NET_RAW where it opens its socket.

import { isLinkLocal, parseIpv6 } from "../../lib/ip.ts";
import { EAGAIN, EPOLLIN } from "../../lib/linux/abi.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { close, readTextFile } from "../../lib/linux/fd.ts";
import { joinAllRouters, openIcmp6Socket, receiveIcmp6, sendIcmp6 } from "../../lib/linux/icmp6.ts";
import type { LinkEvent } from "../../lib/linux/links.ts";
import type { Reactor } from "../../lib/linux/reactor.ts";
import { bootTimeMs } from "../../lib/linux/time.ts";
import { ROUTER_SOLICITATION } from "../../lib/ndp/codes.ts";
import { parseMessage } from "../../lib/ndp/parse.ts";
import { goodbye, withdrawals } from "./endings.ts";
import { hasUsableLinkLocal } from "./link_local.ts";
import { advertisements, messageBytes } from "./messages.ts";
import * as plan from "./schedule.ts";
import type { InterfaceSettings } from "./settings.ts";

const ALL_NODES = "ff02::1";
/** A solicitation has a link-layer address, perhaps a few ids. What is longer is cut, and then invalid. */
const RECEIVE_OCTETS = 4096;
/** Solicitations read in one go, so that a flood leaves time for all else. */
const MAX_READ_AT_ONCE = 256;
const LINK_LOCAL_POLL_MS = 100;
/** A link whose queue stays full gets no more than this; the next multicast round makes up for it. */
const MAX_ROUNDS_WAITING = 64;
const FULL_QUEUE_RETRY_MS = 10;
const MAX_FULL_QUEUE_RETRIES = 100;
const ENOBUFS = 105;
/** setTimeout's longest. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** One log line about this interface. */
export type Log = (text: string) => void;

export class AdvertisingInterface {
  #settings: InterfaceSettings;
  readonly #reactor: Reactor;
  readonly #log: Log;
  readonly #onItsOwn: boolean;
  readonly #buffer = new Uint8Array(RECEIVE_OCTETS);
  #link: LinkEvent | null = null;
  #fd: number | null = null;
  #round: readonly Uint8Array[] = [];
  /** null while there is nobody to send to, or no address to send from. */
  #schedule: plan.Schedule | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What is being sent: rounds go out one after the other. */
  #sending: Promise<unknown> = Promise.resolve();
  #roundsWaiting = 0;
  #lastProblem = "";

  /** `onItsOwn`: whether it sends by itself, or only when `once` is called. */
  constructor(settings: InterfaceSettings, reactor: Reactor, log: Log, onItsOwn: boolean) {
    this.#settings = settings;
    this.#onItsOwn = onItsOwn;
    this.#reactor = reactor;
    this.#log = log;
  }

  get settings(): InterfaceSettings {
    return this.#settings;
  }

  get link(): LinkEvent | null {
    return this.#link;
  }

  /** The link is there, or has changed. Throws LinuxError where its socket cannot be opened. */
  linkIs(link: LinkEvent): void {
    const before = this.#link;
    this.#link = link;
    if (before === null || before.index !== link.index || (link.running && !before.running)) this.#open(link);
    if (!this.#onItsOwn) return;
    if (!link.running) {
      if (before?.running !== false) this.#log("is down; waiting for it");
      this.#pause();
    } else if (this.#schedule === null) {
      this.#startWhenAddressed(true);
    } else if (before?.mac !== link.mac || before.mtu !== link.mtu) {
      this.#rebuild();
      this.#schedule = plan.changedSchedule(this.#schedule, this.#settings.timing, bootTimeMs());
      this.#arm();
    }
  }

  linkIsGone(): void {
    this.#log("is gone; waiting for it");
    this.close();
    this.#link = null;
  }

  /** Other settings for the same interface; what they no longer have is withdrawn. */
  change(settings: InterfaceSettings): void {
    const before = this.#settings;
    this.#settings = settings;
    if (this.#schedule === null || this.#link === null) return;
    this.#send(withdrawals(before, settings, this.#link).map(messageBytes), ALL_NODES);
    this.#rebuild();
    this.#schedule = plan.changedSchedule(this.#schedule, settings.timing, bootTimeMs());
    this.#arm();
  }

  /** Sends one round, then all that waits; false where it could not. */
  async once(): Promise<boolean> {
    this.#pause();
    if (this.#link === null) return false;
    this.#rebuild();
    return await this.#send(this.#round, ALL_NODES);
  }

  /** The goodbye, as often as the settings say; `signal` cuts it short. */
  async sayGoodbye(signal: AbortSignal): Promise<void> {
    const schedule = this.#schedule;
    const link = this.#link;
    this.#pause();
    if (schedule === null || link === null) return;
    const bytes = goodbye(this.#settings, link).messages.map(messageBytes);
    for (const atMs of plan.goodbyeTimesMs(schedule, bootTimeMs())) {
      await pause(Math.max(0, atMs - bootTimeMs()), signal);
      if (signal.aborted) return;
      await this.#send(bytes, ALL_NODES);
    }
  }

  close(): void {
    this.#pause();
    if (this.#fd === null) return;
    this.#reactor.remove(this.#fd);
    close(this.#fd);
    this.#fd = null;
  }

  /** Whether the link has an address that hosts accept advertisements from. */
  hasLinkLocal(): boolean {
    return this.#link !== null &&
      hasUsableLinkLocal(readTextFile("/proc/net/if_inet6") ?? "", this.#link.index);
  }

  #open(link: LinkEvent): void {
    this.close();
    const fd = openIcmp6Socket(link.index, link.name, [ROUTER_SOLICITATION]);
    try {
      joinAllRouters(fd, link.index);
      this.#reactor.add(fd, EPOLLIN, () => this.#receive(fd));
    } catch (error) {
      close(fd);
      throw error;
    }
    this.#fd = fd;
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#schedule = null;
  }

  #startWhenAddressed(isFirstTry: boolean): void {
    clearTimeout(this.#timer);
    if (!this.hasLinkLocal()) {
      if (isFirstTry) this.#log("has no link-local address yet; waiting for it");
      this.#timer = setTimeout(() => this.#startWhenAddressed(false), LINK_LOCAL_POLL_MS);
      return;
    }
    this.#rebuild();
    this.#log(`advertises, ${this.#round.length} a round`);
    this.#schedule = plan.startSchedule(this.#settings.timing, bootTimeMs());
    this.#act();
  }

  #rebuild(): void {
    if (this.#link === null) return;
    const { messages, problems } = advertisements(this.#settings, this.#link);
    this.#round = messages.map(messageBytes);
    for (const problem of problems) this.#log(`left out: ${problem}`);
  }

  #arm(): void {
    // Without a schedule the timer is that of the wait for an address, which a solicitation must not end.
    if (this.#schedule === null) return;
    clearTimeout(this.#timer);
    const inMs = plan.nextAtMs(this.#schedule) - bootTimeMs();
    this.#timer = setTimeout(() => this.#act(), Math.min(Math.max(0, Math.ceil(inMs)), MAX_TIMER_MS));
  }

  #act(): void {
    if (this.#schedule === null) return;
    const due = plan.due(this.#schedule, bootTimeMs(), Math.random);
    this.#schedule = due.schedule;
    for (const host of due.unicast) this.#send(this.#round, host);
    if (due.multicast) {
      this.#send(this.#round, ALL_NODES).then((sent) => {
        if (sent || this.#schedule === null) return;
        this.#schedule = plan.failedSchedule(this.#schedule, bootTimeMs());
        this.#arm();
      });
    }
    this.#arm();
  }

  #receive(fd: number): void {
    for (let count = 0; count < MAX_READ_AT_ONCE; count++) {
      const received = receiveIcmp6(fd, this.#buffer);
      if (received === null) break;
      const parsed = parseMessage(this.#buffer.subarray(0, received.length), received);
      if (!parsed.ok || parsed.message.type !== "routerSolicitation" || this.#schedule === null) continue;
      const source = parseIpv6(received.source);
      const host = source !== null && isLinkLocal(source) ? received.source : null;
      this.#schedule = plan.solicited(this.#schedule, host, this.#round.length, bootTimeMs(), Math.random);
    }
    this.#arm();
  }

  #send(round: readonly Uint8Array[], destination: string): Promise<boolean> {
    if (this.#roundsWaiting >= MAX_ROUNDS_WAITING) return Promise.resolve(false);
    this.#roundsWaiting++;
    const sent = this.#sending.then(() => this.#sendRound(round, destination));
    this.#sending = sent;
    return sent;
  }

  /** Whether all of it went out; what went wrong is logged, once while it stays the same. */
  async #sendRound(round: readonly Uint8Array[], destination: string): Promise<boolean> {
    try {
      for (const bytes of round) await this.#sendOne(bytes, destination);
      this.#lastProblem = "";
      return true;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== this.#lastProblem) this.#log(`could not send: ${problem}`);
      this.#lastProblem = problem;
      return false;
    } finally {
      this.#roundsWaiting--;
    }
  }

  async #sendOne(bytes: Uint8Array, destination: string): Promise<void> {
    for (let attempt = 0;; attempt++) {
      if (this.#fd === null || this.#link === null) throw new Error("the link is gone");
      try {
        return sendIcmp6(this.#fd, bytes, destination, this.#link.index);
      } catch (error) {
        const isFull = error instanceof LinuxError && (error.errno === EAGAIN || error.errno === ENOBUFS);
        if (!isFull || attempt >= MAX_FULL_QUEUE_RETRIES) throw error;
      }
      await pause(FULL_QUEUE_RETRY_MS);
    }
  }
}

/** Waits, or until `signal`. */
export function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, durationMs);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

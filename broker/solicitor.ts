// Sends a link's Router Solicitations when solicit.ts says so. Touches the link's router socket and a timer.

import { escapeText } from "../lib/escape.ts";
import { sendIcmp6 } from "../lib/linux/icmp6.ts";
import { buildMessage } from "../lib/ndp/build.ts";
import { describeError, type Log } from "./log.ts";
import {
  attached,
  isBackedOff,
  SILENT,
  type Solicitation,
  solicited,
  startSoliciting,
  stopSoliciting,
} from "./solicit.ts";
import { type After, type Cancel, MAX_WAIT_MS } from "./timers.ts";

const ALL_ROUTERS = "ff02::2";
/** Until the link has a link-local address that may be used (DAD), sending fails: tried again this often ... */
const SEND_RETRY_MS = 200;
/** ... and this many times, before it counts as sent and the back-off goes on. */
const MAX_SEND_RETRIES = 25;

export interface SolicitorOptions {
  readonly now: () => number;
  readonly after: After;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Where to send; without a socket nothing is sent, and what is due waits for `sendWhenDue`. */
  readonly target: () => {
    readonly socket: number | null;
    readonly name: string;
    readonly index: number;
    /** "" where the link has none. */
    readonly mac: string;
  };
}

export class Solicitor {
  readonly #options: SolicitorOptions;
  #schedule: Solicitation = SILENT;
  #failures = 0;
  #cancelTimer: Cancel = () => {};

  constructor(options: SolicitorOptions) {
    this.#options = options;
  }

  get active(): boolean {
    return this.#schedule.nextAt !== Infinity;
  }

  /** The link's routers are gone, or somebody asks for it. */
  start(): void {
    this.#startBy(startSoliciting);
  }

  /** The link came up, or the machine woke: perhaps with another network at its end. */
  attached(): void {
    this.#startBy(attached);
  }

  /** A router answered, and others are awaited: asks on each 4 s, not with growing intervals. */
  goOn(): void {
    if (this.active && !isBackedOff(this.#schedule)) return;
    this.#schedule = startSoliciting(this.#schedule, this.#options.now());
    this.sendWhenDue();
  }

  #startBy(start: typeof startSoliciting): void {
    this.#schedule = start(this.#schedule, this.#options.now());
    this.#failures = 0;
    this.sendWhenDue();
  }

  stop(): void {
    this.#cancelTimer();
    this.#schedule = stopSoliciting(this.#schedule);
  }

  /** Sends now, or sets the timer. */
  sendWhenDue(): void {
    this.#cancelTimer();
    const { socket } = this.#options.target();
    if (socket === null || !this.active) return;
    const now = this.#options.now();
    if (this.#schedule.nextAt <= now) this.#send(socket, now);
    const delay = Math.min(MAX_WAIT_MS, Math.max(0, this.#schedule.nextAt - now));
    this.#cancelTimer = this.#options.after(delay, () => this.sendWhenDue());
  }

  #send(socket: number, now: number): void {
    const { mac, index, name } = this.#options.target();
    const options = mac === "" ? [] : [{ type: "sourceLinkLayerAddress", address: mac } as const];
    try {
      sendIcmp6(socket, buildMessage({ type: "routerSolicitation", options }, null), ALL_ROUTERS, index);
      this.#failures = 0;
    } catch (error) {
      if (this.#failures++ < MAX_SEND_RETRIES) {
        this.#schedule = { ...this.#schedule, nextAt: now + SEND_RETRY_MS };
        return;
      }
      this.#options.log("warning", `cannot ask for routers on ${escapeText(name)}: ${describeError(error)}`);
    }
    this.#schedule = solicited(this.#schedule, now, this.#options.random());
  }
}

// When a router advertises on one link: RFC 4861 6.2.4 (unsolicited), 6.2.6 (solicited), 6.2.5 (goodbye). Pure: it is
// told the time and given chance, and says what to send now and when to ask again.

import type { Timing } from "./settings.ts";

/** RFC 4861 10. */
export const MAX_INITIAL_RTR_ADVERTISEMENTS = 3;
export const MAX_INITIAL_RTR_ADVERT_INTERVAL_MS = 16_000;
export const MAX_RA_DELAY_TIME_MS = 500;

/** Hosts whose unicast answer waits; solicitations beyond them are answered all at once, by multicast. */
export const MAX_WAITING_ANSWERS = 64;
/** Unicast advertisements a second on a link, in messages; a round that has more may still go out once a second. */
export const UNICAST_MESSAGES_PER_SECOND = 100;

const RETRY_MS = 1000;

/** A number from 0 to 1, as Math.random gives. */
export type Chance = () => number;

export interface Schedule {
  readonly timing: Timing;
  /** When the next multicast round goes out. */
  readonly multicastAtMs: number;
  /** Rounds left that are at most MAX_INITIAL_RTR_ADVERT_INTERVAL apart. */
  readonly initialLeft: number;
  readonly lastMulticastMs: number | null;
  /** When each host's unicast answer goes out. */
  readonly answers: ReadonlyMap<string, number>;
  /** Unicast messages that may go out now. */
  readonly allowance: number;
  readonly allowanceAtMs: number;
}

/** What is due: a multicast round, and a round for each of these hosts. */
export interface Due {
  readonly multicast: boolean;
  readonly unicast: readonly string[];
  readonly schedule: Schedule;
}

/** An interface begins to advertise: at once, and then as RFC 4861 6.2.4 has it. */
export function startSchedule(timing: Timing, nowMs: number): Schedule {
  return {
    timing,
    multicastAtMs: nowMs,
    initialLeft: MAX_INITIAL_RTR_ADVERTISEMENTS,
    lastMulticastMs: null,
    answers: new Map(),
    allowance: UNICAST_MESSAGES_PER_SECOND,
    allowanceAtMs: nowMs,
  };
}

/** What to advertise has changed: tell it as at the start, but not sooner than multicast may be (RFC 4861 6.2.4). */
export function changedSchedule(schedule: Schedule, timing: Timing, nowMs: number): Schedule {
  const restarted = { ...schedule, timing, initialLeft: MAX_INITIAL_RTR_ADVERTISEMENTS };
  return { ...restarted, multicastAtMs: earliestMulticastMs(restarted, nowMs) };
}

/**
 * A valid solicitation came. `host`: where to send a unicast answer; null: only multicast will do. `messages`: how
 * many a round has.
 */
export function solicited(
  schedule: Schedule,
  host: string | null,
  messages: number,
  nowMs: number,
  chance: Chance,
): Schedule {
  if (host !== null && schedule.answers.has(host)) return schedule;
  const delayMs = chance() * MAX_RA_DELAY_TIME_MS;
  if (host !== null && schedule.answers.size < MAX_WAITING_ANSWERS) {
    const allowance = allowanceAt(schedule, messages, nowMs);
    if (allowance >= messages) {
      return {
        ...schedule,
        answers: new Map(schedule.answers).set(host, nowMs + delayMs),
        allowance: allowance - messages,
        allowanceAtMs: nowMs,
      };
    }
  }
  // A round that comes sooner anyhow answers too (RFC 4861 6.2.6).
  return {
    ...schedule,
    multicastAtMs: Math.min(schedule.multicastAtMs, earliestMulticastMs(schedule, nowMs) + delayMs),
  };
}

/** What to send now. */
export function due(schedule: Schedule, nowMs: number, chance: Chance): Due {
  const multicast = schedule.multicastAtMs <= nowMs;
  const unicast = [...schedule.answers].filter(([, atMs]) => atMs <= nowMs).map(([host]) => host);
  if (!multicast && unicast.length === 0) return { multicast, unicast, schedule };
  const waiting = new Map([...schedule.answers].filter(([, atMs]) => atMs > nowMs));
  if (!multicast) return { multicast, unicast, schedule: { ...schedule, answers: waiting } };

  const { minIntervalMs, maxIntervalMs, minDelayBetweenRasMs } = schedule.timing;
  const initialLeft = Math.max(0, schedule.initialLeft - 1);
  const intervalMs = minIntervalMs + chance() * (maxIntervalMs - minIntervalMs);
  const cappedMs = initialLeft > 0 ? Math.min(intervalMs, MAX_INITIAL_RTR_ADVERT_INTERVAL_MS) : intervalMs;
  return {
    multicast,
    unicast,
    schedule: {
      ...schedule,
      answers: waiting,
      initialLeft,
      lastMulticastMs: nowMs,
      multicastAtMs: nowMs + Math.max(cappedMs, minDelayBetweenRasMs),
    },
  };
}

/** The multicast round that just was due could not be sent: try again soon. */
export function failedSchedule(schedule: Schedule, nowMs: number): Schedule {
  const retryAtMs = nowMs + Math.max(RETRY_MS, schedule.timing.minDelayBetweenRasMs);
  return { ...schedule, multicastAtMs: Math.min(schedule.multicastAtMs, retryAtMs) };
}

/** When something will be due. */
export function nextAtMs(schedule: Schedule): number {
  return Math.min(schedule.multicastAtMs, ...schedule.answers.values());
}

/** When the rounds of a goodbye go out (RFC 4861 6.2.5), as early as multicast may. */
export function goodbyeTimesMs(schedule: Schedule, nowMs: number): number[] {
  const { finalAdvertisements, minDelayBetweenRasMs } = schedule.timing;
  const firstMs = earliestMulticastMs(schedule, nowMs);
  return Array.from({ length: finalAdvertisements }, (_, index) => firstMs + index * minDelayBetweenRasMs);
}

function earliestMulticastMs({ lastMulticastMs, timing }: Schedule, nowMs: number): number {
  return lastMulticastMs === null ? nowMs : Math.max(nowMs, lastMulticastMs + timing.minDelayBetweenRasMs);
}

/** A bucket that fills in a second, and holds at least one round. */
function allowanceAt(schedule: Schedule, messages: number, nowMs: number): number {
  const perSecond = Math.max(UNICAST_MESSAGES_PER_SECOND, messages);
  const gained = perSecond * Math.max(0, nowMs - schedule.allowanceAtMs) / 1000;
  return Math.min(perSecond, schedule.allowance + gained);
}

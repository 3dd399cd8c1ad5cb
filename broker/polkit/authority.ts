// Asks polkit's Authority whether the caller may do something. Whatever is not a plain yes, in the documented
// shape, in time, from a caller that is still there, is a denial with a reason. Speaks to polkit over the bus that
// it is given and touches nothing else. https://polkit.pages.freedesktop.org/polkit/

import { type ActionId, detailsProblem, encodeDetails, type QuestionDetails } from "./action.ts";
import { type BusVariant, isBusCallError, type PolkitBus } from "./bus_calls.ts";
import { type DenialCause, denialReason } from "./denial.ts";
import { encodeSubject, isStillThere, type Subject } from "./subject.ts";

export const POLKIT_NAME = "org.freedesktop.PolicyKit1";
export const POLKIT_PATH = "/org/freedesktop/PolicyKit1/Authority";
export const POLKIT_INTERFACE = "org.freedesktop.PolicyKit1.Authority";

/** A rule answers in milliseconds. polkit itself ends one that hangs after 15 s, and a person's groups may come from a
 * directory that is slow. */
export const QUICK_MS = 20_000;
/** A person reads, looks for a password and types it. */
export const ASKING_MS = 120_000;

/** polkit's CheckAuthorizationFlags. */
const ALLOW_USER_INTERACTION = 1;
/** D-Bus's own, of our time-out or of the bus when polkit died meanwhile. */
const NO_REPLY = "org.freedesktop.DBus.Error.NoReply";

export type Decision =
  | {
    readonly allowed: true;
    /** Somebody authenticated for it; the rules alone would not have allowed it. */
    readonly asked: boolean;
  }
  | {
    readonly allowed: false;
    readonly reason: string;
    /** The rules do not forbid it: somebody who authenticates may. */
    readonly wouldAsk: boolean;
  };

type Subjects = readonly [kind: string, details: Readonly<Record<string, BusVariant>>];
type Answer = "yes" | "challenge" | DenialCause;

let questions = 0;

/**
 * Never rejects. The first question is without interaction, so that a polkit that hangs is told from a person who
 * thinks; only when polkit says that authentication would help, and `interactive`, it is asked again. `signal`
 * aborts when the caller leaves: polkit is told, so that its dialogue closes.
 */
export async function checkAuthorization(
  bus: PolkitBus,
  subject: Subject,
  action: ActionId,
  details: QuestionDetails,
  interactive: boolean,
  signal?: AbortSignal,
): Promise<Decision> {
  const deny = (cause: DenialCause): Decision => ({
    allowed: false,
    reason: denialReason(cause, action, details),
    wouldAsk: cause.why === "wouldAsk",
  });
  const encoded = encodeSubject(subject);
  if (encoded === null) return deny({ why: "badRequest", problem: "polkit has no name for the caller" });
  const problem = detailsProblem(action, details);
  if (problem !== null) return deny({ why: "badRequest", problem });

  const ask = (asking: boolean) => askOnce(bus, encoded, action, encodeDetails(details), asking, signal);
  let asked = false;
  let answer = await ask(false);
  if (answer === "challenge" && interactive) {
    asked = true;
    answer = await ask(true);
  }
  // Before the answer is looked at: what polkit says of a process that has ended may be about another one.
  if (signal?.aborted === true || !isStillThere(subject)) return deny({ why: "callerGone" });
  if (answer === "challenge") return deny({ why: asked ? "noAgent" : "wouldAsk" });
  if (answer !== "yes") return deny(asked && answer.why === "refused" ? { why: "notAuthenticated" } : answer);
  return { allowed: true, asked };
}

/** Calls back whenever polkit may answer otherwise than before: other rules, or another polkit. */
export function onChanged(bus: PolkitBus, changed: () => void): () => void {
  const authority = { sender: POLKIT_NAME, path: POLKIT_PATH, interface: POLKIT_INTERFACE };
  const stops = [
    bus.onSignal({ ...authority, member: "Changed", arg0: null }, changed),
    bus.onSignal({
      sender: "org.freedesktop.DBus",
      path: "/org/freedesktop/DBus",
      interface: "org.freedesktop.DBus",
      member: "NameOwnerChanged",
      arg0: POLKIT_NAME,
    }, ([, , newOwner]) => {
      // One that ends tells nothing; one that starts may have read other rules.
      if (newOwner !== "") changed();
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Never rejects. */
async function askOnce(
  bus: PolkitBus,
  subject: Subjects,
  action: ActionId,
  details: Readonly<Record<string, string>>,
  asking: boolean,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  if (signal?.aborted === true) return { why: "callerGone" };
  const cancellationId = `pvd-${++questions}`;
  const timeoutMs = asking ? ASKING_MS : QUICK_MS;
  const left = Promise.withResolvers<"left">();
  const leave = () => left.resolve("left");
  signal?.addEventListener("abort", leave, { once: true });
  try {
    const flags = asking ? ALLOW_USER_INTERACTION : 0;
    const body = [subject, action, details, flags, cancellationId];
    const called = call(bus, "CheckAuthorization", "(sa{sv})sa{ss}us", body, timeoutMs);
    const reply = await Promise.race([called, left.promise]);
    if (reply !== "left") return readAnswer(reply);
    called.catch(() => {});
    cancel(bus, cancellationId);
    return { why: "callerGone" };
  } catch (error) {
    if (!isBusCallError(error)) return { why: "strangeAnswer" };
    const { errorName, message } = error;
    if (errorName !== NO_REPLY) return { why: "busError", errorName, message };
    cancel(bus, cancellationId);
    return { why: "noAnswer", seconds: timeoutMs / 1000, asking };
  } finally {
    signal?.removeEventListener("abort", leave);
  }
}

/** Takes the question back; polkit closes the dialogue. Whether it could, nobody waits for. */
function cancel(bus: PolkitBus, cancellationId: string): void {
  call(bus, "CancelCheckAuthorization", "s", [cancellationId], QUICK_MS).catch(() => {});
}

async function call(
  bus: PolkitBus,
  member: string,
  signature: string,
  body: readonly unknown[],
  timeoutMs: number,
): Promise<readonly unknown[]> {
  return await bus.call(POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE, member, signature, body, timeoutMs);
}

/** `(bba{ss})`: is_authorized, is_challenge, details. */
function readAnswer(body: readonly unknown[]): Answer {
  const strange: DenialCause = { why: "strangeAnswer" };
  const [result] = body;
  if (body.length !== 1 || !Array.isArray(result) || result.length !== 3) return strange;
  const [isAuthorized, isChallenge, details]: unknown[] = result;
  if (typeof isAuthorized !== "boolean" || typeof isChallenge !== "boolean") return strange;
  if (typeof details !== "object" || details === null || Array.isArray(details)) return strange;
  if (Object.values(details).some((value) => typeof value !== "string")) return strange;
  if (isAuthorized) return isChallenge ? strange : "yes";
  if (Object.hasOwn(details, "polkit.dismissed")) return { why: "dismissed" };
  return isChallenge ? "challenge" : { why: "refused" };
}

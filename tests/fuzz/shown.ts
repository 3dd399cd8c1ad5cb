// What leaves the broker about a domain, and what must hold of it whatever a router said: the helper takes it, it fits
// into a message, and nothing that people see can move the cursor or forge a line. Throws Broken; pure.

import { busDomain } from "../../broker/bus/broker_backend.ts";
import { domainValues } from "../../broker/bus/net_pvd1_domain.ts";
import { domainEvents } from "../../broker/events/domain_events.ts";
import { encodeEvent } from "../../broker/events/subscriber.ts";
import type { Domain, State } from "../../broker/state/types.ts";
import { decodeState, encodeState } from "../../broker/store.ts";
import { domainView } from "../../broker/view.ts";
import { type DomainLink, wantedDomain } from "../../broker/wanted.ts";
import { advertisementJson, advertisementText } from "../../client/decode_text.ts";
import { formatList } from "../../client/list.ts";
import { readDomainView } from "../../client/replies.ts";
import { formatDomain } from "../../client/show.ts";
import { resolverText } from "../../helper/resolver_file.ts";
import { checkWanted } from "../../helper/wanted_check.ts";
import type { DomainAdvertisement, RouterAdvertisement } from "../../lib/ndp/types.ts";
import { MAX_MESSAGE_BYTES } from "../../lib/protocol.ts";
import { promise } from "./promises.ts";

const SECRETS = { key: new Uint8Array(32).fill(7) };
const PLAIN = { width: null, colour: false };
const NARROW = { width: 60, colour: false };
const HANDLE = "mifpvd-123456789";
/** Type, serial, handle: what is around a domain in a message. */
const AROUND_BYTES = 128;
/** Everything that has no form of its own on a screen, but the newline that ends a line of ours. */
const NOT_FOR_EYES = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** One line a row and nothing hidden in it. */
function forEyes(what: string, text: string): void {
  const found = NOT_FOR_EYES.exec(text);
  promise(found === null, () => `${what} shows U+${found?.[0].codePointAt(0)?.toString(16)}`);
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** A domain for the helper, for clients, for the bus and for people. */
export function checkDomain(domain: Domain, link: DomainLink, now: number): void {
  const wanted = wantedDomain(domain, link, now, SECRETS);
  // As a message brings it: null for what JSON cannot say.
  const sent: unknown = JSON.parse(JSON.stringify(wanted));
  const checked = checkWanted(sent);
  promise(JSON.stringify(checked) === JSON.stringify(sent), () => "the helper reads another domain");
  promise(bytesOf(wanted) <= MAX_MESSAGE_BYTES - AROUND_BYTES, () => "a domain is too large for the helper");
  forEyes("the resolver file", resolverText(wanted));

  const view = domainView(domain, { state: "ready", problem: null, handle: HANDLE }, now, SECRETS);
  const bytes = bytesOf(view);
  promise(
    bytes <= MAX_MESSAGE_BYTES - AROUND_BYTES,
    () => `a domain of ${bytes} bytes is too large for clients`,
  );
  readDomainView(JSON.parse(JSON.stringify(view)));
  forEyes("pvd show", formatDomain(view, PLAIN));
  forEyes("pvd list", formatList([view], PLAIN));
  forEyes("pvd list in a narrow terminal", formatList([view], NARROW));
  const lines = formatList([view], PLAIN).split("\n").length;
  promise(lines === 3, () => `pvd list shows one domain on ${lines - 2} lines`);
  domainValues(busDomain(domain, { state: "ready", problem: null, handle: HANDLE }, null, now, SECRETS));
}

/** What `pvd monitor` is told where a domain became another one, or nothing at all happened. */
export function checkEvents(before: Domain | undefined, after: Domain, now: number): void {
  const runtime = { state: "ready", problem: null, handle: HANDLE } as const;
  const seen = (domain: Domain) => ({
    view: { key: domain.key, domain: domainView(domain, runtime, now, SECRETS) },
    at: now,
  });
  const events = domainEvents(before === undefined ? null : seen(before), seen(after), now);
  for (const event of events) {
    promise(encodeEvent(event).length <= MAX_MESSAGE_BYTES, () => `${event.event} is too large for clients`);
  }
  promise(before !== after || events.length === 0, () => "nothing happened, and an event was told");
}

/** `pvd decode` of one advertisement. */
export function checkDecoded(
  source: string,
  { ignored }: RouterAdvertisement,
  domains: readonly DomainAdvertisement[],
): void {
  const decoded = { packet: 1, source, problem: null, domains, ignored };
  forEyes("pvd decode", advertisementText(decoded));
  forEyes("pvd decode --json", advertisementJson(decoded));
}

/** The problem with a packet, as a log and `pvd status` have it. */
export function checkProblem(problem: string): void {
  forEyes("a problem", problem);
  promise(!problem.includes("\n"), () => "a problem has two lines");
}

/** The state as a broker that is started again reads it. */
export function restarted(state: State, now: number): State {
  return decodeState(encodeState(state, "boot"), "boot", now);
}

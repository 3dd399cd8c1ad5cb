// `--match NAME=VALUE,...`: which PvDs a person means by what they are like, as pvd_prop_run of MIF-PvD did. Pure.
// Properties are what a PvD's server says of itself (RFC 8801 4.3): anybody who can announce a PvD can say anything,
// so six names mean what pvd itself knows, and never a server's word.

import { escapeName, escapeText } from "../lib/escape.ts";
import type { DomainView, JsonValue } from "../lib/protocol.ts";
import { ClientError } from "./errors.ts";

export interface Criterion {
  readonly name: string;
  readonly value: string;
}

/** As in FindDomains on the bus. */
const FACTS = ["id", "kind", "encoding", "state", "link", "namespace"] as const;

/** "type=internet,pricing=free"; a comma or backslash in a value has a backslash before it. Throws ClientError. */
export function parseCriteria(text: string): Criterion[] {
  return splitAtCommas(text).map((part) => {
    const equals = part.indexOf("=");
    if (equals > 0 && equals < part.length - 1) {
      return { name: part.slice(0, equals), value: part.slice(equals + 1) };
    }
    const message = `--match ${escapeText(text)}: "${escapeText(part)}" is not NAME=VALUE`;
    throw new ClientError("usage", `${message}; several are separated by commas`);
  });
}

function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === "\\" && (next === "," || next === "\\")) {
      part += next;
      at++;
    } else if (character === ",") {
      parts.push(part);
      part = "";
    } else {
      part += character;
    }
  }
  return [...parts, part];
}

/** Those that fit all criteria, in the order in which they are chosen: the lowest number of the namespace first. A
 * number is given once and never moves, so no newcomer takes the place of a PvD by claiming to be like it. */
export function matching(domains: readonly DomainView[], criteria: readonly Criterion[]): DomainView[] {
  return domains.filter((domain) => criteria.every((criterion) => fits(domain, criterion)))
    .toSorted((one, other) => numberOf(one) - numberOf(other));
}

/** The first that fits and is ready. Throws ClientError. */
export function firstMatch(domains: readonly DomainView[], text: string): DomainView {
  const found = matching(domains, parseCriteria(text));
  const first = found.find((domain) => domain.state === "ready" && domain.namespace !== "");
  if (first !== undefined) return first;
  const [other] = found;
  if (other === undefined) throw new ClientError("noSuchDomain", `no PvD has ${escapeText(text)}`);
  const message = `no PvD that has ${escapeText(text)} is ready: ${escapeName(other.id)} is ${other.state}`;
  throw new ClientError("notReady", message);
}

/** One without a namespace comes last. */
function numberOf({ namespace }: DomainView): number {
  const digits = /^mifpvd-(\d+)$/.exec(namespace)?.[1];
  return digits === undefined ? Number.MAX_SAFE_INTEGER : Number(digits);
}

function fits(domain: DomainView, { name, value }: Criterion): boolean {
  const fact = FACTS.find((each) => each === name);
  // RFC 8801 3.4: ids are compared without case.
  if (fact === "id") return domain.id.toLowerCase() === value.toLowerCase();
  if (fact !== undefined) return domain[fact] === value;
  const { information } = domain;
  return information !== null && Object.hasOwn(information, name) && has(information[name] ?? null, value);
}

/** Whether it is that text, number or truth value, or a list with it. Not a part of a text, as MIF-PvD has it: what
 * is "not free" is not what somebody means who asks for "free". */
function has(property: JsonValue, value: string): boolean {
  if (typeof property === "string") return property === value;
  if (typeof property === "number" || typeof property === "boolean") return String(property) === value;
  return Array.isArray(property) && property.some((each) => !Array.isArray(each) && has(each, value));
}

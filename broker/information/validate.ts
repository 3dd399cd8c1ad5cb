// Whether what a server said may be used for a PvD (RFC 8801 4.1, 4.3, 4.4). Pure. What is not looked at here is kept
// as it was given, and means nothing to the broker.

import { parsePrefix, type Prefix, prefixContains } from "../../lib/ip.ts";
import type { JsonObject, JsonValue } from "../../lib/protocol.ts";
import { asciiLowerCase } from "../state/key.ts";
import { parseTimestamp } from "./timestamp.ts";

export type Validation =
  | { readonly ok: true; readonly object: JsonObject; readonly expiresAtMs: number | null }
  | { readonly ok: false; readonly problem: string };

/** What RFC 8801 asks of the object, for the PvD `id` whose PIOs are `prefixes`; `wallMs` is the time of day. */
export function validateInformation(
  value: JsonValue,
  id: string,
  prefixes: readonly string[],
  wallMs: number,
): Validation {
  if (!isJsonObject(value)) return invalid("the answer is not an object");
  const identifier = own(value, "identifier");
  if (typeof identifier !== "string") return invalid('"identifier" is missing');
  if (normalised(identifier) !== normalised(id)) {
    return invalid(`"identifier" is ${identifier.slice(0, 100)}, another PvD`);
  }
  const expires = own(value, "expires");
  const expiresAtMs = typeof expires === "string" ? parseTimestamp(expires) : null;
  if (expiresAtMs === null) return invalid('"expires" is missing, or not a time of RFC 3339');
  if (expiresAtMs <= wallMs) return invalid('"expires" is in the past');
  const listed = readPrefixes(value);
  if (listed === null) return invalid('"prefixes" is missing, or not a list of prefixes');
  const uncovered = firstUncovered(listed, prefixes);
  if (uncovered !== null) return invalid(`"prefixes" does not cover ${uncovered}`);
  return { ok: true, object: value, expiresAtMs };
}

/** Of MIF-PvD's list, the element for `id`; null where the list has none. It has no schema, and says no end. */
export function findInList(
  value: JsonValue,
  kind: "explicit" | "implicit",
  id: string,
): Validation | null {
  if (!Array.isArray(value)) return invalid("the answer is not a list");
  const wanted = kind === "implicit" ? "implicit" : normalised(id);
  for (const each of value) {
    if (!isJsonObject(each)) continue;
    const name = own(each, "id");
    if (typeof name === "string" && normalised(name) === wanted) {
      return { ok: true, object: each, expiresAtMs: null };
    }
  }
  return null;
}

/** Null, or the first of the PIOs' prefixes that the object does not stand for: asked again with every later RA. */
export function uncoveredPrefix(object: JsonObject, prefixes: readonly string[]): string | null {
  return firstUncovered(readPrefixes(object) ?? [], prefixes);
}

function firstUncovered(listed: readonly Prefix[], prefixes: readonly string[]): string | null {
  return prefixes.find((text) => {
    const prefix = parsePrefix(text);
    return prefix === null || !listed.some((each) => prefixContains(each, prefix));
  }) ?? null;
}

function readPrefixes(object: JsonObject): Prefix[] | null {
  const list = own(object, "prefixes");
  if (!Array.isArray(list)) return null;
  const prefixes: Prefix[] = [];
  for (const each of list) {
    const prefix = typeof each === "string" ? parsePrefix(each) : null;
    if (prefix === null) return null;
    prefixes.push(prefix);
  }
  return prefixes;
}

/** RFC 8801 4.3: compared without case; its examples have a final dot. */
function normalised(name: string): string {
  return asciiLowerCase(name).replace(/\.$/, "");
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function invalid(problem: string): Validation {
  return { ok: false, problem };
}

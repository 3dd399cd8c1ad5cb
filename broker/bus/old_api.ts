// org.freedesktop.PvDManager: the API of MIF-PvD, for programs that were written against it. Everybody may ask;
// nothing is granted, because entering a namespace is the kernel's to allow. Pure.

import { safeJson } from "../../lib/escape.ts";
import { isObject } from "../../lib/check.ts";
import type { JsonObject } from "../../lib/protocol.ts";
import { asciiLowerCase } from "../state/key.ts";
import type { BusBackend, BusDomain } from "./backend.ts";
import { type Body, BusError, INVALID_ARGS } from "./message.ts";
import { text } from "./standard.ts";
import type { Argument, Interface, OpenMethod } from "./table.ts";

export const OLD_NAME = "org.freedesktop.PvDManager";
export const OLD_PATH = "/org/freedesktop/PvDManager";

/** Id, namespace, physical interface, properties as JSON. */
type Tuple = readonly [string, string, string, string];

/** Nothing found. The last one is an empty text as JSON: two quote characters. */
const EMPTY: Tuple = ["", "", "", '""'];
const TUPLES: readonly Argument[] = [["pvds", "a(ssss)"]];

export function oldInterface(backend: Pick<BusBackend, "domains">): Interface {
  // Programs ask for all of them again and again, and between changes the list is the same one.
  const answers = new WeakMap<readonly BusDomain[], Body>();
  const allTuples = (domains: readonly BusDomain[]): Body => {
    const body = answers.get(domains) ?? [tuples(domains)];
    answers.set(domains, body);
    return body;
  };
  const methods = new Map<string, OpenMethod>([
    ["get_by_id", {
      in: [["pvd_id", "s"]],
      out: TUPLES,
      action: null,
      run: ({ args: [id] }) =>
        text(id) === "*"
          ? { body: allTuples(backend.domains()), keepsBody: true }
          : { body: [tuples(byId(backend, text(id)))] },
    }],
    ["get_by_properties", {
      in: [["properties", "s"]],
      out: TUPLES,
      action: null,
      run: ({ args: [properties] }) => {
        const wanted = readProperties(text(properties));
        return { body: [tuples(backend.domains().filter((each) => matches(each.information, wanted)))] };
      },
    }],
    ["activate", {
      in: [["pvd_id", "s"], ["pid", "i"]],
      // Four values and not one struct: its clients expect GLib's "(ssss)".
      out: [["id", "s"], ["namespace", "s"], ["interface", "s"], ["properties", "s"]],
      action: null,
      run: ({ args: [id] }) => {
        const found = text(id) === "*" ? [] : byId(backend, text(id));
        const [only] = found;
        return { body: only !== undefined && found.length === 1 ? tuple(only) : EMPTY };
      },
    }],
  ]);
  const signals = new Map([["stateChanged", [["pvd_id", "s"] as const]]]);
  return { name: OLD_NAME, methods, signals, properties: new Map() };
}

function byId(backend: Pick<BusBackend, "domains">, id: string): readonly BusDomain[] {
  const wanted = asciiLowerCase(id);
  return backend.domains().filter((each) => id === "*" || asciiLowerCase(each.id) === wanted);
}

function tuples(domains: readonly BusDomain[]): readonly Tuple[] {
  const found = domains.map(tuple).sort((one, other) => one[1] < other[1] ? -1 : 1);
  return found.length === 0 ? [EMPTY] : found;
}

/** Properties that are not known read `null`. */
function tuple({ id, handle, link, information }: BusDomain): Tuple {
  return [id, handle, link, safeJson(information)];
}

function readProperties(json: string): JsonObject | Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new BusError(INVALID_ARGS, "the properties are not JSON");
  }
  if (isObject(value)) return value;
  throw new BusError(INVALID_ARGS, 'the properties are not a JSON object, such as {"pricing": "free"}');
}

/** Every wanted property is equal to the domain's, or is in it: a list's element, or a part of a text. */
export function matches(
  information: JsonObject | null,
  wanted: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    const has = information !== null && Object.hasOwn(information, name) ? information[name] : undefined;
    if (has === undefined || has === null) return false;
    if (isEqual(has, value)) return true;
    if (Array.isArray(has)) return has.some((each) => isEqual(each, value));
    return typeof has === "string" && typeof value === "string" && has.includes(value);
  });
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

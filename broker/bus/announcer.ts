// Tells the bus what changed: which domains came and went, and of those that stayed what differs. What was told last
// is remembered here; however often it is asked to look, one change is told once. Sends by a function that it is
// given.

import type { BusDomain } from "./backend.ts";
import { NO_REPLY_EXPECTED, type OutgoingMessage, SIGNAL, type Variant } from "./message.ts";
import { changedValues, DOMAIN, domainPath } from "./net_pvd1_domain.ts";
import { managedDomain, MANAGER_PATH, OBJECT_MANAGER } from "./objects.ts";
import { OLD_NAME, OLD_PATH } from "./old_api.ts";
import { PROPERTIES } from "./standard.ts";

export type Change =
  | { readonly type: "added"; readonly domain: BusDomain }
  | { readonly type: "changed"; readonly domain: BusDomain; readonly values: Record<string, Variant> }
  | { readonly type: "removed"; readonly domain: BusDomain };

/** From what was to what is; both by handle. Pure. */
export function changesBetween(before: readonly BusDomain[], after: readonly BusDomain[]): Change[] {
  const old = new Map(before.map((domain) => [domain.handle, domain]));
  const rest = new Map(old);
  const changes: Change[] = [];
  for (const domain of after) {
    const was = old.get(domain.handle);
    rest.delete(domain.handle);
    if (was === undefined) {
      changes.push({ type: "added", domain });
    } else if (was.id !== domain.id || was.link !== domain.link || was.kind !== domain.kind) {
      // Another domain in a namespace of the same name: after the helper lost its records, say.
      changes.push({ type: "removed", domain: was }, { type: "added", domain });
    } else if (was !== domain) {
      const values = changedValues(was, domain);
      if (Object.keys(values).length > 0) changes.push({ type: "changed", domain, values });
    }
  }
  return [...[...rest.values()].map((domain): Change => ({ type: "removed", domain })), ...changes];
}

export class Announcer {
  readonly #send: (signal: OutgoingMessage) => void;
  #told: readonly BusDomain[];

  /** `told`: what there is already, of which nobody has to be told. */
  constructor(told: readonly BusDomain[], send: (signal: OutgoingMessage) => void) {
    this.#told = told;
    this.#send = send;
  }

  look(now: readonly BusDomain[]): void {
    const changes = changesBetween(this.#told, now);
    this.#told = now;
    for (const change of changes) {
      this.#send(signalOf(change));
      this.#send(signal(OLD_PATH, OLD_NAME, "stateChanged", "s", [change.domain.id]));
    }
  }
}

function signalOf(change: Change): OutgoingMessage {
  const path = domainPath(change.domain.handle);
  switch (change.type) {
    case "added":
      return signal(MANAGER_PATH, OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [
        path,
        managedDomain(change.domain),
      ]);
    case "changed":
      return signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [DOMAIN, change.values, []]);
    case "removed":
      return signal(MANAGER_PATH, OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, [DOMAIN]]);
  }
}

function signal(
  path: string,
  iface: string,
  member: string,
  signature: string,
  body: readonly unknown[],
): OutgoingMessage {
  return { type: SIGNAL, flags: NO_REPLY_EXPECTED, path, interface: iface, member, signature, body };
}

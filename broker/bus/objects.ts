// The objects on the bus: the manager, one for each domain, the old API's, and the folders above them. Asks the
// backend what there is now; touches nothing else.

import type { BusBackend, BusDomain } from "./backend.ts";
import type { BusChannels } from "./channels.ts";
import type { Variant } from "./message.ts";
import {
  DOMAIN,
  DOMAIN_INTERFACE,
  domainPath,
  DOMAINS_PATH,
  domainValues,
  handleOfPath,
} from "./net_pvd1_domain.ts";
import { managerInterface } from "./net_pvd1_manager.ts";
import { OLD_PATH, oldInterface } from "./old_api.ts";
import type { BusObject, Interface, ObjectTree } from "./table.ts";

export const MANAGER_PATH = "/net/pvd1";
export const OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager";

/** Interfaces of an object, and their properties: what ObjectManager tells. */
export type Managed = Record<string, Record<string, Variant>>;

export function managedDomain(domain: BusDomain): Managed {
  return { [DOMAIN]: Object.fromEntries(domainValues(domain)) };
}

export function objectTree(backend: BusBackend, channels: BusChannels): ObjectTree {
  const fixed = new Map([
    [MANAGER_PATH, object([managerInterface(backend, channels), objectManager(backend)])],
    [OLD_PATH, object([oldInterface(backend)])],
  ]);
  const folder = object([]);
  const childrenOf = (path: string): string[] => {
    const handles = backend.domains().map(({ handle }) => domainPath(handle));
    const above = path === "/" ? "/" : `${path}/`;
    const below = [...fixed.keys(), DOMAINS_PATH, ...handles].filter((each) => each.startsWith(above));
    return [...new Set(below.map((each) => each.slice(above.length).split("/")[0] ?? ""))];
  };
  const at = (path: string): BusObject | null => {
    const found = fixed.get(path);
    if (found !== undefined) return found;
    const handle = handleOfPath(path);
    if (handle === null) return childrenOf(path).length > 0 || path === DOMAINS_PATH ? folder : null;
    const domain = backend.domains().find((each) => each.handle === handle);
    return domain === undefined ? null : object([DOMAIN_INTERFACE], () => domainValues(domain));
  };
  return { at, childrenOf };
}

function object(
  interfaces: readonly Interface[],
  values: BusObject["values"] = () => new Map(),
): BusObject {
  return { interfaces: new Map(interfaces.map((each) => [each.name, each])), values };
}

function objectManager(backend: BusBackend): Interface {
  return {
    name: OBJECT_MANAGER,
    methods: new Map([["GetManagedObjects", {
      in: [],
      out: [["objects", "a{oa{sa{sv}}}"]],
      action: null,
      run: () => {
        const all = backend.domains().map((each) => [domainPath(each.handle), managedDomain(each)]);
        return { body: [Object.fromEntries(all)] };
      },
    }]]),
    signals: new Map([
      ["InterfacesAdded", [["object_path", "o"], ["interfaces_and_properties", "a{sa{sv}}"]]],
      ["InterfacesRemoved", [["object_path", "o"], ["interfaces", "as"]]],
    ]),
    properties: new Map(),
  };
}

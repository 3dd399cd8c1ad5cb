// The interfaces of the D-Bus specification that every object here has: Peer, Introspectable, Properties. Properties
// are read only. Reads the machine's id, and the object tree that it is given.

import { readTextFile } from "../../lib/linux/fd.ts";
import { introspect } from "./introspect.ts";
import {
  BusError,
  FAILED,
  INVALID_ARGS,
  PROPERTY_READ_ONLY,
  UNKNOWN_INTERFACE,
  UNKNOWN_PROPERTY,
} from "./message.ts";
import type { BusObject, Call, Interface, ObjectTree, OpenMethod } from "./table.ts";

export const PROPERTIES = "org.freedesktop.DBus.Properties";

/** Where the machine's id is, as systemd and as D-Bus itself keep it. */
const MACHINE_ID_FILES = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/** By name. */
export function standardInterfaces(tree: ObjectTree): ReadonlyMap<string, Interface> {
  const none = { signals: new Map(), properties: new Map() };
  const peer: Interface = {
    ...none,
    name: "org.freedesktop.DBus.Peer",
    methods: new Map<string, OpenMethod>([
      ["Ping", { in: [], out: [], action: null, run: () => ({ body: [] }) }],
      ["GetMachineId", {
        in: [],
        out: [["machine_uuid", "s"]],
        action: null,
        run: () => ({ body: [machineId()] }),
      }],
    ]),
  };
  const introspectable: Interface = {
    ...none,
    name: "org.freedesktop.DBus.Introspectable",
    methods: new Map<string, OpenMethod>([
      ["Introspect", {
        in: [],
        out: [["xml_data", "s"]],
        action: null,
        run: ({ path }) => ({
          body: [
            introspect(
              [...objectAt(tree, path).interfaces.values(), ...standard.values()],
              tree.childrenOf(path),
            ),
          ],
        }),
      }],
    ]),
  };
  const properties: Interface = {
    name: PROPERTIES,
    properties: new Map(),
    signals: new Map([["PropertiesChanged", [
      ["interface_name", "s"],
      ["changed_properties", "a{sv}"],
      ["invalidated_properties", "as"],
    ]]]),
    methods: new Map<string, OpenMethod>([
      ["Get", {
        in: [["interface_name", "s"], ["property_name", "s"]],
        out: [["value", "v"]],
        action: null,
        run: (call) => {
          const [iface, name] = propertyNamed(tree, call);
          return { body: [objectAt(tree, call.path).values(iface).get(name)] };
        },
      }],
      ["GetAll", {
        in: [["interface_name", "s"]],
        out: [["properties", "a{sv}"]],
        action: null,
        run: ({ path, args: [iface] }) => {
          const object = objectAt(tree, path);
          if (iface !== "" && !object.interfaces.has(text(iface)) && !standard.has(text(iface))) {
            throw new BusError(UNKNOWN_INTERFACE, `${path} has no interface ${text(iface)}`);
          }
          const names = iface === "" ? [...object.interfaces.keys()] : [text(iface)];
          return {
            body: [Object.fromEntries(names.flatMap((name) => [...valuesOf(object, name)]))],
          };
        },
      }],
      ["Set", {
        in: [["interface_name", "s"], ["property_name", "s"], ["value", "v"]],
        out: [],
        action: null,
        run: (call) => {
          const [iface, name] = propertyNamed(tree, call);
          throw new BusError(PROPERTY_READ_ONLY, `${iface}.${name} is read only`);
        },
      }],
    ]),
  };
  const standard = new Map([peer, introspectable, properties].map((each) => [each.name, each]));
  return standard;
}

function valuesOf(object: BusObject, iface: string) {
  return object.interfaces.has(iface) ? object.values(iface) : new Map();
}

function objectAt(tree: ObjectTree, path: string): BusObject {
  const object = tree.at(path);
  if (object === null) throw new BusError(FAILED, `${path} is gone`);
  return object;
}

/** The interface may be left out here too. */
function propertyNamed(tree: ObjectTree, { path, args: [iface, name] }: Call): [string, string] {
  const interfaces = [...objectAt(tree, path).interfaces.values()];
  const found = interfaces.find((each) =>
    (iface === "" || each.name === iface) && each.properties.has(text(name))
  );
  if (found !== undefined) return [found.name, text(name)];
  if (iface !== "" && !interfaces.some((each) => each.name === iface)) {
    throw new BusError(UNKNOWN_INTERFACE, `${path} has no interface ${text(iface)} with properties`);
  }
  throw new BusError(UNKNOWN_PROPERTY, `${text(iface) || path} has no property ${text(name)}`);
}

/** Signatures were compared before: this only tells the compiler. */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new BusError(INVALID_ARGS, "an argument is not text");
}

function machineId(): string {
  for (const file of MACHINE_ID_FILES) {
    const id = readTextFile(file, 256)?.trim() ?? "";
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  }
  throw new BusError(FAILED, "this machine has no id");
}

// The introspection XML of an object, from the very tables that its calls are dispatched by. Pure.
// https://dbus.freedesktop.org/doc/dbus-specification.html#introspection-format

import type { Argument, Interface } from "./table.ts";

const DOCTYPE = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">`;

/** One object: what it has, and the names of the objects right below it. */
export function introspect(interfaces: readonly Interface[], children: readonly string[]): string {
  const nodes = children.map((name) => ` <node ${attribute("name", name)}/>`);
  return [DOCTYPE, "<node>", ...interfaces.flatMap(interfaceXml), ...nodes, "</node>", ""].join("\n");
}

function interfaceXml({ name, methods, signals, properties }: Interface): string[] {
  return [
    ` <interface ${attribute("name", name)}>`,
    ...[...methods].flatMap(([member, method]) => [
      `  <method ${attribute("name", member)}>`,
      ...method.in.map((each) => argument(each, "in")),
      ...method.out.map((each) => argument(each, "out")),
      "  </method>",
    ]),
    ...[...signals].flatMap(([member, args]) => [
      `  <signal ${attribute("name", member)}>`,
      ...args.map((each) => argument(each, null)),
      "  </signal>",
    ]),
    ...[...properties].flatMap(([member, { signature, changes }]) => [
      `  <property ${attribute("name", member)} ${attribute("type", signature)} access="read">`,
      `   <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" ${
        attribute("value", changes)
      }/>`,
      "  </property>",
    ]),
    " </interface>",
  ];
}

function argument([name, signature]: Argument, direction: "in" | "out" | null): string {
  const side = direction === null ? "" : ` ${attribute("direction", direction)}`;
  return `   <arg ${attribute("name", name)} ${attribute("type", signature)}${side}/>`;
}

function attribute(name: string, value: string): string {
  const escaped = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return `${name}="${escaped}"`;
}

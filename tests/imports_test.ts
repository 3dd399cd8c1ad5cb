// Which file may import which: one way only, read from the import statements themselves. Reads the source files
// of this project and nothing else.

import { deepStrictEqual } from "node:assert/strict";

interface Import {
  /** Path in the project. */
  readonly from: string;
  /** Path in the project, or the specifier of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const ROOT = new URL("../", import.meta.url);
const ROOMS = ["lib", "client", "broker", "helper"];
/** What the broker may have from npm: settings file, checks, hashes, and of a D-Bus library the marshalling alone. */
const BROKER_PACKAGES = [
  "smol-toml",
  "valibot",
  "@noble/hashes/hmac.js",
  "@noble/hashes/sha2.js",
  "dbus-native/lib/dbus-buffer.js",
  "dbus-native/lib/marshall.js",
  "dbus-native/lib/signature.js",
  "dbus-native/lib/values.js",
  "node:buffer",
];
const CLIENT_PACKAGES = ["smol-toml", "valibot"];
/** Of lib, what the privileged program may load. */
const HELPER_LIB = [
  "lib/protocol.ts",
  "lib/limits.ts",
  "lib/views.ts",
  "lib/check.ts",
  "lib/escape.ts",
  "lib/launch_record.ts",
  "lib/ip.ts",
];

const files = ["main.ts", ...ROOMS.flatMap((room) => sourcesIn(room))];
const imports = files.flatMap(importsOf);

Deno.test("helper imports itself, the protocol, checks, launch record, ip and the Linux calls, and nothing else", () => {
  deepStrictEqual(
    wrong("helper", ({ to }) => in_("helper", to) || HELPER_LIB.includes(to) || in_("lib/linux", to)),
    [],
  );
});

Deno.test("what the helper loads of lib is as closed as the helper", () => {
  const loaded = reachable(files.filter((file) => in_("helper", file)));
  const closed = (file: string) => in_("helper", file) || HELPER_LIB.includes(file) || in_("lib/linux", file);
  deepStrictEqual(loaded.filter((file) => !closed(file)), []);
});

Deno.test("client imports itself, lib and the packages on its list, and nothing else", () => {
  deepStrictEqual(
    wrong("client", ({ to }) => in_("client", to) || in_("lib", to) || CLIENT_PACKAGES.includes(to)),
    [],
  );
});

Deno.test("broker imports itself, lib and the packages on its list, and nothing else", () => {
  deepStrictEqual(
    wrong("broker", ({ to }) => in_("broker", to) || in_("lib", to) || BROKER_PACKAGES.includes(to)),
    [],
  );
});

Deno.test("lib imports lib, and beside it one hash", () => {
  // The SHA-1 of MIF-PvD's ids has to be at hand at once, and the web's is not.
  const hash = (found: Import) =>
    found.from === "lib/ndp/identity.ts" && found.to === "@noble/hashes/legacy.js";
  deepStrictEqual(wrong("lib", (found) => in_("lib", found.to) || hash(found)), []);
});

Deno.test("what starts a program loads client and lib alone, no package and nothing of node's: it is to start at once", () => {
  const start = ["client/command_line.ts", "client/run.ts", "client/choice.ts", "client/shell.ts"];
  deepStrictEqual(reachable(start).filter((path) => !in_("client", path) && !in_("lib", path)), []);
});

Deno.test("main.ts imports client, broker and lib, and nothing else", () => {
  const rooms = ["client", "broker", "lib"];
  deepStrictEqual(
    wrong("main.ts", ({ to }) => rooms.some((room) => in_(room, to)) || to === "deno.json"),
    [],
  );
});

/** The imports of a room that are not allowed, as `from -> to`. */
function wrong(room: string, allowed: (found: Import) => boolean): string[] {
  return imports.filter((found) => in_(room, found.from) && !allowed(found)).map(({ from, to }) =>
    `${from} -> ${to}`
  );
}

/** Everything that these files load at run time, themselves too. */
function reachable(start: readonly string[]): string[] {
  const seen = new Set(start);
  for (const file of seen) {
    for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) seen.add(to);
  }
  return [...seen];
}

function in_(room: string, path: string): boolean {
  return path === room || path.startsWith(`${room}/`);
}

/** Tests are no part of the program: they may import what they like. */
function sourcesIn(room: string): string[] {
  return [...Deno.readDirSync(new URL(`${room}/`, ROOT))].flatMap(({ name, isDirectory }) => {
    const path = `${room}/${name}`;
    if (isDirectory) return sourcesIn(path);
    return /\.ts$/.test(name) && !/(_test|testing)\.ts$/.test(name) ? [path] : [];
  });
}

function importsOf(from: string): Import[] {
  const text = Deno.readTextFileSync(new URL(from, ROOT)).replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^"'`;]*?\sfrom\s+)?["']([^"']+)["']/gm);
  const calls = text.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [
    ...[...statements].map(([, type, to = ""]) => ({
      from,
      to: resolve(from, to),
      typeOnly: type !== undefined,
    })),
    ...[...calls].map(([, to = ""]) => ({ from, to: resolve(from, to), typeOnly: false })),
  ];
}

function resolve(from: string, to: string): string {
  if (!to.startsWith(".")) return to;
  return new URL(to, new URL(from, ROOT)).pathname.slice(ROOT.pathname.length);
}

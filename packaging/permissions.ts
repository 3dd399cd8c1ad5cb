// What each program may do, as flags of the runtime: read from deno.json's "permissions", the one place where it is
// written. Reads that file and nothing else.

import config from "../deno.json" with { type: "json" };
import { type Architecture, ARCHITECTURES } from "./paths.ts";

/** A permission set's name in deno.json. */
export type Party = "client" | "broker" | "helper" | "fetcher" | "advertise";

/** Per permission what is allowed; null: all of it. */
type Granted = ReadonlyMap<string, readonly string[] | null>;

/** For all of `parties` together, as one program that plays them. Throws Error where deno.json says what this does not
 * understand. */
export function permissionFlags(parties: readonly Party[], architecture: Architecture): string[] {
  const all = new Map<string, readonly string[] | null>();
  for (const party of parties) {
    for (const [name, values] of granted(party)) {
      const before = all.get(name);
      all.set(name, values === null || before === null ? null : [...new Set([...before ?? [], ...values])]);
    }
  }
  return [...all].map(([name, values]) => {
    const wanted = name === "ffi" && values !== null ? libcOf(values, architecture) : values;
    return wanted === null ? `--allow-${name}` : `--allow-${name}=${wanted.join(",")}`;
  });
}

function granted(party: Party): Granted {
  const set: Readonly<Record<string, unknown>> = config.permissions[party];
  return new Map(
    Object.entries(set).map(([name, value]) => {
      if (value === true) return [name, null];
      if (Array.isArray(value) && value.every((each) => typeof each === "string")) return [name, value];
      throw new Error(`deno.json: permission ${name} of ${party} is neither true nor a list`);
    }),
  );
}

/** The C library is another file on each architecture, and a program needs its own. */
function libcOf(paths: readonly string[], architecture: Architecture): string[] {
  const { libc } = ARCHITECTURES[architecture];
  if (!paths.includes(libc)) throw new Error(`deno.json: no program may load ${libc}`);
  return [libc];
}

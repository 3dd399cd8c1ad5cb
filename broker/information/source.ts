// Which server has a domain's information, if any. Pure.

import { HOST_NAME_PATTERN } from "../../lib/protocol.ts";
import { asciiLowerCase } from "../state/key.ts";
import type { Domain } from "../state/types.ts";
import type { Source } from "./types.ts";

/** Null: there is nothing to ask for. H of RFC 8801 alone says that there is; a router's list stands for the domains
 * of MIF-PvD, which have no such flag, where the settings want it. */
export function sourceOf(domain: Domain, fromRouters: boolean): Source | { readonly problem: string } | null {
  if (domain.encoding === "rfc8801" && domain.kind === "explicit") {
    if (!domain.flags.http) return null;
    const name = hostNameOf(domain.id);
    return name === null
      ? { problem: "the PvD's id is not a name that a web server can have" }
      : { source: "wellKnown", name };
  }
  const [router] = domain.routers;
  return fromRouters && router !== undefined ? { source: "router", name: router.router } : null;
}

/** As URL, SNI and Host have it: in lower case, without the final dot (the example of RFC 8801 4.1). */
export function hostNameOf(id: string): string | null {
  const name = asciiLowerCase(id).replace(/\.$/, "");
  return HOST_NAME_PATTERN.test(name) ? name : null;
}

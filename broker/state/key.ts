// The broker's own name for a domain, the same after a restart: link and id for an explicit one, link and
// router for an implicit one (RFC 8801 2). The helper keeps it beside the namespace. Pure.

import { MAX_ID_CHARS } from "../../lib/protocol.ts";

/**
 * "explicit eth1 example.org" or "implicit eth1 fe80::1". Links have no spaces in their names (dev_valid_name
 * in the kernel), so no id can make one domain's key look like another's. At most 2 * MAX_ID_CHARS.
 */
export function domainKey(kind: "explicit" | "implicit", link: string, idOrRouter: string): string {
  // RFC 8801 3.4: ids are compared without case.
  return `${kind} ${link} ${asciiLowerCase(idOrRouter)}`;
}

/** What an id must be to go to the helper and into people's commands: printable ASCII, no space. */
const NAMEABLE_ID = /^[\x21-\x7e]+$/;

export function isNameableId(id: string): boolean {
  return id.length <= MAX_ID_CHARS && NAMEABLE_ID.test(id);
}

/** RFC 4343: only the letters of ASCII have a case in DNS names. */
export function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What a key says of its domain; null where it is none of ours. */
export function parseDomainKey(
  key: string,
): { kind: "explicit" | "implicit"; link: string; idOrRouter: string } | null {
  const [kind, link, ...rest] = key.split(" ");
  if (kind !== "explicit" && kind !== "implicit" || link === undefined || link === "" || rest.length === 0) {
    return null;
  }
  return { kind, link, idOrRouter: rest.join(" ") };
}

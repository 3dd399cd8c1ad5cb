// Where a fetch may go: only to port 443 of a DNS name, and to no address that is this machine. A PvD's id and every
// redirect are a stranger's word, so both are held to it (RFC 8801 4.1 says MUST follow; these are its bounds). Pure.

import { isLinkLocal, isLoopback, isMulticast, isUnspecified, parseAddress } from "../lib/ip.ts";
import { HOST_NAME_PATTERN } from "../lib/protocol.ts";
import { FetchFailure } from "./failure.ts";

export interface Target {
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

const MAX_URL_CHARS = 2048;
/** What stands for a port in a URL object where it is the scheme's own. */
const DEFAULT_PORT = "";

/** RFC 8801 4.1: the well-known URI of a PvD. Throws FetchFailure. */
export function wellKnownTarget(name: string): Target {
  const host = name.toLowerCase().replace(/\.$/, "");
  if (!isPublicName(host)) {
    throw new FetchFailure("redirect", "the PvD's name is not one that a web server can have");
  }
  return { host, path: "/.well-known/pvd" };
}

/** Where a Location header leads from `from`. Throws FetchFailure `redirect`. */
export function redirectTarget(from: Target, location: string | null): Target {
  if (location === null) throw new FetchFailure("redirect", "a redirect without a Location");
  let url: URL;
  try {
    if (location.length > MAX_URL_CHARS) throw new TypeError("too long");
    url = new URL(location, `https://${from.host}${from.path}`);
  } catch {
    throw new FetchFailure("redirect", "a redirect to what is no URL");
  }
  if (url.protocol !== "https:") {
    throw new FetchFailure("redirect", `a redirect to ${url.protocol}, not https`);
  }
  if (url.port !== DEFAULT_PORT) {
    throw new FetchFailure("redirect", `a redirect to port ${url.port}, not 443`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new FetchFailure("redirect", "a redirect with a user's name in it");
  }
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (!isPublicName(host)) {
    throw new FetchFailure("redirect", `a redirect to ${host}, which is no public name`);
  }
  return { host, path: `${url.pathname}${url.search}` };
}

/** RFC 6761 6.3: localhost and all below it are this machine. */
function isPublicName(host: string): boolean {
  return HOST_NAME_PATTERN.test(host) && !/(^|\.)localhost$/.test(host);
}

/** Whether a name may stand for this address: not for loopback, whatever way it is written, nor for what has no
 * meaning beyond one link (169.254.169.254 is where clouds keep secrets). */
export function isAllowedAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === null) return false;
  const inner = address.length === 16 ? embeddedIpv4(address) : null;
  return [address, ...(inner === null ? [] : [inner])].every((each) =>
    !isLoopback(each) && !isUnspecified(each) && !isLinkLocal(each) && !isMulticast(each) &&
    !(each.length === 4 && each[0] === 0)
  );
}

/** The IPv4 address inside ::ffff:0:0/96 and 64:ff9b::/96, or null. */
function embeddedIpv4(address: Uint8Array): Uint8Array | null {
  const hex = [...address.subarray(0, 12)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  const known = hex === "00000000000000000000ffff" || hex === "0064ff9b0000000000000000";
  return known ? address.slice(12) : null;
}

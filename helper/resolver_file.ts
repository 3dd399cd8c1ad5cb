// The resolver file of a domain (resolv.conf(5)): where ip-netns(8) looks for it, and what programs launched in the
// domain see as /etc/resolv.conf. Its parts were checked before they came here.

import { isLinkLocal, parseIpv6 } from "../lib/ip.ts";
import { isThere, makeFolder, readTextFile, removeFile, removeFolder, replaceFile } from "../lib/linux/fd.ts";
import { DOMAIN_INTERFACE, type WantedDomain } from "../lib/protocol.ts";

const FOLDER = "/etc/netns";

/** Pure. A domain without resolvers gets a file that names none: the C library then asks nobody outside. */
export function resolverText(wanted: Pick<WantedDomain, "id" | "resolvers" | "searchDomains">): string {
  const lines = [`# Made by pvd for the provisioning domain ${wanted.id}. Changes are overwritten.`];
  for (const resolver of wanted.resolvers) {
    const bytes = parseIpv6(resolver);
    const zone = bytes !== null && isLinkLocal(bytes) ? `%${DOMAIN_INTERFACE}` : "";
    lines.push(`nameserver ${resolver}${zone}`);
  }
  if (wanted.searchDomains.length > 0) lines.push(`search ${wanted.searchDomains.join(" ")}`);
  return lines.join("\n") + "\n";
}

export function resolverPath(handle: string): string {
  return `${FOLDER}/${handle}/resolv.conf`;
}

/** Writes the file where its content changes. In place of the old one by rename; throws LinuxError. */
export function writeResolverFile(handle: string, wanted: WantedDomain, isNew: boolean): void {
  const content = resolverText(wanted);
  if (!isNew && readTextFile(resolverPath(handle)) === content) return;
  if (!isThere(FOLDER)) makeFolder(FOLDER, 0o755);
  makeFolder(`${FOLDER}/${handle}`, 0o755);
  replaceFile(resolverPath(handle), content, 0o644);
}

export function removeResolverFile(handle: string): void {
  removeFile(resolverPath(handle));
  removeFolder(`${FOLDER}/${handle}`);
}

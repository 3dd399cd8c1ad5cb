// The resolver file of a domain (resolv.conf(5)): where ip-netns(8) looks for it, and what programs launched in the
// domain see as /etc/resolv.conf. Its parts were checked before they came here.

import { isLinkLocal, parseIpv6 } from "../lib/ip.ts";
import { overwriteFile } from "../lib/linux/entry.ts";
import { isThere, makeFolder, readTextFile, removeFile, removeFolder, replaceFile } from "../lib/linux/fd.ts";
import { DOMAIN_INTERFACE, type WantedDomain } from "../lib/protocol.ts";

const FOLDER = "/etc/netns";
/** Where no server is named, resolvers ask the loopback address, which is the domain's own and answers nobody; those
 * that do not hear of the refusal wait for as long as they are told. */
const UNANSWERED = "options timeout:1 attempts:1";

/** Pure. A domain without resolvers gets a file that names none: nobody outside is asked. Without search domains it says
 * so: the C library would take the domain of the host's own name instead. */
export function resolverText(wanted: Pick<WantedDomain, "id" | "resolvers" | "searchDomains">): string {
  const lines = [`# Made by pvd for the provisioning domain ${wanted.id}. Changes are overwritten.`];
  for (const resolver of wanted.resolvers) {
    const bytes = parseIpv6(resolver);
    const zone = bytes !== null && isLinkLocal(bytes) ? `%${DOMAIN_INTERFACE}` : "";
    lines.push(`nameserver ${resolver}${zone}`);
  }
  if (wanted.resolvers.length === 0) lines.push("# It has announced no resolver.", UNANSWERED);
  lines.push(`search ${wanted.searchDomains.join(" ") || "."}`);
  return lines.join("\n") + "\n";
}

export function resolverPath(handle: string): string {
  return `${FOLDER}/${handle}/resolv.conf`;
}

/** Writes the file where its content changes: in place, because programs that run have that very file as theirs. Throws
 * LinuxError. */
export function writeResolverFile(handle: string, wanted: WantedDomain, isNew: boolean): void {
  const content = resolverText(wanted);
  const before = isNew ? null : readTextFile(resolverPath(handle));
  if (before === content) return;
  if (before !== null) return overwriteFile(resolverPath(handle), content);
  if (!isThere(FOLDER)) makeFolder(FOLDER, 0o755);
  makeFolder(`${FOLDER}/${handle}`, 0o755);
  replaceFile(resolverPath(handle), content, 0o644);
}

export function removeResolverFile(handle: string): void {
  removeFile(resolverPath(handle));
  // One that a helper was killed over.
  removeFile(`${resolverPath(handle)}.new`);
  removeFolder(`${FOLDER}/${handle}`);
}

// What a program in a domain sees otherwise than the host does, so that names are asked of the domain's resolvers only
// (resolv.conf(5), nsswitch.conf(5)): its own resolver file and name service switch in /etc, and nothing in /run of
// the services that answer from the host's network. docs/dns.md tells what is closed by which.

import { MS_BIND } from "../lib/linux/abi.ts";
import { overwriteFile } from "../lib/linux/entry.ts";
import { isThere, makeFolder, readTextFile, replaceFile } from "../lib/linux/fd.ts";
import { MountTable } from "../lib/linux/mount_table.ts";
import { mount } from "../lib/linux/namespace.ts";
import type { Domain } from "./domains.ts";
import { explain, Failure } from "./failure.ts";
import { ownNameService } from "./name_service.ts";
import { coverEtc, prepareEtc } from "./own_etc.ts";
import { resolverPath } from "./resolver_file.ts";
import { VarRun } from "./var_run.ts";

const RESOLVER = "resolv.conf";
const NAME_SERVICE = "nsswitch.conf";
/** The machine's mounts, seen from any mount namespace. */
const MACHINE_MOUNTS = "/proc/1/mountinfo";
const OWN_NAME_SERVICE = "/run/pvd-helper/nsswitch.conf";
/** An empty folder, root's, that hides others. */
const EMPTY_FOLDER = "/run/pvd-helper/empty";
/** nscd(8), avahi-daemon(8), systemd-resolved(8): by their folders, so that one whose socket is made anew stays hidden.
 * Only the first is asked by way of no other file of ours. */
const SERVICES_ROUND = ["/run/nscd", "/run/avahi-daemon", "/run/systemd/resolve"];

export class OwnView {
  readonly #mounts = new MountTable(MACHINE_MOUNTS);
  readonly #varRun: VarRun;
  #nameService: string | null = null;

  /** Once at start. Throws LinuxError. */
  constructor() {
    makeFolder(EMPTY_FOLDER, 0o755);
    prepareEtc([RESOLVER, NAME_SERVICE]);
    this.#varRun = new VarRun();
  }

  /** In the mount namespace of a child to be. Throws Failure that names the domain: then nothing may be started. */
  enter(domain: Domain): void {
    try {
      this.#followNameService();
      const files = [
        { name: RESOLVER, source: resolverPath(domain.handle) },
        { name: NAME_SERVICE, source: OWN_NAME_SERVICE },
      ];
      coverEtc(files, this.#mounts.points());
      this.#varRun.cover();
      hideFolders(SERVICES_ROUND);
    } catch (error) {
      const detail = explain(error).message;
      throw new Failure(
        "failed",
        `${domain.record.id}: putting the domain's resolvers in place of the host's: ${detail}`,
      );
    }
  }

  /** The host's may change; programs that run already see the same file, so it is changed in place. */
  #followNameService(): void {
    const text = ownNameService(readTextFile(`/etc/${NAME_SERVICE}`));
    if (text === this.#nameService) return;
    if (isThere(OWN_NAME_SERVICE)) overwriteFile(OWN_NAME_SERVICE, text);
    else replaceFile(OWN_NAME_SERVICE, text, 0o644);
    this.#nameService = text;
  }
}

/** In the mount namespace of a child to be: those that are there become empty folders. Throws LinuxError. */
export function hideFolders(folders: readonly string[]): void {
  for (const folder of folders) if (isThere(folder)) mount(EMPTY_FOLDER, folder, "", MS_BIND);
}

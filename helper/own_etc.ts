// /etc as programs in domains see it: the host's, with a few files of ours in it. A mount over the file itself would not
// hold: whoever replaces the file on the host by rename takes that mount away everywhere (mount_namespaces(7)). A
// mount over the folder holds. To be called in the mount namespace of a child to be; it changes nothing on the host.

import * as abi from "../lib/linux/abi.ts";
import { kindOf, makeLink } from "../lib/linux/entry.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { close, isThere, linkTarget, makeFolder, namesIn, open } from "../lib/linux/fd.ts";
import { mount } from "../lib/linux/namespace.ts";
import { outermostBelow } from "../lib/linux/mount_table.ts";

const ETC = "/etc";
/** Where the view is put together before it is moved into place. */
const VIEW = "/run/pvd-helper/view";
/** Has a file of each name that is ours: what shows through where nothing is mounted is never the host's. */
const LAYER = "/run/pvd-helper/etc";
const FLAGS = abi.MS_RDONLY | abi.MS_NOSUID | abi.MS_NODEV;
/** None is of use to a layer that nobody writes to, and with some of them on the kernel's log gets a line a mount. */
const OVERLAY_OPTIONS = `lowerdir=${LAYER}:${ETC},xino=off,index=off,nfs_export=off`;

/** A name in /etc, and the file that is to be seen there. */
export interface OwnFile {
  readonly name: string;
  readonly source: string;
}

/** Once at start. `names` are all that will ever be ours. Throws LinuxError. */
export function prepareEtc(names: readonly string[]): void {
  makeFolder(VIEW, 0o755);
  makeFolder(LAYER, 0o755);
  for (const name of names) makeFile(`${LAYER}/${name}`);
}

/** Covers /etc with the same folder, read-only, in which `files` are ours. Other names are the host's; what is mounted on
 * the host below /etc (`mountPoints` has everything that is mounted) is there as well. Throws LinuxError. */
export function coverEtc(files: readonly OwnFile[], mountPoints: readonly string[]): void {
  const ours = files.map(({ name }) => `${ETC}/${name}`);
  if (isOverlaid()) {
    for (const point of outermostBelow(mountPoints, ETC)) {
      if (!ours.includes(point)) bindIfThere(point, `${VIEW}${point.slice(ETC.length)}`);
    }
  } else copyNames(files);
  for (const { name, source } of files) mount(source, `${VIEW}/${name}`, "", abi.MS_BIND);
  mount(VIEW, ETC, "", abi.MS_MOVE);
}

/** One mount, however much there is in /etc. False where the kernel has no overlays, or takes no more of them over what
 * is an overlay of an overlay already, as on some live systems. */
function isOverlaid(): boolean {
  try {
    mount("pvd", VIEW, "overlay", FLAGS, OVERLAY_OPTIONS);
    return true;
  } catch (error) {
    if (error instanceof LinuxError) return false;
    throw error;
  }
}

/** The same by one mount an entry: ten times as slow. */
function copyNames(files: readonly OwnFile[]): void {
  mount("pvd", VIEW, "tmpfs", abi.MS_NOSUID | abi.MS_NODEV, "mode=0755");
  for (const { name } of files) makeFile(`${VIEW}/${name}`);
  const others = namesIn(ETC).filter((name) => !files.some((file) => file.name === name));
  for (const name of others) {
    const [from, to] = [`${ETC}/${name}`, `${VIEW}/${name}`];
    switch (kindOf(from)) {
      case null:
        continue;
      case abi.S_IFLNK:
        makeLink(linkTarget(from) ?? "", to);
        continue;
      case abi.S_IFDIR:
        makeFolder(to, 0o755);
        break;
      default:
        makeFile(to);
    }
    bindIfThere(from, to);
  }
  mount("", VIEW, "", FLAGS | abi.MS_REMOUNT | abi.MS_BIND);
}

/** What goes away meanwhile is not missed. */
function bindIfThere(from: string, to: string): void {
  try {
    mount(from, to, "", abi.MS_BIND | abi.MS_REC);
  } catch (error) {
    if (isThere(from)) throw error;
  }
}

function makeFile(path: string): void {
  close(open(path, abi.O_WRONLY | abi.O_CREAT | abi.O_NOFOLLOW, 0o644));
}

// The mount points of a mount namespace (proc_pid_mountinfo(5)), read again only when the kernel says that they have
// changed: a machine with containers has hundreds. Holds one descriptor of /proc.

import { O_RDONLY, POLLPRI } from "./abi.ts";
import { close, open, readAll } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** A line is a few hundred bytes, and the kernel allows a hundred thousand (sysctl fs.mount-max). */
const MAX_BYTES = 64 * 1024 * 1024;

export class MountTable {
  readonly #path: string;
  #fd = -1;
  #points: readonly string[] = [];

  /** `path`: the mountinfo of a process in that namespace. Whoever holds it open keeps the namespace alive, so it must
   * not be one that is made for a moment. */
  constructor(path: string) {
    this.#path = path;
  }

  /** All mount points now, each once. Throws LinuxError. */
  points(): readonly string[] {
    if (this.#fd >= 0 && !this.#isChanged()) return this.#points;
    if (this.#fd >= 0) close(this.#fd);
    this.#fd = -1;
    // Opened anew before it is read: a change from here on is told.
    const fd = open(this.#path, O_RDONLY);
    try {
      this.#points = mountPoints(new TextDecoder().decode(readAll(fd, MAX_BYTES)));
    } catch (error) {
      close(fd);
      throw error;
    }
    this.#fd = fd;
    return this.#points;
  }

  close(): void {
    if (this.#fd >= 0) close(this.#fd);
    this.#fd = -1;
  }

  #isChanged(): boolean {
    const pollfd = allocate(8);
    view(pollfd).setInt32(0, this.#fd, true);
    view(pollfd).setInt16(4, POLLPRI, true);
    return libc.poll(pollfd, 1n, 0) !== 0;
  }
}

/** Pure: the fifth field of each line, where space, tab, newline and backslash are octal. */
export function mountPoints(mountinfo: string): string[] {
  const points = mountinfo.split("\n").map((line) => line.split(" ")[4] ?? "").filter((point) =>
    point !== ""
  );
  return [...new Set(points)].map((point) =>
    point.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
  );
}

/** Pure: of the mount points below a folder those that lie below no other of them. */
export function outermostBelow(points: readonly string[], folder: string): string[] {
  const below = points.filter((point) => point.startsWith(`${folder}/`)).sort();
  return below.filter((point) => !below.some((other) => point.startsWith(`${other}/`)));
}

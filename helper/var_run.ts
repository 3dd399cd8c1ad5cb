// /var/run as programs in domains see it: links to everything in /run but the name service cache (nscd(8)), which the C
// library asks at /var/run/nscd/socket before anything else and which answers from the host's network. Covering its
// folder alone would not hold: where the service makes it anew at a restart, the cover goes with the old one. Owns
// one folder in /run.

import { LinuxError } from "../lib/linux/error.ts";
import { changeMark, kindOf, makeLink } from "../lib/linux/entry.ts";
import { MS_BIND, O_NOFOLLOW, O_PATH } from "../lib/linux/abi.ts";
import { close, isThere, linkTarget, makeFolder, namesIn, open, removeFile } from "../lib/linux/fd.ts";
import { mount } from "../lib/linux/namespace.ts";
import { log } from "./log.ts";

const RUN = "/run";
const VAR_RUN = "/var/run";
/** How distributions link the one to the other; where it is a folder of its own, it is left alone. */
const TARGETS = ["/run", "../run", "/run/", "../run/"];
const LINKS = "/run/pvd-helper/var-run";
const LINK_TO_LINKS = "/run/pvd-helper/var-run.link";
const HIDDEN = "nscd";

export class VarRun {
  #mark: string | null = null;
  #isPossible: boolean;

  /** Throws LinuxError. */
  constructor() {
    this.#isPossible = TARGETS.includes(linkTarget(VAR_RUN) ?? "");
    makeFolder(LINKS, 0o755);
    if (kindOf(LINK_TO_LINKS) === null) makeLink(LINKS, LINK_TO_LINKS);
    for (const name of namesIn(LINKS)) if (!isThere(`${RUN}/${name}`)) removeFile(`${LINKS}/${name}`);
  }

  /** In the mount namespace of a child to be. Throws LinuxError. */
  cover(): void {
    if (!this.#isPossible) return;
    this.#follow();
    try {
      mountLink(LINK_TO_LINKS, VAR_RUN);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      // The service's folder is covered all the same, and most services keep theirs.
      this.#isPossible = false;
      log("warning", `nscd stays hidden only until its folder is made anew: ${error.message}`);
    }
  }

  /** Names that go stay, as links that lead nowhere, because most come again. */
  #follow(): void {
    const mark = changeMark(RUN);
    if (mark === this.#mark) return;
    const known = new Set(namesIn(LINKS));
    for (const name of namesIn(RUN)) {
      if (name !== HIDDEN && !known.has(name)) makeLink(`${RUN}/${name}`, `${LINKS}/${name}`);
    }
    this.#mark = mark;
  }
}

/** A link over a link: a path would be followed, so both are named by descriptors (path_resolution(7)). */
function mountLink(source: string, target: string): void {
  const from = open(source, O_PATH | O_NOFOLLOW);
  try {
    const to = open(target, O_PATH | O_NOFOLLOW);
    try {
      mount(`/proc/thread-self/fd/${from}`, `/proc/thread-self/fd/${to}`, "", MS_BIND);
    } finally {
      close(to);
    }
  } finally {
    close(from);
  }
}

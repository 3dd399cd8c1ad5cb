// The file `domains` beside the clients' socket: what people can type for DOMAIN, a line each, so that a shell can
// complete it by itself. A shell that had to start a program for it would be slow; one that had to ask the bus
// could start the broker. Readable by everybody, as `pvd list` is. Touches that one file.

import { removeFile, replaceFile } from "../lib/linux/fd.ts";
import { DOMAINS_FILE_NAME, type DomainState } from "../lib/protocol.ts";
import { describeError, type Log } from "./log.ts";
import { asciiLowerCase } from "./state/key.ts";
import type { After, Cancel } from "./timers.ts";

export interface NamedDomain {
  readonly id: string;
  readonly kind: "explicit" | "implicit";
  readonly link: string;
  readonly state: DomainState;
  /** The namespace's name; null until there is one. */
  readonly handle: string | null;
}

/** What needs no thought on a command line: printable ASCII, no option, no home folder of a shell's. */
const TYPEABLE = /^[\x21-\x2c\x2e-\x7d][\x21-\x7e]*$/;

/** "NAME<tab>kind, link, state" a line, sorted. The name is the id, where that is one PvD's alone and can be typed;
 * else the namespace's. */
export function namesText(domains: readonly NamedDomain[]): string {
  const counts = new Map<string, number>();
  for (const { id } of domains) {
    const key = asciiLowerCase(id);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const lines = domains.flatMap(({ id, kind, link, state, handle }) => {
    const clear = counts.get(asciiLowerCase(id)) === 1 && TYPEABLE.test(id);
    const name = clear ? id : handle;
    // Links have no white space in their names (dev_valid_name in the kernel), but may have anything else.
    const shown = link.replace(/[^\x21-\x7e]/g, "?");
    return name === null
      ? []
      : [`${name}\t${clear ? "" : `${id.replace(/[^\x21-\x7e]/g, "?")}, `}${kind}, ${shown}, ${state}\n`];
  });
  return lines.toSorted().join("");
}

/** Changes that come at once are written at once. */
const SOON_MS = 50;

export interface NamesFileOptions {
  readonly clientSocket: string;
  readonly after: After;
  readonly log: Log;
  readonly domains: () => readonly NamedDomain[];
}

export class NamesFile {
  readonly #options: NamesFileOptions;
  readonly #path: string;
  #written: string | null = null;
  #cancel: Cancel | null = null;
  #failed = false;

  constructor(options: NamesFileOptions) {
    this.#options = options;
    const { clientSocket } = options;
    this.#path = `${clientSocket.slice(0, clientSocket.lastIndexOf("/"))}/${DOMAINS_FILE_NAME}`;
  }

  changed(): void {
    this.#cancel ??= this.#options.after(SOON_MS, () => this.#write());
  }

  /** Without a broker no name means anything. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    removeFile(this.#path);
  }

  #write(): void {
    this.#cancel = null;
    const text = namesText(this.#options.domains());
    if (text === this.#written) return;
    try {
      replaceFile(this.#path, text, 0o644);
      this.#written = text;
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) {
        this.#options.log("warning", `shells cannot complete names of PvDs: ${describeError(error)}`);
      }
      this.#failed = true;
    }
  }
}

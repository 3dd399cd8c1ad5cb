// The helper's memory across restarts: one file a domain in a folder that only root can write. It is written before
// a namespace gets its name, so that whatever a crash leaves behind has a record by which it is found or removed.

import { asObject, text, textOrNull } from "../lib/check.ts";
import { makeFolder, namesIn, readTextFile, removeFile, replaceFile } from "../lib/linux/fd.ts";
import { HANDLE_PATTERN, MAX_ID_CHARS } from "../lib/protocol.ts";

export interface DomainRecord {
  readonly key: string;
  readonly id: string;
  readonly link: string;
  readonly mac: string | null;
  /** Device and inode of the namespace. */
  readonly namespace: string;
}

export class Records {
  readonly #folder: string;

  /** Throws LinuxError where the folder cannot be made. */
  constructor(folder: string) {
    this.#folder = folder;
    makeFolder(folder, 0o700);
  }

  write(handle: string, record: DomainRecord): void {
    replaceFile(`${this.#folder}/${handle}`, JSON.stringify(record), 0o600);
  }

  remove(handle: string): void {
    removeFile(`${this.#folder}/${handle}`);
    // One that a helper was killed over.
    removeFile(`${this.#folder}/${handle}.new`);
  }

  /** Every record; null for one that cannot be read. */
  all(): Map<string, DomainRecord | null> {
    const records = new Map<string, DomainRecord | null>();
    for (const handle of namesIn(this.#folder)) {
      if (HANDLE_PATTERN.test(handle)) records.set(handle, this.#read(handle));
    }
    return records;
  }

  #read(handle: string): DomainRecord | null {
    try {
      const value: unknown = JSON.parse(readTextFile(`${this.#folder}/${handle}`, 65_536) ?? "");
      const fields = asObject(value, ["key", "id", "link", "mac", "namespace"], "record");
      return {
        key: text(fields, "key", MAX_ID_CHARS * 2),
        id: text(fields, "id", MAX_ID_CHARS),
        link: text(fields, "link", 15),
        mac: textOrNull(fields, "mac", 17),
        namespace: text(fields, "namespace", 64),
      };
    } catch {
      return null;
    }
  }
}

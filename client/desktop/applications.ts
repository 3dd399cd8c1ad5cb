// Desktop entries in the folders for applications (Desktop Entry Specification, "Desktop File ID"). Reads only.

import { escapeText } from "../../lib/escape.ts";
import { O_NOCTTY, O_NONBLOCK, O_RDONLY, S_IFMT, S_IFREG } from "../../lib/linux/abi.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { close, namesIn, open, readAll, statusOf } from "../../lib/linux/fd.ts";
import { ClientError } from "../errors.ts";
import { dataFolders, dataHome, type Environment } from "./folders.ts";
import { readLauncher } from "./launcher.ts";

export const SUFFIX = ".desktop";
/** More than any desktop entry has, all its languages included. */
const MAX_ENTRY_BYTES = 1 << 20;

export interface Application {
  /** "firefox.desktop", with no folder in it. */
  readonly source: string;
  readonly file: string;
  readonly entry: string;
}

/** Where a person's own launchers are. Throws ClientError. */
export function ownApplications(environment: Environment): string {
  const home = dataHome(environment);
  if (home !== null) return `${home}/applications`;
  const message =
    "there is no folder for launchers: neither XDG_DATA_HOME nor HOME is an absolute path in UTF-8";
  throw new ClientError("failed", message);
}

/** "firefox", "firefox.desktop" or a path, as an entry. Throws ClientError. */
export function findApplication(word: string, environment: Environment): Application {
  const isPath = word.includes("/");
  const source = sourceOf(word);
  const files = isPath ? [word] : dataFolders(environment)
    .flatMap((folder) => placesOf(source).map((place) => `${folder}/applications/${place}`));
  for (const file of files) {
    const entry = readEntry(file);
    if (entry !== null) return { source, file, entry };
  }
  const where = isPath ? "" : " in the folders for applications (XDG_DATA_DIRS)";
  throw new ClientError(
    "failed",
    `there is no ${escapeText(isPath ? word : source)}${where}; check how it is spelled`,
  );
}

/** "firefox" and "/path/firefox.desktop" are both "firefox.desktop". */
export function sourceOf(word: string): string {
  const name = word.slice(word.lastIndexOf("/") + 1);
  return name.endsWith(SUFFIX) ? name : `${name}${SUFFIX}`;
}

/** The text of an entry, or null where there is none. Throws ClientError. */
export function readEntry(file: string): string | null {
  try {
    return readRegularFile(file);
  } catch (error) {
    if (!(error instanceof LinuxError || error instanceof RangeError)) throw error;
    if (error instanceof LinuxError && ["ENOENT", "ENOTDIR"].includes(error.errnoName)) return null;
    throw new ClientError("failed", `${escapeText(file)} cannot be read: ${escapeText(error.message)}`);
  }
}

/** Of a FIFO, neither its opening nor its reading may end. Throws ClientError for what is no file to be read whole,
 * LinuxError, RangeError. */
function readRegularFile(file: string): string {
  const fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    if ((statusOf(fd).mode & S_IFMT) !== S_IFREG) {
      const message = `${escapeText(file)} is not a regular file, as a desktop entry must be`;
      throw new ClientError("failed", `${message}; name another, or move it away`);
    }
    return new TextDecoder().decode(readAll(fd, MAX_ENTRY_BYTES));
  } finally {
    close(fd);
  }
}

/** The same, but null also for one that cannot be read: whoever looks through many of them goes on. */
export function readableEntry(file: string): string | null {
  try {
    return readEntry(file);
  } catch (error) {
    if (error instanceof ClientError) return null;
    throw error;
  }
}

export interface Launcher {
  readonly domain: string;
  readonly source: string;
  readonly file: string;
}

/** The launchers of pvd's in a folder, by their names; without those that cannot be read. */
export function launchersIn(folder: string): Launcher[] {
  return namesIn(folder).filter((name) => name.startsWith("pvd-") && name.endsWith(SUFFIX)).toSorted()
    .flatMap((name) => {
      const file = `${folder}/${name}`;
      const facts = readLauncher(readableEntry(file) ?? "");
      return facts === null ? [] : [{ ...facts, file }];
    });
}

/** An id may have folders in it: "kde-konsole.desktop" is also "kde/konsole.desktop". */
function placesOf(source: string): string[] {
  const places = [source];
  for (let at = source.indexOf("-"); at >= 0; at = source.indexOf("-", at + 1)) {
    places.push(`${source.slice(0, at).replaceAll("-", "/")}/${source.slice(at + 1)}`);
  }
  return places;
}

// Finds the program that a person means, as a shell does, so that only its path travels to the helper. Paths are
// bytes throughout: a folder on PATH need not be UTF-8. Asks the file system through `Files` only.

import { exists, isFolder, mayExecute } from "../lib/linux/access.ts";

/** What is asked about files; given in tests. */
export interface Files {
  exists(path: Uint8Array): boolean;
  isFolder(path: Uint8Array): boolean;
  mayExecute(path: Uint8Array): boolean;
}

export type FoundCommand =
  /** `path` has a slash in it. */
  | { readonly type: "found"; readonly path: Uint8Array }
  | { readonly type: "notFound"; readonly why: string }
  | { readonly type: "notExecutable"; readonly path: Uint8Array; readonly why: string };

/** Where programs are looked for without PATH, as execvp(3) of glibc does. */
const DEFAULT_PATH = "/bin:/usr/bin";
const SLASH = 0x2f, COLON = 0x3a;

/** The program for `command`; `environment` is "NAME=value" each. */
export function findCommand(
  command: Uint8Array,
  environment: readonly Uint8Array[],
  files: Files = { exists, isFolder, mayExecute },
): FoundCommand {
  if (command.length === 0) return { type: "notFound", why: "its name is empty" };
  if (command.includes(SLASH)) return judge(command, files);
  let refused: FoundCommand | null = null;
  for (const folder of foldersOf(pathOf(environment))) {
    const judged = judge(inFolder(folder, command), files);
    if (judged.type === "found") return judged;
    // A folder of that name is no candidate at all for a shell.
    if (judged.type === "notExecutable" && !files.isFolder(judged.path)) refused ??= judged;
  }
  return refused ?? { type: "notFound", why: "no folder on PATH has it" };
}

function judge(path: Uint8Array, files: Files): FoundCommand {
  if (!files.exists(path)) return { type: "notFound", why: "there is no such file" };
  if (files.isFolder(path)) return { type: "notExecutable", path, why: "it is a folder" };
  if (!files.mayExecute(path)) return { type: "notExecutable", path, why: "you may not execute it" };
  return { type: "found", path };
}

function pathOf(environment: readonly Uint8Array[]): Uint8Array {
  const name = encode("PATH=");
  const entry = environment.find((each) => name.every((byte, at) => each[at] === byte));
  return entry === undefined ? encode(DEFAULT_PATH) : entry.subarray(name.length);
}

function foldersOf(path: Uint8Array): Uint8Array[] {
  const folders: Uint8Array[] = [];
  let start = 0;
  for (let colon = path.indexOf(COLON); colon >= 0; colon = path.indexOf(COLON, start)) {
    folders.push(path.subarray(start, colon));
    start = colon + 1;
  }
  return [...folders, path.subarray(start)];
}

/** An empty entry of PATH is the working folder. */
function inFolder(folder: Uint8Array, command: Uint8Array): Uint8Array {
  const start = folder.length === 0 ? encode(".") : folder;
  const path = new Uint8Array(start.length + 1 + command.length);
  path.set(start);
  path[start.length] = SLASH;
  path.set(command, start.length + 1);
  return path;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

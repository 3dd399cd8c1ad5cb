// The version of a build: deno.json's, and when the source of it was made, so that a package of newer source is newer to
// apt. Asks git, where the project is a clone; changes nothing.

import { runTool } from "./tools.ts";

const PROJECT = new URL("..", import.meta.url).pathname;

/** The commit that a clone is at. */
export interface Commit {
  /** In seconds, as git has them. */
  readonly committedS: number;
  /** "846bc28" */
  readonly hash: string;
  /** Whether files differ from it. */
  readonly changed: boolean;
}

/** "0.1.0+20261121.160416.git846bc28": the date stands first, so that dpkg(1) sorts by it wherever a package was made. Of
 * source that is no commit's, the date is `builtMs`. Pure. */
export function buildVersion(plain: string, commit: Commit | null, builtMs: number): string {
  const ms = commit === null || commit.changed ? builtMs : commit.committedS * 1000;
  const digits = new Date(ms).toISOString().replace(/\D/g, "");
  const source = commit === null ? "" : `.git${commit.hash}${commit.changed ? ".changed" : ""}`;
  return `${plain}+${digits.slice(0, 8)}.${digits.slice(8, 14)}${source}`;
}

/** null: the project is no clone, or there is no git that would tell. */
export async function commitOf(project = PROJECT): Promise<Commit | null> {
  try {
    // A folder above may be somebody else's clone.
    await Deno.lstat(`${project}.git`);
    // It would write the index anew, where it is only to look.
    const git = (...args: string[]) => runTool("git", ["--no-optional-locks", ...args], project);
    const [seconds = "", hash = ""] = (await git("log", "-1", "--format=%ct %h")).trim().split(" ");
    if (!/^\d+$/.test(seconds) || !/^[0-9a-f]+$/.test(hash)) return null;
    return { committedS: Number(seconds), hash, changed: await git("status", "--porcelain") !== "" };
  } catch {
    return null;
  }
}

/** Seconds of SOURCE_DATE_EPOCH (reproducible-builds.org), or now; in ms. */
export function buildTime(): number {
  const epoch = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? "");
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch * 1000 : Date.now();
}

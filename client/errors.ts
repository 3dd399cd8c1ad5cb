// What can go wrong for the person at the command line, with the exit status that tells scripts. Plain classes;
// on the fast path of `pvd run`, so it imports types only.

import type { ErrorCode } from "../lib/protocol.ts";

/** `unavailable`: no broker. `badAnswer`: what came is not an answer. `usage`: the command line. */
export type ClientErrorCode = ErrorCode | "unavailable" | "badAnswer" | "usage" | "internal";

/** EX_UNAVAILABLE of sysexits(3). */
export const EXIT_UNAVAILABLE = 69;
/** EX_SOFTWARE of sysexits(3). */
export const EXIT_INTERNAL = 70;
export const EXIT_USAGE = 2;
export const EXIT_FAILED = 1;
/** As env(1), sudo(8) and timeout(1): the launcher itself failed. */
export const EXIT_NOT_STARTED = 125;
export const EXIT_NOT_EXECUTABLE = 126;
export const EXIT_NOT_FOUND = 127;

/** A request that failed; `message` is one sentence for people and may hold text that a network chose. */
export class ClientError extends Error {
  override readonly name = "ClientError";

  constructor(readonly code: ClientErrorCode, message: string) {
    super(message);
  }
}

/** A command line that is not understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  constructor(
    message: string,
    /** Where help can be found; null: pvd itself. */
    readonly command: string | null,
    /** The word that was not known, and those that it may have been meant to be. */
    readonly unknown: { readonly word: string; readonly choices: readonly string[] } | null = null,
    /** Whether --json was asked for all the same. */
    readonly json = false,
  ) {
    super(message);
  }
}

/** Standard output that cannot be written; `message` is one sentence for people. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

/** The exit status of commands that start no program. */
export function exitStatusOf(code: ClientErrorCode): number {
  if (code === "unavailable") return EXIT_UNAVAILABLE;
  if (code === "internal") return EXIT_INTERNAL;
  return code === "usage" ? EXIT_USAGE : EXIT_FAILED;
}

/** The exit status of commands that start a program, where pvd itself has failed to. */
export function launcherStatusOf(code: ClientErrorCode): number {
  return code === "unavailable" || code === "usage" ? exitStatusOf(code) : EXIT_NOT_STARTED;
}

/** What a person can do about it, or null where the message says all there is. */
export function adviceFor(code: ClientErrorCode): string | null {
  switch (code) {
    case "noSuchDomain":
      return "`pvd list` shows the PvDs that there are";
    case "ambiguous":
      return "name it by more of its id, or by its namespace as `pvd show` gives it";
    case "notAuthorized":
      return "an administrator of this machine decides who may";
    case "notReady":
      return "try again when `pvd list` shows it as ready";
    case "inUse":
      return "end the programs that run in it first";
    case "limitExceeded":
      return "end some of the programs that you run in PvDs first";
    case "noSuchLink":
      return "`pvd status` shows the links that there are";
    case "failed":
      return "`pvd status` may tell more";
    case "badAnswer":
      return "are pvd and its broker of the same version?";
    case "unavailable":
    case "usage":
    case "internal":
    case "invalidArgument":
    case "commandNotFound":
    case "commandNotExecutable":
      return null;
  }
}

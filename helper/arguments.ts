// The helper's command line, which only root's own unit file or the lab writes. Pure.

import type { FetcherSettings } from "./fetch.ts";

export interface HelperSettings {
  /** Where it listens. */
  readonly socket: string;
  /** Who is heard. */
  readonly brokerUid: number;
  /** Who fetches additional information; null: nobody. */
  readonly fetcher: FetcherSettings | null;
}

const USAGE =
  "usage: pvd-helper --broker-uid UID [--socket PATH] [--fetcher-uid UID --fetcher-gid GID -- COMMAND...]";
const NUMBERS = ["--broker-uid", "--fetcher-uid", "--fetcher-gid"];

/** The settings; a sentence where the command line is anything else. What follows `--` is the fetcher's command. */
export function helperArguments(args: readonly string[], defaultSocket: string): HelperSettings | string {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  const command = end < 0 ? [] : args.slice(end + 1);
  const given = new Map<string, string>();
  for (let index = 0; index < options.length; index += 2) {
    const [name = "", value] = options.slice(index, index + 2);
    if (value === undefined) return `${name} needs a value`;
    const known = name === "--socket" || NUMBERS.includes(name) && /^(0|[1-9][0-9]{0,9})$/.test(value);
    if (!known) return `${USAGE}; not ${name} ${value}`;
    given.set(name, value);
  }
  const brokerUid = given.get("--broker-uid");
  if (brokerUid === undefined) return USAGE;
  const fetcher = fetcherSettings(given.get("--fetcher-uid"), given.get("--fetcher-gid"), command);
  if (typeof fetcher === "string") return fetcher;
  // What a hostile server may have taken over must be able to do nothing to the broker, nor to root.
  if (fetcher !== null && (fetcher.uid === 0 || fetcher.gid === 0 || fetcher.uid === Number(brokerUid))) {
    return "--fetcher-uid and --fetcher-gid name a user and group of the fetcher's own: not root's, nor the broker's";
  }
  return { socket: given.get("--socket") ?? defaultSocket, brokerUid: Number(brokerUid), fetcher };
}

function fetcherSettings(
  uid: string | undefined,
  gid: string | undefined,
  command: readonly string[],
): FetcherSettings | string | null {
  if (uid === undefined && gid === undefined && command.length === 0) return null;
  if (uid === undefined || gid === undefined || command[0]?.startsWith("/") !== true) return USAGE;
  return { uid: Number(uid), gid: Number(gid), command };
}

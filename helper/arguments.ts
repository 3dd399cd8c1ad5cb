// The helper's command line, which only root's own unit file or the lab writes. Pure.

import type { Account } from "./account.ts";
import type { FetcherSettings } from "./fetch.ts";

export interface HelperSettings {
  /** Where it listens, unless the service manager passes a socket. */
  readonly socket: string;
  /** Who is heard. */
  readonly brokerUid: number;
  /** Who fetches additional information; null: nobody. */
  readonly fetcher: FetcherSettings | null;
  /** Only remove the domains that an earlier helper has left, and end. */
  readonly removeAll: boolean;
}

/** The system user of that name; null: there is none. */
export type FindAccount = (name: string) => Account | null;

const USAGE =
  "usage: pvd-helper --broker-user NAME [--socket PATH] [--fetcher-user NAME -- COMMAND...], or " +
  "pvd-helper --remove-all. In place of users: --broker-uid UID, --fetcher-uid UID --fetcher-gid GID";
const NUMBERS = ["--broker-uid", "--fetcher-uid", "--fetcher-gid"];
const NAMES = ["--broker-user", "--fetcher-user"];

/** The settings; a sentence where the command line is anything else. What follows `--` is the fetcher's command. */
export function helperArguments(
  args: readonly string[],
  defaultSocket: string,
  find: FindAccount,
): HelperSettings | string {
  if (args.length === 1 && args[0] === "--remove-all") {
    return { socket: defaultSocket, brokerUid: 0, fetcher: null, removeAll: true };
  }
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  const command = end < 0 ? [] : args.slice(end + 1);
  const given = new Map<string, string>();
  for (let index = 0; index < options.length; index += 2) {
    const [name = "", value] = options.slice(index, index + 2);
    if (value === undefined) return `${name} needs a value; ${USAGE}`;
    const known = name === "--socket" || NAMES.includes(name) ||
      NUMBERS.includes(name) && /^(0|[1-9][0-9]{0,9})$/.test(value);
    if (!known) return `${USAGE}; not ${name} ${value}`;
    given.set(name, value);
  }
  const broker = accountOf("broker", given, find);
  if (broker === null) return USAGE;
  if (typeof broker === "string") return broker;
  const fetcher = fetcherSettings(accountOf("fetcher", given, find), command);
  if (typeof fetcher === "string") return fetcher;
  // What a hostile server may have taken over must be able to do nothing to the broker, nor to root.
  if (fetcher !== null && (fetcher.uid === 0 || fetcher.gid === 0 || fetcher.uid === broker.uid)) {
    return "the fetcher needs a user and group of its own: not root's, nor the broker's";
  }
  return {
    socket: given.get("--socket") ?? defaultSocket,
    brokerUid: broker.uid,
    fetcher,
    removeAll: false,
  };
}

/** By name or by numbers; null: not given. */
function accountOf(
  party: "broker" | "fetcher",
  given: ReadonlyMap<string, string>,
  find: FindAccount,
): Account | string | null {
  const name = given.get(`--${party}-user`);
  const uid = given.get(`--${party}-uid`);
  const gid = given.get(`--${party}-gid`);
  if (name !== undefined) {
    if (uid !== undefined || gid !== undefined) return USAGE;
    return find(name) ?? `there is no system user ${name} in /etc/passwd; systemd-sysusers(8) makes it`;
  }
  if (uid === undefined) return gid === undefined ? null : USAGE;
  // Of the broker only the user counts.
  if (gid === undefined && party === "fetcher") return USAGE;
  return { uid: Number(uid), gid: Number(gid ?? uid) };
}

function fetcherSettings(
  account: Account | string | null,
  command: readonly string[],
): FetcherSettings | string | null {
  if (typeof account === "string") return account;
  if (account === null && command.length === 0) return null;
  if (account === null || command[0]?.startsWith("/") !== true) return USAGE;
  return { ...account, command };
}

// The lab's accounts, beside the host's: the broker's system user and two people. Written into the lab's own /etc.

import { HOME_FOLDER } from "./paths.ts";

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  readonly shell: string;
}

/** `pvd` runs the broker; `alice` is authorised by the lab; `bob` is not. Each has a group of the same number. */
export const ACCOUNTS: readonly Account[] = [
  { name: "pvd", uid: 64100, home: "/nonexistent", shell: "/usr/sbin/nologin" },
  { name: "pvd-fetch", uid: 64103, home: "/nonexistent", shell: "/usr/sbin/nologin" },
  { name: "alice", uid: 64101, home: `${HOME_FOLDER}/alice`, shell: "/bin/bash" },
  { name: "bob", uid: 64102, home: `${HOME_FOLDER}/bob`, shell: "/bin/bash" },
];
/** A second group of alice's, so that tests see supplementary groups. */
const TEAM = { name: "pvd-lab-team", gid: 64110, members: ["alice"] };

/** Whom a program runs as. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** To be called where /etc is the lab's own. Real password hashes are not taken over. */
export function writeAccounts(): void {
  const names = [...ACCOUNTS.map((account) => account.name), TEAM.name];
  const numbers = [...ACCOUNTS.map((account) => account.uid), TEAM.gid].map(String);
  const others = (path: string) =>
    Deno.readTextFileSync(path).split("\n").filter((line) => {
      const [name = "", , number = ""] = line.split(":");
      return name !== "" && !names.includes(name) && !numbers.includes(number);
    });
  const passwd = [
    ...others("/etc/passwd"),
    ...ACCOUNTS.map(({ name, uid, home, shell }) => `${name}:x:${uid}:${uid}::${home}:${shell}`),
  ];
  const group = [
    ...others("/etc/group"),
    ...ACCOUNTS.map(({ name, uid }) => `${name}:x:${uid}:`),
    `${TEAM.name}:x:${TEAM.gid}:${TEAM.members.join(",")}`,
  ];
  const shadow = passwd.map((line) => `${line.split(":")[0]}:*:19000:0:99999:7:::`);
  write("/etc/passwd", passwd, 0o644);
  write("/etc/group", group, 0o644);
  write("/etc/shadow", shadow, 0o600);
  for (const { uid, home } of ACCOUNTS) {
    if (!home.startsWith(HOME_FOLDER)) continue;
    Deno.mkdirSync(home, { mode: 0o700 });
    Deno.chownSync(home, uid, uid);
  }
}

/** A user of the lab or of the host. Throws where there is none of that name. */
export function findUser(name: string): User {
  const { success, stdout } = new Deno.Command("getent", { args: ["passwd", "--", name] }).outputSync();
  const [found, , uid, gid, , home, shell] = new TextDecoder().decode(stdout).trim().split(":");
  if (!success || found === undefined || uid === undefined || gid === undefined) {
    throw new Error(
      `there is no user ${name}; the lab has ${ACCOUNTS.map((account) => account.name).join(", ")}`,
    );
  }
  return { name: found, uid: Number(uid), gid: Number(gid), home: home || "/", shell: shell || "/bin/sh" };
}

/** The beginning of a command line that runs the rest as a user, as login(1) would: his groups, no capability. */
export function asUser(user: User): string[] {
  return [
    "setpriv",
    "--reuid",
    String(user.uid),
    "--regid",
    String(user.gid),
    "--init-groups",
    "--inh-caps=-all",
  ];
}

/** What login(1) would put into the environment. */
export function userEnvironment(user: User): Record<string, string> {
  return { HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell };
}

function write(path: string, lines: readonly string[], mode: number): void {
  // Removed first, so that the new file has nothing of the old one's owner or mode.
  Deno.removeSync(path);
  Deno.writeTextFileSync(path, `${lines.join("\n")}\n`, { mode });
  Deno.chmodSync(path, mode);
}

// Makes polkit believe that somebody sits at the machine, without a logind: a session of its files (sd-login(3)), and
// the process's cgroup as only this mount namespace sees it.

import { run } from "../lab/run.ts";
import { findUser } from "../lab/users.ts";
import type { Person } from "./person.ts";

/** `active`: in front; otherwise the seat shows another session. */
export async function logIn(person: Person, userName: string, active: boolean): Promise<void> {
  const { uid } = findUser(userName);
  const session = `c${person.pid}`;
  const state = active ? "active" : "online";
  write(`/run/systemd/sessions/${session}`, {
    UID: uid,
    USER: userName,
    ACTIVE: active ? 1 : 0,
    STATE: state,
    REMOTE: 0,
    SEAT: "seat0",
    TYPE: "tty",
    CLASS: "user",
  });
  write(`/run/systemd/users/${uid}`, { NAME: userName, STATE: state, SESSIONS: session, SEATS: "seat0" });
  const cgroup = `/run/systemd/cgroup-of-${person.pid}`;
  const path = `/user.slice/user-${uid}.slice/session-${session}.scope`;
  Deno.writeTextFileSync(cgroup, `1:name=systemd:${path}\n0::${path}\n`);
  await run(["mount", "-n", "--bind", cgroup, `/proc/${person.pid}/cgroup`]);
}

function write(path: string, values: Readonly<Record<string, string | number>>): void {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  Deno.writeTextFileSync(path, lines.join(""));
  Deno.chmodSync(path, 0o644);
}

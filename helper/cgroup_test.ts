import assert from "node:assert/strict";
import { cgroupFileOf, enteringArgv, mountPointIn, unifiedCgroup } from "./cgroup.ts";

Deno.test("mountPointIn: the whole unified hierarchy, wherever it is", () => {
  const v1 = "25 20 0:22 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";
  const v2 = "30 24 0:26 / /sys/fs/cgroup\\040x rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
  const part = "31 24 0:26 /user.slice /mnt rw - cgroup2 cgroup2 rw\n";
  assert.equal(mountPointIn(v1 + part + v2), "/sys/fs/cgroup x");
  assert.equal(mountPointIn(v1 + part), null);
});

Deno.test("unifiedCgroup: the unified hierarchy's line, not the others', and nothing outside the namespace", () => {
  assert.equal(
    unifiedCgroup("2:cpu:/a\n0::/user.slice/user-1000.slice/a:b.scope\n"),
    "/user.slice/user-1000.slice/a:b.scope",
  );
  assert.equal(unifiedCgroup("2:cpu:/a\n"), null);
  assert.equal(unifiedCgroup("0::/../../other\n"), null);
});

Deno.test("unifiedCgroup: a name that looks like the end of a line does not end it", () => {
  assert.equal(unifiedCgroup("2:cpu:/a\r0::/b\n0::/c\r\u0085d\xff\n"), "/c\r\u0085d\xff");
});

Deno.test("cgroupFileOf: this process has one, a process that is gone has none", () => {
  assert.match(cgroupFileOf(Deno.pid) ?? "", /^\d+:.*:\//m);
  assert.equal(cgroupFileOf(0x7fff_fff0), null);
});

/** Runs a program from the cgroup in a folder that looks like a hierarchy, as far as the shell is concerned: in those of
 * `takes` there is something to write to. Which of them it was written to, and what the program did. */
async function enter(mountName: string, cgroup: string, takes: readonly string[]) {
  const folder = Deno.makeTempDirSync();
  try {
    const mount = `${folder}/${mountName}`;
    // Names that are not UTF-8 cannot be made from here: printf(1) gets them in octal.
    const make = 'at=$(printf %b "$1"); mkdir -p "$at"; : >"$at/cgroup.procs"';
    for (const each of takes) await shell(make, octal(`${mount}${each}`));
    const [program = "", ...args] = [...enteringArgv(mount, cgroup), "/bin/echo", "the program", "$0"];
    const { code, stdout, stderr } = await new Deno.Command(program, { args }).output();
    const entered: string[] = [];
    for (const each of takes) {
      const read = await shell('cat "$(printf %b "$1")/cgroup.procs"', octal(`${mount}${each}`));
      if (read === "0\n") entered.push(each);
    }
    return {
      code,
      said: new TextDecoder().decode(stdout),
      complaint: new TextDecoder().decode(stderr),
      entered,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function shell(script: string, argument: string): Promise<string> {
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", script, "sh", argument] }).output();
  return new TextDecoder().decode(stdout);
}

function octal(path: string): string {
  return [...path].map((each) => `\\0${each.charCodeAt(0).toString(8).padStart(3, "0")}`).join("");
}

const PERSON = "/user.slice/user-1000.slice";
const STARTED = { code: 0, said: "the program $0\n", complaint: "" };

Deno.test("enteringArgv: a cgroup whose name is not UTF-8, and means something to shells and printf, is entered", async () => {
  for (const name of ["plain.scope", "\xff\xfe", "a b'\"$(x)`\\\\0101%s*?\r\x01-", "-n"]) {
    const cgroup = `${PERSON}/user@1000.service/${name}`;
    const result = await enter("cgroup $x", cgroup, [PERSON, `${PERSON}/user@1000.service`, cgroup]);
    assert.deepEqual(result, { ...STARTED, entered: [cgroup] });
  }
});

Deno.test("enteringArgv: where the caller's takes none, one above it in the person's slice does", async () => {
  const result = await enter("cgroup", `${PERSON}/a/b/c`, [PERSON, `${PERSON}/a`]);
  assert.deepEqual(result, { ...STARTED, entered: [`${PERSON}/a`] });
});

Deno.test("enteringArgv: a person's program is not started outside of the person's slice", async () => {
  const complaint = "pvd: the cgroup that pvd runs in takes no programs (cgroups(7)); " +
    "start pvd from another terminal\n";
  const refused = { code: 125, said: "", complaint, entered: [] };
  for (const cgroup of [`${PERSON}/a/b`, PERSON, "/system.slice/cron.service", "/x"]) {
    assert.deepEqual(await enter("cgroup", cgroup, ["/user.slice", "/system.slice", ""]), refused);
  }
});

Deno.test("enteringArgv: who is in no cgroup, but at the root, starts programs also where the root takes none", async () => {
  assert.deepEqual(await enter("cgroup", "/", [""]), { ...STARTED, entered: [""] });
  assert.deepEqual(await enter("cgroup", "/", []), { ...STARTED, entered: [] });
});

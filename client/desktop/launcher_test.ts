// Launchers: what is made of a program's desktop entry starts that program in the PvD and nothing else, whatever
// stands in an id; and what desktop-file-validate(1) says of it.

import assert from "node:assert/strict";
import fc from "fast-check";
import { execArgument, execWords, stringValue, textOf } from "./entry_text.ts";
import { commandOf, makeLauncher, readLauncher, runCommand, valueOf } from "./launcher.ts";
import { safeName } from "./names.ts";

const FIREFOX = `# comment
[Desktop Entry]
Version=1.0
Name=Firefox
Name[de]=Firefox-Browser
Comment=Browse the Web
GenericName=Web Browser
Exec=/usr/lib/firefox/firefox %u
TryExec=firefox
Terminal=false
Type=Application
Icon=firefox
Categories=Network;WebBrowser;
MimeType=text/html;x-scheme-handler/https;
StartupWMClass=firefox
StartupNotify=true
DBusActivatable=true
Actions=new-window;profile;

[Desktop Action new-window]
Name=New Window
Name[de]=Neues Fenster
Exec=/usr/lib/firefox/firefox --new-window "a b" %u

[Desktop Action profile]
Name=Profiles
Exec=firefox -P

[X-Other Group]
Exec=not an application
`;
const OFFICE = {
  domain: "office.example.org",
  label: "office",
  source: "firefox.desktop",
  newInstance: true,
};
const RUN = "pvd run --new-instance --match=id=office.example.org --";

/** Printable and not: what no id can have must do no harm either. */
const HOSTILE = [
  'a"b',
  "a'b",
  "50%",
  "%u",
  "%%f",
  "$HOME`id`",
  "a\\b\\\\",
  "a b",
  "a\nExec=evil",
  "a\r\tb",
  "; rm -rf ~ &",
  "-x.example",
  "a,b=c",
  "*?[x]#(y)<z>|",
  "",
];

Deno.test("makeLauncher starts the program and each of its actions in the PvD, field codes and quotes kept", () => {
  const text = makeLauncher(FIREFOX, OFFICE);
  const lines = text.split("\n");
  assert.deepEqual(lines.filter((line) => line.startsWith("Exec=")), [
    `Exec=${RUN} /usr/lib/firefox/firefox %u`,
    `Exec=${RUN} /usr/lib/firefox/firefox --new-window "a b" %u`,
    `Exec=${RUN} firefox -P`,
    "Exec=not an application",
  ]);
  assert(lines.includes("Name=Firefox (office)"));
  assert(lines.includes("Name[de]=Firefox-Browser (office)"));
  assert(lines.includes("Name=New Window"));
  for (const kept of ["# comment", "TryExec=firefox", "StartupWMClass=firefox", "Icon=firefox"]) {
    assert(lines.includes(kept), kept);
  }
});

Deno.test("makeLauncher leaves out what would start the program outside the PvD or make it open files unasked", () => {
  const text = makeLauncher(FIREFOX, OFFICE);
  for (const key of ["DBusActivatable", "MimeType", "Implements", "NoDisplay"]) {
    assert.equal(valueOf(text, key), null, key);
  }
});

Deno.test("readLauncher knows pvd's own launchers by PvD and source, and no other entry", () => {
  assert.deepEqual(readLauncher(makeLauncher(FIREFOX, OFFICE)), {
    domain: "office.example.org",
    source: "firefox.desktop",
  });
  assert.equal(readLauncher(FIREFOX), null);
  assert.equal(readLauncher("[Other]\nX-Pvd-Domain=a\nX-Pvd-Source=b\n"), null);
});

Deno.test("a launcher made of a launcher has one mark of each kind", () => {
  const twice = makeLauncher(makeLauncher(FIREFOX, OFFICE), { ...OFFICE, domain: "tv" });
  assert.equal(twice.match(/^X-Pvd-Domain=/gm)?.length, 1);
  assert.equal(readLauncher(twice)?.domain, "tv");
});

Deno.test("makeLauncher refuses what starts no program, each with its reason", () => {
  const entry = (more: string) => `[Desktop Entry]\nType=Application\nName=X\nExec=x\n${more}`;
  const refusals: readonly (readonly [string, RegExp])[] = [
    ["", /starts no program/],
    ["[Desktop Entry]\nType=Link\nName=X\nURL=http://x/\n", /starts no program/],
    [entry("Hidden=true\n"), /deleted/],
    ["[Desktop Entry]\nType=Application\nName=X\n", /no Exec/],
    ["[Desktop Entry]\nType=Application\nExec=x\n", /no Name/],
    ['[Desktop Entry]\nType=Application\nName=X\nExec="x\n', /no command line/],
    ["[Desktop Entry]\nType=Application\nName=X\nExec=%u\n", /no command line/],
  ];
  for (const [text, why] of refusals) assert.throws(() => makeLauncher(text, OFFICE), why);
});

Deno.test("an id made of quotes, percent signs, newlines and dollars is one argument, and adds no line to the file", () => {
  for (const domain of HOSTILE) {
    const text = makeLauncher(FIREFOX, { ...OFFICE, domain, label: domain });
    assert.equal(text.split("\n").length, FIREFOX.split("\n").length, JSON.stringify(domain));
    const words = launched(valueOf(text, "Exec") ?? "");
    const match = `--match=id=${domain.replace(/[,\\]/g, "\\$&")}`;
    assert.deepEqual(words, ["pvd", "run", "--new-instance", match, "--", "/usr/lib/firefox/firefox", "%u"]);
    assert.equal(readLauncher(text)?.domain, domain);
    assert.equal(textOf(valueOf(text, "Name") ?? ""), `Firefox (${domain})`);
  }
});

Deno.test("makeLauncher refuses an id with other control characters: no line can hold them", () => {
  for (const domain of ["a\0b", "a\x1bb", "a\x7fb"]) {
    assert.throws(() => makeLauncher(FIREFOX, { ...OFFICE, domain }), RangeError);
  }
});

/** What a desktop starts: the value unescaped, quotes undone, "%%" made one. */
function launched(value: string): string[] {
  return (execWords(textOf(value)) ?? []).map((word) => word.replaceAll("%%", "%"));
}

Deno.test("execArgument and stringValue: any text comes back as the one argument that it was", () => {
  // deno-lint-ignore no-control-regex -- they are what cannot be in a file
  const text = fc.string({ unit: "binary" }).filter((each) => !/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(each));
  fc.assert(fc.property(text, text, (one, other) => {
    const value = stringValue(`x ${execArgument(one)} ${execArgument(other)}`);
    assert(!/[\n\r\t]/.test(value));
    assert.deepEqual(launched(value), ["x", one, other]);
  }));
});

Deno.test("commandOf undoes quotes as the specification says", () => {
  const of = (exec: string) => commandOf(`[Desktop Entry]\nType=Application\nName=X\nExec=${exec}\n`);
  assert.deepEqual(of('"/opt/a b/x" --y="z \\\\$w" %F'), ["/opt/a b/x", "--y=z $w", "%F"]);
  assert.deepEqual(of("x  y"), ["x", "y"]);
});

Deno.test("runCommand compares the id whole, and a comma or backslash in it is a part of it", () => {
  const command = (domain: string) => runCommand({ ...OFFICE, domain, newInstance: false });
  assert.equal(command("a"), "pvd run --match=id=a --");
  assert.deepEqual(launched(command("a,b\\044")), ["pvd", "run", "--match=id=a\\,b\\\\044", "--"]);
});

Deno.test("safeName is a plain file name, and another one for other parts", async () => {
  assert.match(
    await safeName("office.example.org", "firefox"),
    /^office\.example\.org-firefox-[0-9a-f]{12}$/,
  );
  const names = await Promise.all(
    [...HOSTILE, "../../x", ".x", "a/b", "x".repeat(1000)].map((id) => safeName(id, "a")),
  );
  for (const name of names) assert.match(name, /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}$/);
  assert.equal(new Set(names).size, names.length);
  assert.notEqual(await safeName("a-b", "c"), await safeName("a", "b-c"));
});

Deno.test({
  name: "desktop-file-validate has nothing to say of a launcher, whatever stands in its id",
  ignore: !existsNow("/usr/bin/desktop-file-validate"),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      for (const [index, domain] of ["office.example.org", ...HOSTILE].entries()) {
        const file = `${folder}/pvd-${index}.desktop`;
        await Deno.writeTextFile(
          file,
          makeLauncher(FIREFOX.replace("[X-Other Group]", "[X-Other]"), { ...OFFICE, domain, label: domain }),
        );
        const { stdout, stderr } = await new Deno.Command("/usr/bin/desktop-file-validate", { args: [file] })
          .output();
        const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
        assert.equal(said, "", JSON.stringify(domain));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "GLib starts pvd with one argument for the PvD, whatever stands in its id",
  ignore: !existsNow("/usr/bin/gio"),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const told = `${folder}/told`;
      // Renamed when it is whole: gio does not wait for what it starts.
      const script = `#!/bin/sh\nprintf '%s\\0' "$@" > ${told}.new && mv ${told}.new ${told}\n`;
      await Deno.writeTextFile(`${folder}/pvd`, script, { mode: 0o755 });
      const file = `${folder}/x.desktop`;
      for (const domain of HOSTILE) {
        const entry = FIREFOX.replace(/^TryExec=.*\n/m, "");
        await Deno.writeTextFile(file, makeLauncher(entry, { ...OFFICE, domain, newInstance: false }));
        const watcher = Deno.watchFs(folder);
        const { success, stderr } = await new Deno.Command("/usr/bin/gio", {
          args: ["launch", file],
          env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
        }).output();
        assert(success, new TextDecoder().decode(stderr));
        if (!existsNow(told)) { for await (const _ of watcher) if (existsNow(told)) break; }
        else watcher.close();
        const match = `--match=id=${domain.replace(/[,\\]/g, "\\$&")}`;
        const words = (await Deno.readTextFile(told)).split("\0").slice(0, -1);
        assert.deepEqual(words, ["run", match, "--", "/usr/lib/firefox/firefox"], JSON.stringify(domain));
        await Deno.remove(told);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

function existsNow(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

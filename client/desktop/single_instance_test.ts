// Programs of which one copy runs: what pvd warns of, and what --new-instance adds. Processes and locks are real;
// that a copy in the same PvD is no reason to warn is tested in the lab, where there are PvDs.

import assert from "node:assert/strict";
import { ClientError } from "../errors.ts";
import { browserOf, instanceArguments, isRemoteName, lockOwner, namedProfile } from "./browsers.ts";
import { likelyBusNames, mayRunAlready, realProgram } from "./maybe.ts";
import { prepare } from "./single_instance.ts";

const DOMAIN = { id: "office.example.org", handle: "mifpvd-999999999" };
/** A process that there is not: pid_max (proc(5)) is at most 2^22. */
const NOBODY = 0x7fff_fff0;

const environment = (values: Readonly<Record<string, string>>) => ({ get: (name: string) => values[name] });

async function inHome(action: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await action(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function link(path: string, target: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.symlinkSync(target, path);
}

const prepareIn = (home: string, program: readonly string[], newInstance = false) =>
  prepare({ program, domain: DOMAIN, newInstance }, environment({ HOME: home }));

Deno.test("a browser whose profile is in use outside the PvD: pvd says so, and names --new-instance", () =>
  inHome(async (home) => {
    link(`${home}/.mozilla/firefox/abc.default/lock`, `127.0.1.1:+${Deno.pid}`);
    link(`${home}/.config/chromium/SingletonLock`, `my-host-${Deno.pid}`);
    link(`${home}/.config/thunderbird/x.default/lock`, `127.0.1.1:+${Deno.pid}`);
    for (const program of ["firefox", "/usr/bin/chromium", "thunderbird"]) {
      const { warning, arguments: more } = await prepareIn(home, [program, "http://example.com/"]);
      const name = program.slice(program.lastIndexOf("/") + 1);
      assert.equal(
        warning,
        `${name} already runs outside PvD office.example.org (process ${Deno.pid}), and what you start may open ` +
          "there, in another network; `pvd run --new-instance` starts one with a profile of its own",
      );
      assert.deepEqual(more, []);
    }
  }));

Deno.test("the lock of a browser that was killed is no reason to warn, nor is one that is no lock", () =>
  inHome(async (home) => {
    link(`${home}/.mozilla/firefox/abc.default/lock`, `127.0.1.1:+${NOBODY}`);
    link(`${home}/.config/chromium/SingletonLock`, `my-host-${NOBODY}`);
    link(`${home}/.config/google-chrome/SingletonLock`, "nonsense");
    for (const program of ["firefox", "chromium", "google-chrome", "vivaldi"]) {
      assert.deepEqual(await prepareIn(home, [program]), { arguments: [], warning: null }, program);
    }
  }));

Deno.test("--new-instance gives a browser a profile of its own for each PvD, made for this person alone", () =>
  inHome(async (home) => {
    link(`${home}/.mozilla/firefox/abc.default/lock`, `127.0.1.1:+${Deno.pid}`);
    const { warning, arguments: [first, second, folder = ""] } = await prepareIn(home, ["firefox"], true);
    assert.deepEqual([warning, first, second], [null, "--new-instance", "--profile"]);
    assert.match(
      folder.slice(home.length),
      /^\/\.local\/share\/pvd\/profiles\/office\.example\.org-firefox-[0-9a-f]+$/,
    );
    assert.equal((Deno.statSync(folder).mode ?? 0) & 0o777, 0o700);
    const chromium = await prepareIn(home, ["chromium"], true);
    assert.match(chromium.arguments.join(), /^--user-data-dir=.*-chromium-[0-9a-f]+$/);
  }));

Deno.test("--new-instance with a profile that is in use outside the PvD is refused: the work would go there", () =>
  inHome(async (home) => {
    const { arguments: args } = await prepareIn(home, ["chromium"], true);
    const folder = args[0]?.slice("--user-data-dir=".length) ?? "";
    link(`${folder}/SingletonLock`, `my-host-${Deno.pid}`);
    await assert.rejects(prepareIn(home, ["chromium"], true), (error) => {
      assert(error instanceof ClientError);
      assert.match(error.message, /in use outside this PvD \(process \d+\); end that program first/);
      return true;
    });
  }));

Deno.test("--new-instance for a program that pvd does not know is refused", () =>
  inHome((home) => assert.rejects(prepareIn(home, ["vim"], true), /pvd does not know how .* vim/)));

Deno.test("a profile that the person names is looked at, and no other", () =>
  inHome(async (home) => {
    link(`${home}/.mozilla/firefox/abc.default/lock`, `127.0.1.1:+${Deno.pid}`);
    link(`${home}/mine/lock`, `127.0.1.1:+${Deno.pid}`);
    const other = await prepareIn(home, ["firefox", "--profile", `${home}/other`]);
    assert.equal(other.warning, null);
    const mine = await prepareIn(home, ["firefox", "-profile", `${home}/mine`]);
    assert.match(mine.warning ?? "", /name a profile that is not in use$/);
    assert.equal((await prepareIn(home, ["firefox", "-P", "work"])).warning, null);
  }));

Deno.test("namedProfile knows the ways to name one", () => {
  assert.deepEqual(namedProfile("mozilla", ["--profile", "/x"]), { folder: "/x" });
  assert.equal(namedProfile("mozilla", ["-no-remote"]), "elsewhere");
  assert.equal(namedProfile("mozilla", ["http://x/", "--private-window"]), null);
  assert.deepEqual(namedProfile("chromium", ["--user-data-dir=/y"]), { folder: "/y" });
  assert.equal(namedProfile("chromium", ["--profile-directory=Work"]), null);
});

Deno.test("instanceArguments lets a second start in the same PvD find the first", () => {
  assert.deepEqual(instanceArguments("mozilla", "/p", false), ["--new-instance", "--profile", "/p"]);
  assert.deepEqual(instanceArguments("mozilla", "/p", true), ["--profile", "/p"]);
  assert.deepEqual(instanceArguments("chromium", "/p", true), ["--user-data-dir=/p"]);
});

Deno.test("lockOwner reads locks as the programs write them, and nothing else", () => {
  assert.equal(lockOwner("mozilla", "127.0.1.1:+4711"), 4711);
  assert.equal(lockOwner("mozilla", "192.0.2.1:4711"), 4711);
  assert.equal(lockOwner("chromium", "my-host-4711"), 4711);
  for (const target of ["", "x", "../../etc", "a:+", "a-", "a:+12345678901", "/x-1"]) {
    assert.equal(lockOwner("mozilla", target), null, target);
    assert.equal(lockOwner("chromium", target), null, target);
  }
});

Deno.test("browserOf goes by the program's name, wherever it is; isRemoteName by the names of all its editions", () => {
  const firefox = browserOf("/usr/lib/firefox-esr/firefox-esr");
  assert(firefox !== null);
  for (const name of ["org.mozilla.firefox.L3g_", "org.mozilla.firefox_esr.L3g_"]) {
    assert(isRemoteName(firefox, name), name);
  }
  for (
    const name of ["org.mozilla.thunderbird.L3g_", "org.mozilla.firefoxes.L3g_", "com.mozilla.firefox", ""]
  ) {
    assert(!isRemoteName(firefox, name), name);
  }
  assert.equal(browserOf("/opt/x/google-chrome-stable")?.family, "chromium");
  assert.equal(browserOf("/opt/firefox/curl"), null);
  assert.equal(browserOf("constructor"), null);
});

Deno.test("mayRunAlready looks for names on the bus that resemble the program's, and only where there is a bus", () =>
  inHome((home) => {
    const services = `${home}/share/dbus-1/services`;
    Deno.mkdirSync(services, { recursive: true });
    for (const name of ["org.gnome.TextEditor", "org.gnome.Nautilus", "ca.desrt.dconf-editor", "a.b.X"]) {
      Deno.writeTextFileSync(`${services}/${name}.service`, "");
    }
    const withBus = { XDG_DATA_DIRS: `${home}/share`, DBUS_SESSION_BUS_ADDRESS: "unix:path=/x" };
    const at = environment(withBus);
    assert.deepEqual(likelyBusNames("/usr/bin/gnome-text-editor", at), ["org.gnome.TextEditor"]);
    assert.deepEqual(likelyBusNames("dconf-editor", at), ["ca.desrt.dconf-editor"]);
    for (const program of ["ls", "curl", "x", "", "vim"]) assert(!mayRunAlready(program, at), program);
    assert(mayRunAlready("nautilus", at));
    assert(!mayRunAlready("nautilus", environment({ XDG_DATA_DIRS: `${home}/share` })));
    assert(mayRunAlready("firefox", environment({})));
    return Promise.resolve();
  }));

Deno.test("a desktop entry that cannot be read stops no program", () =>
  inHome(async (home) => {
    const services = `${home}/share/dbus-1/services`;
    Deno.mkdirSync(services, { recursive: true });
    Deno.writeTextFileSync(`${services}/org.gnome.TextEditor.service`, "");
    const entry = `${home}/share/applications/org.gnome.TextEditor.desktop`;
    const at = environment({ XDG_DATA_DIRS: `${home}/share`, DBUS_SESSION_BUS_ADDRESS: "unix:path=/x" });
    const start = () => prepare({ program: ["gnome-text-editor"], domain: DOMAIN, newInstance: false }, at);
    Deno.mkdirSync(entry, { recursive: true });
    assert.deepEqual(await start(), { arguments: [], warning: null });
    Deno.removeSync(entry);
    Deno.writeTextFileSync(entry, "#".repeat((1 << 20) + 1));
    assert.deepEqual(await start(), { arguments: [], warning: null });
  }));

Deno.test("realProgram follows the names that distributions give to whichever browser there is, and no others", () =>
  inHome((home) => {
    const real = Deno.realPathSync(home);
    Deno.writeTextFileSync(`${real}/firefox-esr`, "");
    link(`${real}/alternatives/x-www-browser`, `${real}/firefox-esr`);
    link(`${real}/bin/gnome-www-browser`, `${real}/alternatives/x-www-browser`);
    link(`${real}/bin/vi`, `${real}/firefox-esr`);
    assert.equal(realProgram(`${real}/bin/gnome-www-browser`), `${real}/firefox-esr`);
    assert.equal(realProgram(`${real}/bin/vi`), `${real}/bin/vi`);
    assert.equal(realProgram("/nonexistent/x-www-browser"), "/nonexistent/x-www-browser");
    return Promise.resolve();
  }));

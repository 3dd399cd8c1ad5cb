// DNS of programs in a domain goes to the domain's resolvers, and to nobody else: counted at the resolvers of both
// sides, with each way round that a host may have set up, real services included. Runs in the lab.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { run } from "../lab/lab.ts";
import {
  addresses,
  type Asker,
  cameFromDomain,
  domainResolves,
  FROM_DOMAIN,
  FROM_HOST,
  HOST_RESOLVER,
  HOST_TEXT,
  hostResolves,
  inDomain,
  LOCAL,
  lookUp,
  NAME,
  NSSWITCH_CONF,
  replace,
  RESOLV_CONF,
  type Sides,
  STUB,
  whileAsking,
  withService,
  withSides,
} from "./dns_lab.ts";
import { RunningService } from "./name_services.ts";

withSides(
  "DNS: glibc's own resolver asks the domain's, search list included, by UDP and by TCP",
  async (sides) => {
    replace(RESOLV_CONF, HOST_TEXT);
    await hostResolves(sides);
    await domainResolves(sides);
    await sides.clear();
    const result = await inDomain(lookUp(NAME), { RES_OPTIONS: "use-vc" });
    deepStrictEqual(addresses(result), [FROM_DOMAIN]);
    ok((await sides.domain.asked()).every(({ transport }) => transport === "tcp"));
    deepStrictEqual(await sides.atHost(), []);
  },
);

withSides("DNS: an nscd of the host's is not asked, and its cache is not used", async (sides) => {
  replace(RESOLV_CONF, HOST_TEXT);
  await withService("nscd", null, async () => {
    await hostResolves(sides);
    await sides.clear();
    deepStrictEqual(addresses(await run(lookUp(NAME))), [FROM_HOST]);
    deepStrictEqual(await sides.atHost(), [], "nscd answers from its cache, so it does run");
    await domainResolves(sides);
  });
});

withSides(
  "DNS: nsswitch.conf that names resolve, with systemd-resolved running, changes nothing",
  async (sides) => {
    replace(RESOLV_CONF, "# nobody is named here\n");
    await withService("resolved", "mymachines resolve [!UNAVAIL=return] files myhostname dns", async () => {
      await hostResolves(sides);
      await domainResolves(sides);
      const { stdout } = await inDomain(["ls", "-A", "/run/systemd/resolve"]);
      strictEqual(stdout, "", "nor is its socket there for whoever asks it directly");
    });
  },
);

withSides(
  "DNS: nsswitch.conf that names mdns4_minimal, with avahi-daemon running, changes nothing",
  async (sides) => {
    replace(RESOLV_CONF, HOST_TEXT);
    await withService("avahi", "files mdns4_minimal [NOTFOUND=return] dns", async () => {
      await sides.clear();
      const { stdout } = await run(["getent", "ahosts", LOCAL]);
      match(stdout, /STREAM printer\.local/);
      ok(!(await sides.atHost()).includes(LOCAL), "it was avahi who answered");
      await cameFromDomain(sides, await inDomain(lookUp(LOCAL)));
      await domainResolves(sides);
    });
  },
);

const LINKS: Readonly<Record<string, readonly [target: string, leads: boolean]>> = {
  "a link to systemd-resolved's": [STUB, true],
  "a relative link": [`..${STUB}`, true],
  "a link to a link that leads nowhere": ["/run/lab/nowhere.link", false],
};

for (const [what, [target, leads]] of Object.entries(LINKS)) {
  withSides(`DNS: the host's resolver file is ${what}`, async (sides) => {
    try {
      Deno.mkdirSync("/run/systemd/resolve", { recursive: true });
      Deno.writeTextFileSync(STUB, HOST_TEXT);
      if (!leads) Deno.symlinkSync("/run/lab/nowhere", target);
      Deno.removeSync(RESOLV_CONF);
      Deno.symlinkSync(target, RESOLV_CONF);
      if (leads) await hostResolves(sides);
      await domainResolves(sides);
    } finally {
      Deno.removeSync("/run/systemd/resolve", { recursive: true });
      if (!leads) Deno.removeSync(target);
    }
  });
}

withSides("DNS: the host has no resolver file, and no nsswitch.conf", async (sides) => {
  Deno.removeSync(RESOLV_CONF);
  Deno.removeSync(NSSWITCH_CONF);
  await domainResolves(sides);
});

/** Whatever takes the place of the files of the host while a program runs. */
async function hostChangesItsFiles(sides: Sides, asker: Asker): Promise<void> {
  await asker.resolves(sides);
  for (const text of [HOST_TEXT, `${HOST_TEXT}options edns0\n`]) {
    replace(RESOLV_CONF, text);
    await asker.resolves(sides);
  }
  replace(NSSWITCH_CONF, "hosts: resolve dns\n");
  await asker.resolves(sides);
  Deno.removeSync(RESOLV_CONF);
  Deno.writeTextFileSync(RESOLV_CONF, HOST_TEXT);
  await asker.resolves(sides);
  Deno.mkdirSync("/run/systemd/resolve", { recursive: true });
  Deno.writeTextFileSync(STUB, HOST_TEXT);
  Deno.symlinkSync(STUB, `${RESOLV_CONF}.other`);
  Deno.renameSync(`${RESOLV_CONF}.other`, RESOLV_CONF);
  await asker.resolves(sides);
  await hostResolves(sides);
  Deno.removeSync("/run/systemd/resolve", { recursive: true });
}

withSides(
  "DNS: a host that replaces its files by rename during the run does not bring the leak back",
  async (sides) => {
    await whileAsking((asker) => hostChangesItsFiles(sides, asker));
  },
);

withSides("DNS: the same where the kernel takes no overlay over /etc", async (sides) => {
  const folders = ["/run/lab/upper", "/run/lab/work"];
  for (const folder of folders) Deno.mkdirSync(folder, { recursive: true });
  // The lab's /etc is an overlay of the host's; one more, and the kernel refuses a third.
  const layers = "lowerdir=/etc,upperdir=/run/lab/upper,workdir=/run/lab/work";
  strictEqual((await run(["mount", "-n", "-t", "overlay", "-o", layers, "lab-deep", "/etc"])).status, 0);
  try {
    const { stdout } = await inDomain(["stat", "--file-system", "--format=%T", "/etc"]);
    strictEqual(stdout, "tmpfs\n");
    await whileAsking((asker) => hostChangesItsFiles(sides, asker));
    const [inside, outside] = [await inDomain(["ls", "-AL", "/etc"]), await run(["ls", "-AL", "/etc"])];
    strictEqual(inside.stdout, outside.stdout);
  } finally {
    strictEqual((await run(["umount", "-n", "-l", "/etc"])).status, 0);
    for (const folder of folders) Deno.removeSync(folder, { recursive: true });
  }
});

withSides(
  "DNS: services that come, or come back with new folders and sockets, stay hidden",
  async (sides) => {
    replace(RESOLV_CONF, HOST_TEXT);
    const nscd = new RunningService("nscd", HOST_RESOLVER);
    const resolved = new RunningService("resolved", HOST_RESOLVER);
    const avahi = new RunningService("avahi", HOST_RESOLVER);
    const services = [nscd, resolved, avahi];
    // The first program is there before them all, the second sees them come and go.
    await whileAsking(async (early) => {
      for (const service of services) await service.start();
      await whileAsking(async (late) => {
        replace(
          NSSWITCH_CONF,
          "hosts: files mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns\n",
        );
        for (const removeFolder of [false, true]) {
          for (const service of services) await service.stop(removeFolder);
          for (const service of services) await service.start();
          await hostResolves(sides);
          for (const asker of [early, late]) await asker.resolves(sides);
        }
      });
    });
    for (const service of services) await service.stop(true);
  },
);

Deno.test("DNS: what is mounted on the host below /etc is there in the domain too", async () => {
  const [file, folder] = ["/etc/pvd-test file", "/etc/pvd-test"];
  Deno.writeTextFileSync(file, "below\n");
  Deno.mkdirSync(`${folder}/inner`, { recursive: true });
  Deno.writeTextFileSync("/run/lab/above", "above\n");
  const binds = [["/run/lab/above", file], ["/run/lab/settings", `${folder}/inner`]] as const;
  for (const [from, to] of binds) strictEqual((await run(["mount", "-n", "--bind", from, to])).status, 0);
  try {
    const argv = ["sh", "-c", `cat "$1" && ls "$2"`, "sh", file, `${folder}/inner`];
    const [inside, outside] = [await inDomain(argv), await run(argv)];
    deepStrictEqual(inside, outside);
    match(inside.stdout, /^above$/m);
  } finally {
    for (const [, to] of binds) await run(["umount", "-n", to]);
    Deno.removeSync(file);
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("DNS: of /var/run only nscd is missing, and names in it lead where they did", async () => {
  Deno.mkdirSync("/run/nscd", { recursive: true });
  try {
    // Links of names that were in /run once may lead nowhere.
    const find = "find -L /var/run/ -mindepth 1 -maxdepth 1 ! -type l -printf '%f\\n'";
    const { stdout } = await inDomain(["sh", "-c", `${find}; readlink -f /var/run/dbus; ls -A /run/nscd`]);
    const host = [...Deno.readDirSync("/run")].map(({ name }) => name).filter((name) => name !== "nscd");
    deepStrictEqual(stdout.trim().split("\n").sort(), [...host, "/run/dbus"].sort());
  } finally {
    Deno.removeSync("/run/nscd");
  }
});

withSides("DNS: where the domain's resolver file cannot be put in place, nothing is started", async () => {
  const { stdout: name } = await inDomain([
    "sh",
    "-c",
    'sed -n "s/.* \\(.*mifpvd[^ ]*conf\\) .*/\\1/p" /proc/self/mountinfo',
  ]);
  const path = `/etc${name.trim()}`;
  match(path, /^\/etc\/netns\/mifpvd-\d+\/resolv\.conf$/);
  Deno.renameSync(path, `${path}.kept`);
  try {
    const { status, stdout, stderr } = await inDomain(["echo", "started"]);
    deepStrictEqual([status, stdout], [125, ""]);
    match(stderr, /putting the domain's resolvers in place of the host's: .*no such file/);
  } finally {
    Deno.renameSync(`${path}.kept`, path);
  }
});

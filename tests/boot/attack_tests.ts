// Attacks on the installed form: the bus, the runtime, limits, a broker that was taken over. What the same attacks do to
// the programs by themselves is tested in the lab; here it is the package, its units and systemd that stand in the way.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { until } from "../lab/lab.ts";
import { MAX_CONNECTIONS_PER_UID } from "../../lib/protocol.ts";
import { ask, type BootLab, DENO_THERE, WORK_THERE } from "./boot_lab.ts";
import { OFFICE } from "./router.ts";
import type { Attempt } from "./taken_over.ts";

/** Files that a runtime may read in a working folder, each of which would show if it did. */
const HOSTILE_FILES: Readonly<Record<string, string>> = {
  "deno.json": '{ "imports": { "node:process": "./evil.js" }, "unstable": ["evil"], broken',
  "deno.lock": "broken",
  "package.json": '{ "type": "module", "imports": broken',
  ".npmrc": "registry=http://[2001:db8:ffff::1]/\n",
  ".env": "DENO_V8_FLAGS=--no-such-flag\nPVD_SOCKET=/nowhere\n",
  "evil.js": 'console.log("EVIL"); export default {};\n',
  "main.js": 'console.log("EVIL");\n',
};

/** Variables that a runtime could take something from. What some others do, they do to the person who sets them
 * (docs/confinement.md). */
const HOSTILE_VARIABLES: Readonly<Record<string, string>> = {
  DENO_DIR: "/home/bob/hostile/cache",
  DENO_AUTH_TOKENS: "x@deno.land",
  DENO_CERT: "/home/bob/hostile/evil.js",
  DENO_TLS_CA_STORE: "nonsense",
  NODE_OPTIONS: "--inspect=127.0.0.1:9229 --require /home/bob/hostile/evil.js",
  NODE_EXTRA_CA_CERTS: "/home/bob/hostile/evil.js",
  NPM_CONFIG_REGISTRY: "http://[2001:db8:ffff::1]/",
  XDG_CACHE_HOME: "/home/bob/hostile",
  HOME: "/home/bob/hostile",
  RUST_BACKTRACE: "full",
};

/** Connections that say nothing, from one process; prints how many are open when a line comes on standard input. Perl is
 * in every Debian. */
const HOARDER = `use Socket; $| = 1; my @open;
for (1 .. 200) { socket(my $fd, AF_UNIX, SOCK_SEQPACKET, 0) or last;
  connect($fd, pack_sockaddr_un("/run/pvd/client.sock")) or last; push @open, $fd }
print scalar(@open), "\\n"; <STDIN>`;

export function attackTests(lab: BootLab): void {
  const { machine } = lab;

  lab.test("9: nobody but pvd can be net.pvd1 on the bus, not even root, and nobody can call other interfaces", async () => {
    const bus = "busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus";
    for (const name of ["net.pvd1", "org.freedesktop.PvDManager"]) {
      const own = `${bus} RequestName su ${name} 2`;
      match((await machine.as("bob", own)).stderr, /Access denied|not allowed to own/);
      match((await machine.sh(own)).stderr, /Access denied|not allowed to own/);
    }
    for (const member of ["org.freedesktop.DBus.Debug.Stats GetStats", "net.pvd1.Private Anything"]) {
      const { status, stderr } = await machine.as("bob", `busctl --system call net.pvd1 /net/pvd1 ${member}`);
      strictEqual(status, 1);
      match(stderr, /Access denied|rejected send message|AccessDenied/i);
    }
    const variables =
      "busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus " +
      "UpdateActivationEnvironment 'a{ss}' 1 NODE_OPTIONS --inspect";
    strictEqual((await machine.as("bob", variables)).status, 1);
  });

  lab.test("14: in a folder and with variables that want to take over the runtime, pvd does what it always does", async () => {
    const folder = "/home/bob/hostile";
    await machine.check(`install -d -o bob -g bob ${folder}`);
    for (const [name, content] of Object.entries(HOSTILE_FILES)) {
      Deno.writeTextFileSync(`${lab.start.work}/hostile`, content);
      await machine.check(`install -o bob -g bob ${WORK_THERE}/hostile ${folder}/${name}`);
    }
    // The times in it run on.
    const list =
      `cd ${folder} && pvd list --json | tr , '\\n' | grep -E '"(id|namespace|state)"'; exit \${PIPESTATUS[0]}`;
    const plain = await machine.as("bob", list.replace(folder, "/"));
    strictEqual(plain.status, 0, plain.stderr);
    ok(plain.stdout.includes(OFFICE));
    const all = { ...HOSTILE_VARIABLES };
    for (const variables of [{}, all, ...Object.entries(all).map(([name, value]) => ({ [name]: value }))]) {
      const hostile = await machine.as("bob", list, variables);
      deepStrictEqual(
        [hostile.status, hostile.stdout, hostile.stderr],
        [0, plain.stdout, ""],
        JSON.stringify(variables),
      );
    }
    const left = await machine.check(`cd ${folder} && ls -A | sort`);
    deepStrictEqual(left.trim().split("\n"), Object.keys(HOSTILE_FILES).sort());
  });

  lab.test("14: a program in a domain has the person's variables and none of the runtime's", async () => {
    const { text } = await machine.console.run(
      `env -i A=1 'B=two words' HOME=/home/alice /usr/bin/pvd run ${OFFICE} /usr/bin/env`,
    );
    deepStrictEqual(text.trim().split("\n").sort(), ["A=1", "B=two words", "HOME=/home/alice"]);
  });

  lab.test("14: the helper takes no code and no sub-command of a runtime: eval, run, repl are refused", async () => {
    const [file] = (await machine.check("systemctl show -P ExecStart pvd-helper")).match(
      /(?<=argv\[\]=).*?(?= --broker-user)/,
    ) ??
      [];
    ok(file !== undefined);
    const programs = lab.start.packages.form === "compiled" ? [file, "/usr/bin/pvd"] : [file];
    for (const program of programs) {
      for (const args of ["eval 'console.log(\"EVIL\")'", "run /home/bob/hostile/evil.js", "repl", "-A"]) {
        const { status, stdout } = await machine.sh(`cd / && timeout 20 ${program} ${args} < /dev/null`);
        ok(status !== 0 && status !== 124, `${program} ${args}: ${status}`);
        ok(!stdout.includes("EVIL"), stdout);
      }
    }
  });

  lab.test("10: a person who hoards connections is refused more, another is served, and all is well afterwards", async () => {
    Deno.writeTextFileSync(`${lab.start.work}/hoarder.pl`, HOARDER);
    const hoarder = machine.spawn(
      `setpriv --reuid bob --regid bob --init-groups perl ${WORK_THERE}/hoarder.pl`,
    );
    const reader = hoarder.stdout.getReader();
    await reader.read();
    const broker = (await machine.check("systemctl show -P MainPID pvd-broker")).trim();
    const descriptors = async () => Number(await machine.check(`ls /proc/${broker}/fd | wc -l`));
    ok(await descriptors() <= MAX_CONNECTIONS_PER_UID + 64);
    const refused = await machine.as("bob", "timeout 20 pvd list");
    ok(refused.status !== 0 && refused.status !== 124, `bob: ${refused.status} ${refused.stdout}`);
    strictEqual(refused.stderr.trim().split("\n").length, 1, refused.stderr);
    const served = await machine.console.run("pvd list");
    strictEqual(served.status, 0, served.text);
    await hoarder.stdin.close();
    await reader.cancel();
    await hoarder.stderr.cancel();
    await hoarder.status;
    await until("bob is served again", async () => (await machine.as("bob", "pvd list")).status === 0);
    strictEqual((await machine.check("systemctl show -P MainPID pvd-broker")).trim(), broker);
  });

  lab.test("10: a program in a domain has the person's limits, and is in the person's slice", async () => {
    const { text } = await machine.console.run(
      `pvd run ${OFFICE} bash -c 'ulimit -n; ulimit -Hn; ulimit -u'; bash -c 'ulimit -n; ulimit -Hn; ulimit -u'`,
    );
    const limits = text.trim().split("\n");
    deepStrictEqual(limits.slice(0, 3), limits.slice(3));
    const slice = await machine.console.run(`pvd run ${OFFICE} sh -c 'cat /proc/self/cgroup'`);
    match(slice.text, /user\.slice\/user-\d+\.slice/);
  });

  lab.test("17: nobody but the broker's user reaches the helper, not even root", async () => {
    const connect = "use Socket; socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0); " +
      'connect($s, pack_sockaddr_un("/run/pvd-helper/helper.sock")) or exit 3; ' +
      'syswrite($s, q({"type":"listDomains","serial":1,"after":null})); exit(sysread($s, my $b, 100) ? 0 : 4)';
    Deno.writeTextFileSync(`${lab.start.work}/connect.pl`, connect);
    const run = `perl ${WORK_THERE}/connect.pl`;
    strictEqual((await machine.as("bob", run)).status, 3);
    strictEqual((await machine.as("alice", run)).status, 3);
    strictEqual((await machine.sh(run)).status, 4);
    strictEqual((await machine.as("pvd", run)).status, 0);
  });

  lab.test("17: a broker that was taken over gets no foreign namespace, no raw socket, no program as somebody else", async () => {
    await bundle(new URL("taken_over.ts", import.meta.url).pathname, `${lab.start.work}/taken_over.js`);
    await machine.check("ip netns add mifpvd-999 && ip -netns mifpvd-999 link set lo up");
    const namespace = (await lab.domains(OFFICE)).get(OFFICE);
    const file = "/home/taken-over";
    const uid = (await machine.check("id -u pvd")).trim();
    const attempts: readonly Attempt[] = JSON.parse(
      await machine.check(
        `DENO_DIR=/tmp/deno ${DENO_THERE} run --quiet --no-config --allow-all ${WORK_THERE}/taken_over.js ` +
          `${uid} ${namespace} ${OFFICE} ${file}`,
      ),
    );
    strictEqual(attempts.length, 13);
    for (const { tried, answered } of attempts) {
      // The word to the broker that a program's request was taken over says nothing yet; what the person hears does.
      if (tried.startsWith("a program") && !tried.includes("hears")) continue;
      ok(answered === null || JSON.parse(answered).type === "error", `${tried}: ${answered}`);
    }
    const asItself = attempts.find(({ tried }) => tried === "a program as the broker itself");
    match(asItself?.answered ?? "", /notAuthorized.*is a service of pvd's/);
    strictEqual((await machine.sh(`test -e ${file}`)).status, 1);
    match(await machine.check("ip netns list"), /^mifpvd-999/m);
    await machine.check("ip netns delete mifpvd-999");
    strictEqual((await machine.console.run(`pvd run ${OFFICE} bash -c '${ask(OFFICE)}'`)).status, 0);
  });

  lab.test("17: what the broker's unit lets a process do: no file, no socket of the internet, no namespace", async () => {
    // The same confinement, for another program.
    const unit = await machine.check("systemctl cat pvd-broker.service");
    const kept = unit.split("\n").filter((line) =>
      /^(User|Group|CapabilityBoundingSet|AmbientCapabilities|NoNewPrivileges|UMask|Restrict\w+|SystemCall\w+|Protect\w+|Private\w+|DevicePolicy|LockPersonality|IPAddressDeny)=/
        .test(line)
    );
    ok(kept.length > 15);
    Deno.writeTextFileSync(
      `${lab.start.work}/like-broker.service`,
      `[Service]\nType=oneshot\nSyslogIdentifier=like-broker\n${kept.join("\n")}\n` +
        `ExecStart=/usr/bin/perl ${WORK_THERE}/like-broker.pl\n`,
    );
    const tries = {
      "a socket of the internet": "socket(S, 2, 1, 0)",
      "a socket of IPv6": "socket(S, 10, 2, 0)",
      "a packet socket": "socket(S, 17, 3, 0)",
      "another program's memory": "open(F, '<', '/proc/1/mem')",
      "a home": "opendir(D, '/home/alice')",
      "a file in /etc": "open(F, '>', '/etc/like-broker')",
      "a file in /run": "open(F, '>', '/run/like-broker')",
      "a device": "open(F, '<', '/dev/kmsg')",
      "the helper's records": "opendir(D, '/run/pvd-helper/domains')",
    };
    const script = Object.entries(tries).map(([what, code]) => `print "${what}\\n" if ${code};`).join("\n");
    // unshare(2) by number: a user namespace, and a network namespace in it.
    const unshare = 'print "a namespace\\n" if syscall(272, 0x10000000) == 0;';
    const arm = 'print "a namespace\\n" if syscall(97, 0x10000000) == 0;';
    Deno.writeTextFileSync(
      `${lab.start.work}/like-broker.pl`,
      `${script}\n${Deno.build.arch === "x86_64" ? unshare : arm}\nprint "done\\n";`,
    );
    const unitPath = "/run/systemd/system/like-broker.service";
    await machine.check(`cp ${WORK_THERE}/like-broker.service ${unitPath} && systemctl daemon-reload`);
    await machine.sh("systemctl start like-broker");
    // By what the unit gives it: of a process that has ended already the journal may not know the program's name.
    let said = "";
    await until("the journal has its last word", async () => {
      said = (await machine.sh("journalctl --no-pager --boot --output=cat --identifier=like-broker")).stdout;
      return /^done$/m.test(said);
    });
    await machine.sh(`systemctl reset-failed like-broker; rm ${unitPath}; systemctl daemon-reload`);
    strictEqual(said.trim(), "done");
  });
}

async function bundle(source: string, target: string): Promise<void> {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", `--config=${config}`, "-o", target, source],
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

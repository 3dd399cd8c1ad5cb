// People use it: started by the first command or the first call on the bus, allowed at the seat and refused elsewhere,
// seen by ip-netns(8) and journalctl(1), and undisturbed by restarts.

import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { until } from "../lab/lab.ts";
import { ask, type BootLab, WORK_THERE } from "./boot_lab.ts";
import { OFFICE, PORT, PREFIXES } from "./router.ts";

/** What the issue wishes for; a busy machine may be slower, so it is told and not tested. */
const WANTED_FIRST_LIST_MS = 500;

/** At the console, in a domain: prints what the server says, writes a line to it whenever the FIFO says so, and shows the
 * echo. It ends with its connection. */
const TALKER = `exec 3<>/dev/tcp/${PREFIXES[OFFICE]}::1/${PORT}
read -r from <&3
exec 4<>talk
while read -r word <&4; do echo "$word" >&3; read -r heard <&3 || exit 1; echo "$heard" >> heard; done`;

/** As the broker's user: asks the helper and is gone, with answers on their way. */
const LEAVES = `use Socket; socket(my $helper, AF_UNIX, SOCK_SEQPACKET, 0);
connect($helper, pack_sockaddr_un("/run/pvd-helper/helper.sock")) or exit 1;
syswrite($helper, qq({"type":"listDomains","serial":$_,"after":null})) or exit 1 for 1 .. 5;`;

export function useTests(lab: BootLab): void {
  const { machine } = lab;

  lab.test("the first `pvd list` of a person starts both services, by their sockets", async () => {
    const ms: number[] = [];
    for (let round = 0; round < 3; round++) {
      await machine.check("systemctl stop pvd-broker.service pvd-helper.service 2> /dev/null");
      const { stdout, stderr } = await machine.as(
        "bob",
        `began=\${EPOCHREALTIME/./}; pvd list; echo $(( \${EPOCHREALTIME/./} - began ))`,
      );
      match(stdout, /^(ID +KIND|There are no PvDs)/, stderr);
      ms.push(Number(stdout.trim().split("\n").at(-1)) / 1000);
      await until(
        "both are active",
        async () =>
          await machine.check("systemctl is-active pvd-broker pvd-helper || true") === "active\nactive\n",
      );
    }
    const shown = ms.map((each) => each.toFixed(0)).join(", ");
    lab.figure(`the first list, activation included: ${shown} ms (wanted: ${WANTED_FIRST_LIST_MS})`);
    await lab.domains(OFFICE);
  });

  lab.test("a call on the bus by a person starts the broker, where no socket does", async () => {
    await machine.check(
      "systemctl stop pvd-broker.socket pvd-broker.service pvd-helper.service 2> /dev/null",
    );
    const call =
      "busctl --system call net.pvd1 /net/pvd1 org.freedesktop.DBus.ObjectManager GetManagedObjects";
    const { status, stderr } = await machine.as("bob", call);
    strictEqual(status, 0, stderr);
    strictEqual(await machine.check("systemctl is-active pvd-broker.service"), "active\n");
    await machine.check(
      "systemctl stop pvd-broker.service && systemctl start pvd-broker.socket pvd-broker.service",
    );
    await lab.domains(OFFICE);
  });

  lab.test("a person at the console runs a program in a domain, with no rule and no password", async () => {
    strictEqual(await machine.check("ls -A /etc/polkit-1/rules.d"), "");
    const { status, text } = await machine.console.run(
      `pvd run ${OFFICE} bash -c '${ask(OFFICE)}; id -un; tty'`,
    );
    strictEqual(status, 0, text);
    const [from = "", user, terminal] = text.trim().split("\n");
    ok(from.startsWith(`${PREFIXES[OFFICE]}:`), text);
    strictEqual(user, "alice");
    ok(terminal?.startsWith("/dev/"), text);
  });

  lab.test("the domain's resolver is what the program sees, and the machine keeps its own", async () => {
    const { text } = await machine.console.run(
      `pvd run ${OFFICE} cat /etc/resolv.conf; cat /etc/resolv.conf`,
    );
    match(text, new RegExp(`nameserver ${PREFIXES[OFFICE]}::1\n[^]*nameserver 2001:db8:ffff::53\n`));
  });

  lab.test("a program belongs to the person's session, and not to the helper's service", async () => {
    const { text } = await machine.console.run(`pvd run ${OFFICE} cat /proc/self/cgroup`);
    // The unified hierarchy, by which systemd knows whose process it is (cgroups(7)).
    match(text, /^0::.*\/session-\w+\.scope$/m);
  });

  lab.test("a person with a session that is not at the seat is refused, and told what would help", async () => {
    const session = await machine.elsewhere("bob", "loginctl show-session $XDG_SESSION_ID -p Seat -p Active");
    match(session.stdout, /^Seat=\n|^Active=yes\n$/, session.stderr);
    const { status, stdout, stderr } = await machine.elsewhere("bob", `pvd run ${OFFICE} echo started`);
    strictEqual(status, 125);
    strictEqual(stdout, "");
    match(stderr, /password/);
    strictEqual(stderr.trim().split("\n").length, 1, stderr);
  });

  lab.test("an example rule, copied from the documentation, lets a group use one domain", async () => {
    const example = "/usr/share/doc/pvd/examples/polkit/20-pvd-group-for-one-domain.rules";
    const names = await machine.check(`grep -oE '"[a-z0-9.-]+"' ${example} | tr -d '"'`);
    const rule = await machine.check(`cat ${example}`);
    const group = /isInGroup\("([^"]+)"\)/.exec(rule)?.[1];
    const domain = names.split("\n").find((name) => name.includes(".example."));
    const link = /"link"\) ===? "([^"]+)"/.exec(rule)?.[1];
    ok(group !== undefined && domain !== undefined, rule);
    const edit = [`s/${domain}/${OFFICE}/g`, ...(link === undefined ? [] : [`s/"${link}"/"eth0"/g`])];
    await machine.check(
      `groupadd -f ${group} && gpasswd -a bob ${group} > /dev/null
      sed '${edit.join("; ")}' ${example} > /etc/polkit-1/rules.d/20-pvd.rules`,
    );
    let last = "";
    try {
      await until("polkit has read the rule", async () => {
        const { status, stdout, stderr } = await machine.elsewhere(
          "bob",
          `pvd run ${OFFICE} bash -c '${ask(OFFICE)}'`,
        );
        last = stdout + stderr;
        return status === 0;
      });
    } finally {
      await machine.check(
        `rm /etc/polkit-1/rules.d/20-pvd.rules; gpasswd -d bob ${group}; groupdel ${group}`,
      );
    }
    ok(last.startsWith(PREFIXES[OFFICE]), last);
  });

  lab.test("`ip netns` in the machine's own namespaces sees the domain, although the helper is confined", async () => {
    const namespace = (await lab.domains(OFFICE)).get(OFFICE);
    match(await machine.check("ip netns list"), new RegExp(`^${namespace}\\b`, "m"));
    match(await machine.check(`ip -netns ${namespace} -6 address show mifpvd`), new RegExp(PREFIXES[OFFICE]));
    const mount = async (pid: string) => await machine.check(`readlink /proc/${pid}/ns/mnt`);
    const helper = (await machine.check("systemctl show -P MainPID pvd-helper")).trim();
    notStrictEqual(await mount(helper), await mount("1"));
  });

  lab.test("programs go on, with their connections, while both services restart, and while both are killed", async () => {
    await machine.console.run("mkfifo talk; : > heard");
    Deno.writeTextFileSync(`${lab.start.work}/talker.sh`, TALKER);
    await machine.console.run(`pvd run ${OFFICE} bash /mnt/boot-work/talker.sh & talker=$!`);
    const before = await lab.domains(OFFICE);
    const talkers = async () =>
      (await machine.sh("pgrep -u alice -f '^(/usr)?(/bin/)?bash /mnt/boot-work/talker.sh$'")).stdout;
    let talker: string | null = null;
    const say = async (word: string) => {
      await machine.check(`timeout 20 bash -c 'echo ${word} > /home/alice/talk'`);
      await until(
        `${word} is heard`,
        async () => (await machine.check("cat /home/alice/heard")).includes(word),
      );
      talker ??= await talkers();
      match(talker, /^\d+\n$/);
      strictEqual(await talkers(), talker, `the program has gone after ${word}`);
    };
    await say("one");
    await machine.check("systemctl restart pvd-broker pvd-helper");
    await say("two");
    deepStrictEqual(await lab.domains(OFFICE), before);
    await machine.check("systemctl kill --signal=KILL pvd-broker pvd-helper");
    await say("three");
    deepStrictEqual(await lab.domains(OFFICE), before);
    await until("both run again", async () => (await lab.status()).helper.connected);
    const again = await machine.console.run(`pvd run ${OFFICE} true`);
    strictEqual(again.status, 0, again.text);
    strictEqual(await talkers(), talker, "the program has gone, after both were killed");
    await machine.check(`kill -KILL ${talker}`);
    await machine.console.run("wait $talker; rm talk heard");
    strictEqual(await machine.check("systemctl --failed --no-legend"), "");
  });

  lab.test("services that are killed six times in a row come back each time, as after the first", async () => {
    const before = await lab.domains(OFFICE);
    for (let round = 0; round < 6; round++) {
      await machine.check("systemctl kill --signal=KILL pvd-broker pvd-helper");
      await until(
        "both are active",
        async () =>
          await machine.check("systemctl is-active pvd-broker pvd-helper || true") === "active\nactive\n",
      );
    }
    deepStrictEqual(await lab.domains(OFFICE), before);
  });

  lab.test("journalctl shows what happened in words, each with its priority", async () => {
    const entries = await journal(lab, "");
    const said = (text: string) => entries.find(({ message }) => message.includes(text));
    strictEqual(said("connected to the helper")?.priority, 6);
    strictEqual(said("ready")?.priority, 6);
    strictEqual(entries.find(({ message }) => /^<\d>/.test(message)), undefined);
    strictEqual(
      entries.find(({ message }) => /^\s+at /.test(message) || message.includes("\u001b")),
      undefined,
    );
    // Every session's log of its own: what alice asked for is nothing that bob may read.
    strictEqual((await machine.as("bob", "journalctl --quiet --no-pager -u pvd-broker")).stdout, "");
  });

  lab.test("the broker's restart in order leaves no warning in the journal, and no line names its service twice", async () => {
    const mark = (await machine.check("date +%s.%N")).trim();
    // A broker that is told to stop may leave questions unanswered and answers unread.
    Deno.writeTextFileSync(`${lab.start.work}/leave.pl`, LEAVES);
    strictEqual((await machine.as("pvd", `perl ${WORK_THERE}/leave.pl`)).status, 0);
    await machine.check("systemctl restart pvd-broker");
    await until("it has the helper again", async () => (await lab.status()).helper.connected);
    let entries: Entry[] = [];
    await until("the journal has the end of both", async () => {
      entries = await journal(lab, `--since=@${mark}`);
      return entries.filter(({ message }) => message === "broker disconnected: it closed").length === 2;
    });
    deepStrictEqual(entries.filter(({ priority }) => priority < 5).map(({ message }) => message), []);
    deepStrictEqual(entries.filter(({ message }) => message.startsWith("pvd-helper:")), []);
  });

  lab.test("a wrong setting is one error in the journal that names file and line, and nothing is tried for ever", async () => {
    const mark = (await machine.check("date +%s.%N")).trim();
    await machine.check(
      "cp /etc/pvd/pvd.toml /root/pvd.toml && echo 'max_domains = \"many\"' >> /etc/pvd/pvd.toml",
    );
    await machine.sh("systemctl restart pvd-broker");
    await until(
      "it has failed",
      async () => (await machine.sh("systemctl is-failed pvd-broker")).stdout === "failed\n",
    );
    let ours: Entry[] = [];
    await until("the journal has why", async () => {
      const errors = (await journal(lab, `--since=@${mark}`)).filter(({ priority }) => priority <= 3);
      ours = errors.filter(({ identifier }) => identifier === "pvd-broker");
      return ours.length > 0;
    });
    strictEqual(ours.length, 1, JSON.stringify(ours));
    match(ours[0]?.message ?? "", /\/etc\/pvd\/pvd\.toml.*max_domains|max_domains.*\/etc\/pvd\/pvd\.toml/);
    const { status, stderr } = await machine.as("bob", "timeout 20 pvd list");
    notStrictEqual(status, 0);
    strictEqual(stderr.trim().split("\n").length, 1, stderr);
    await machine.check("cp /root/pvd.toml /etc/pvd/pvd.toml");
    await machine.check(
      "systemctl reset-failed pvd-broker.service pvd-broker.socket; systemctl restart pvd-broker.socket pvd-broker",
    );
    await lab.domains(OFFICE);
  });
}

interface Entry {
  readonly message: string;
  readonly priority: number;
  readonly identifier: string;
}

async function journal({ machine }: BootLab, more: string): Promise<Entry[]> {
  const text = await machine.check(`journalctl --no-pager --boot --output=json --unit='pvd-*' ${more}`);
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const entry: Readonly<Record<string, unknown>> = JSON.parse(line);
    return {
      message: String(entry["MESSAGE"]),
      priority: Number(entry["PRIORITY"]),
      identifier: String(entry["SYSLOG_IDENTIFIER"]),
    };
  });
}

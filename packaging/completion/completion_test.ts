// The completions, pressed in real shells on a terminal: what they offer where, that an id which a router chose
// arrives as the one argument that it is, and that nothing in it is ever executed.

import assert from "node:assert/strict";
import { COMMANDS } from "../../client/commands.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { completedCommands } from "./model.ts";
import { fishQuoted, posixQuoted } from "./shell_quote.ts";
import { isInstalled, type Person, type Shell, SHELLS, sitAt } from "./shell_testing.ts";
import { zshCompletion } from "./zsh.ts";

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: bashCompletion(),
  zsh: zshCompletion(),
  fish: fishCompletion(),
};

/** Printable ASCII without spaces, as ids are; STRANGER appears where any of it is executed. */
const HOSTILE = [
  "$(touch${IFS}STRANGER)",
  "`touch${IFS}STRANGER`",
  "a;touch${IFS}STRANGER;",
  "a|touch>STRANGER",
  "a&&touch${IFS}STRANGER",
  "a'$(touch${IFS}STRANGER)'",
  'a"$(touch${IFS}STRANGER)"',
  "(touch${IFS}STRANGER)",
  "<(touch${IFS}STRANGER)",
  "a\\032b",
  "\\",
  "{a,b}",
  "*?[x]",
  "#x",
  "!!",
  "a:b=c@d",
  "a%b^c",
  "=ls",
];

for (const shell of SHELLS) {
  const ignore = !isInstalled(shell) || !isInstalled("script");

  const person = async (action: (person: Person) => Promise<void>): Promise<void> => {
    const one = await sitAt(shell);
    try {
      await action(one);
      assert.deepEqual(one.strangers(), [], "something was executed");
    } finally {
      await one.leave();
    }
  };

  Deno.test({
    name: `${shell}: the script is one`,
    ignore: !isInstalled(shell),
    async fn() {
      const file = await Deno.makeTempFile();
      try {
        await Deno.writeTextFile(file, SCRIPTS[shell]);
        const { stderr, code } = await new Deno.Command(shell, { args: ["-n", file], stdout: "null" })
          .output();
        assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
      } finally {
        await Deno.remove(file);
      }
    },
  });

  Deno.test({
    name: `${shell}: Tab after show, run and default completes the id of a PvD that is there`,
    ignore,
    fn: () =>
      person(async (one) => {
        one.names(["office.example.org\texplicit, eth1, ready", "tv.example.org\texplicit, eth1, ready"]);
        assert.deepEqual(await one.line("pvd show off\t"), ["show", "office.example.org"]);
        assert.deepEqual(await one.line("pvd show --json t\t"), ["show", "--json", "tv.example.org"]);
        assert.deepEqual(await one.line("pvd default t\t"), ["default", "tv.example.org"]);
        assert.deepEqual(await one.line("pvd run --no-ask-password off\tls -l"), [
          "run",
          "--no-ask-password",
          "office.example.org",
          "ls",
          "-l",
        ]);
        // What is there now, not what was there then.
        one.names(["office.example.net\texplicit, eth1, ready"]);
        assert.deepEqual(await one.line("pvd show off\t"), ["show", "office.example.net"]);
      }),
  });

  Deno.test({
    name: `${shell}: Tab completes commands, options and the command of run, after --, --match and DOMAIN`,
    ignore,
    fn: () =>
      person(async (one) => {
        one.names(["tv\texplicit, eth1, ready"]);
        assert.deepEqual(await one.line("pvd sho\ttv"), ["show", "tv"]);
        assert.deepEqual(await one.line("pvd list --js\t"), ["list", "--json"]);
        assert.deepEqual(await one.line("pvd advertise --che\t"), ["advertise", "--check"]);
        assert.deepEqual(await one.line("pvd help advert\t"), ["help", "advertise"]);
        for (const before of ["tv", "--", "--match type=internet", "tv --", "--no-ask-password tv"]) {
          const args = await one.line(`pvd run ${before} mkfif\tx`);
          assert.deepEqual(args, ["run", ...before.split(" "), "mkfifo", "x"], before);
        }
        // The program's own words, in whatever way it completes them: not a PvD.
        assert.deepEqual(await one.line("pvd run tv ls t\t"), ["run", "tv", "ls", "t"]);
      }),
  });

  Deno.test({
    name: `${shell}: an id made of a shell's own characters arrives as one argument, and is not executed`,
    ignore,
    fn: () =>
      person(async (one) => {
        for (const id of HOSTILE) {
          one.names([`${id}\texplicit, eth1, ready`]);
          assert.deepEqual(await one.line("pvd show \t"), ["show", id]);
        }
      }),
  });

  Deno.test({
    name: `${shell}: inside quotes a hostile id is not executed either`,
    ignore,
    fn: () =>
      person(async (one) => {
        for (const id of HOSTILE) {
          one.names([`x${id}\texplicit, eth1, ready`]);
          // zsh and fish take it and close the quote; to bash none is offered, because there it could end the quote.
          const given = shell === "bash" ? ["show", "x"] : ["show", `x${id}`];
          for (const quote of ["'", '"']) {
            const args = await one.line(`pvd show ${quote}x\t${shell === "bash" ? quote : ""}`);
            assert.deepEqual(args, given);
          }
        }
      }),
  });

  Deno.test({
    name: `${shell}: without the broker's file Tab offers nothing and says nothing`,
    ignore,
    fn: () =>
      person(async (one) => {
        assert.deepEqual(await one.line("pvd show t\t"), ["show", "t"]);
      }),
  });
}

Deno.test("bash: paths after --socket= are completed behind the equals sign", {
  ignore: !isInstalled("script"),
}, async () => {
  const one = await sitAt("bash");
  try {
    assert.deepEqual(await one.line("pvd --socket=/etc/host\tname show"), ["--socket=/etc/hostname", "show"]);
    assert.deepEqual(await one.line("pvd list --socket /etc/hostnam\t"), [
      "list",
      "--socket",
      "/etc/hostname",
    ]);
  } finally {
    await one.leave();
  }
});

Deno.test("fish: descriptions stand beside the ids, and no option is offered to a program", {
  ignore: !isInstalled("fish"),
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/pvd.fish`, SCRIPTS.fish);
    await Deno.writeTextFile(`${folder}/domains`, "tv\texplicit, eth1, ready\n");
    const ask = async (line: string) => {
      const { stdout } = await new Deno.Command("fish", {
        args: ["--no-config", "-c", `source ${folder}/pvd.fish; complete -C ${fishQuoted(line)}`],
        env: { PVD_SOCKET: `${folder}/client.sock`, HOME: folder },
      }).output();
      return new TextDecoder().decode(stdout).trimEnd().split("\n");
    };
    assert.deepEqual(await ask("pvd show "), ["tv\texplicit, eth1, ready"]);
    assert((await ask("pvd run --")).some((each) => each.startsWith("--match\t")));
    assert(!(await ask("pvd run tv ls --")).some((each) => each.startsWith("--match\t")));
    assert((await ask("pvd ")).some((each) => each.startsWith("run\t")));
    // The value of an option, behind a space as behind "=".
    const links = [...Deno.readDirSync("/sys/class/net")].map(({ name }) => name).toSorted();
    const offered = (await ask("pvd monitor --link ")).map((each) => each.split("\t")[0]);
    assert.deepEqual(offered.toSorted(), links);
    for (const line of ["pvd advertise --config", "pvd --socket", "pvd list --socket"]) {
      assert((await ask(`${line} ${folder}/pvd.`)).includes(`${folder}/pvd.fish`), line);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every command and option of the table is in every completion", () => {
  for (const { name, options } of COMMANDS) {
    for (const [shell, script] of Object.entries(SCRIPTS)) {
      assert(script.includes(name), `${shell}: ${name}`);
      for (const option of options) {
        assert(
          script.includes(shell === "fish" ? `-l ${option.name.slice(2)} ` : option.name),
          `${shell}: ${option.name}`,
        );
      }
    }
  }
  assert.equal(completedCommands().length, COMMANDS.length + 1);
});

Deno.test("posixQuoted and fishQuoted leave nothing open", () => {
  assert.equal(posixQuoted("a'b\\"), "'a'\\''b\\'");
  assert.equal(fishQuoted("a'b\\"), "'a\\'b\\\\'");
});

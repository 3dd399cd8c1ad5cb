// `pvd shell`: what a router's id does to the environment and the prompt of a real shell. An id is printable ASCII,
// so it can hold every character that a shell takes for more than itself.

import assert from "node:assert/strict";
import { promptHint, shellEnvironment, shellProgram } from "./shell.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encode = (text: string) => new TextEncoder().encode(text);

const HOSTILE = [
  "$(touch${IFS}HIT)",
  "`touch${IFS}HIT`",
  "%{$(touch${IFS}HIT)%}",
  "a';touch${IFS}HIT;'",
  'a";touch${IFS}HIT;"',
  "\\$(touch${IFS}HIT)",
  "%(?.x.$(touch${IFS}HIT))",
];

Deno.test("shellProgram sets PVD_DOMAIN and the prompt's variables once, and keeps the rest byte by byte", () => {
  const odd = Uint8Array.of(0x4f, 0x3d, 0xff);
  const own = [
    encode("PATH=/bin"),
    encode("PVD_DOMAIN=old"),
    encode("debian_chroot=old"),
    odd,
    encode("PS1=old"),
  ];
  const { argv, environment } = shellProgram("/usr/bin/bash");
  assert.deepEqual(argv.map(decode), ["/usr/bin/bash"]);
  const set = environment(own, "office.example.com");
  assert(set.includes(odd));
  assert.deepEqual(set.filter((each) => each !== odd).map(decode), [
    "PATH=/bin",
    "PVD_DOMAIN=office.example.com",
    "debian_chroot=office.example.com",
    "PS1=(office.example.com)\\u@\\h:\\w\\$ ",
  ]);
  assert.equal(shellEnvironment("/bin/dash", "a")["PS1"], undefined);
});

Deno.test("promptHint has letters, digits, dots, hyphens and underscores, and is short", () => {
  for (const id of HOSTILE) assert.match(promptHint(id), /^[A-Za-z0-9._-]+$/);
  assert.equal(promptHint("a".repeat(300)).length, 40);
});

for (
  const [shell, flags] of [
    ["bash", ["--norc", "--noprofile", "-i"]],
    ["zsh", ["-f", "-i", "-o", "promptsubst"]],
  ] as const
) {
  const path = `/usr/bin/${shell}`;
  const ignore = !isThere(path);
  Deno.test({
    name: `${shell}: a prompt with a router's id in it shows it, and runs none of it`,
    ignore,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        for (const id of HOSTILE) {
          const env = { PATH: "/usr/bin:/bin", TERM: "dumb", HOME: folder, ...shellEnvironment(path, id) };
          // Without a terminal a shell that is told to be interactive writes its prompt to standard error.
          const child = new Deno.Command(path, {
            args: [...flags],
            cwd: folder,
            clearEnv: true,
            env,
            stdin: "piped",
            stdout: "piped",
            stderr: "piped",
          }).spawn();
          const writer = child.stdin.getWriter();
          await writer.write(encode('print_it() { printf "%s\\n" "$PVD_DOMAIN"; }; print_it\n'));
          await writer.close();
          const { stdout, stderr } = await child.output();
          assert.equal(decode(stdout).includes(id), true, decode(stdout) + decode(stderr));
          assert(decode(stdout).concat(decode(stderr)).includes(`(${promptHint(id)})`), decode(stderr));
        }
        assert.deepEqual(
          [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name === "HIT"),
          [],
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

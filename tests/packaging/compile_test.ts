// `deno task compile` where no denort can be had, and with what is no denort: each is one sentence, an exit status, and
// no program left behind. Started for real, in a network namespace that reaches nothing where this is root.

import { namesIn } from "../../lib/linux/fd.ts";
import { match, ok, strictEqual } from "node:assert/strict";

const COMPILE = new URL("../../packaging/compile.ts", import.meta.url).pathname;
const isRoot = Deno.uid() === 0;

/** The runtime's cache as it is, but for the releases in it: an earlier `deno compile` may have left a denort there. By
 * links, in `folder`: what else the bundles need is not fetched again. */
function cacheWithoutReleases(folder: string): string {
  const { success, stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  ok(success);
  const { denoDir }: { readonly denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  for (
    const [from, to, left] of [[denoDir, folder, "dl"], [`${denoDir}/dl`, `${folder}/dl`, "release"]] as const
  ) {
    Deno.mkdirSync(to, { recursive: true });
    for (const name of namesIn(from)) if (name !== left) Deno.symlinkSync(`${from}/${name}`, `${to}/${name}`);
  }
  return folder;
}

function compile(denort: string | null) {
  const out = Deno.makeTempDirSync({ prefix: "pvd-compile-test-" });
  const cache = Deno.makeTempDirSync({ prefix: "pvd-compile-test-" });
  const offline = isRoot ? ["unshare", "--net", "--"] : ["env"];
  const [program = "", ...args] = [
    ...offline,
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-check",
    "-A",
    COMPILE,
  ];
  const env = { ...Deno.env.toObject(), DENO_DIR: cacheWithoutReleases(cache) };
  Reflect.deleteProperty(env, "DENORT_BIN");
  const { code, stdout, stderr } = new Deno.Command(program, {
    args: [...args, Deno.build.arch, `${out}/dist`],
    clearEnv: true,
    env: denort === null ? env : { ...env, DENORT_BIN: denort },
  }).outputSync();
  let left = 0;
  for (const _ of Deno.readDirSync(out)) left++;
  for (const folder of [out, cache]) Deno.removeSync(folder, { recursive: true });
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr), left };
}

Deno.test("compile: the Deno command line as denort is refused, and nothing is left", () => {
  const { code, stderr, left } = compile(Deno.execPath());
  match(stderr, /^compile: DENORT_BIN names \S+, which is the Deno command line and no denort\n$/);
  strictEqual(code, 65);
  strictEqual(left, 0);
});

Deno.test("compile: a script that starts the Deno command line is refused by what it does", () => {
  const script = Deno.makeTempFileSync();
  Deno.writeTextFileSync(script, `#!/bin/sh\nexec ${Deno.execPath()} "$@"\n`);
  Deno.chmodSync(script, 0o755);
  const { code, stderr, left } = compile(script);
  Deno.removeSync(script);
  match(stderr, /^compile: DENORT_BIN names \S+, which is no denort: \S+ runs foreign code: `eval` did\n$/);
  strictEqual(code, 65);
  strictEqual(left, 0);
});

Deno.test("compile: any other program as denort is refused by what comes of it", () => {
  const { code, stderr, left } = compile("/bin/cat");
  match(stderr, /^compile: pvd does not do what it should[^\n]*\n$/);
  strictEqual(code, 65);
  strictEqual(left, 0);
});

Deno.test("compile: a denort that is not there is one sentence", () => {
  const { code, stderr } = compile("/nonexistent/denort");
  match(stderr, /^compile: DENORT_BIN names \/nonexistent\/denort, which is no file\n$/);
  strictEqual(code, 69);
});

Deno.test("compile: where denort cannot be fetched it says how to go on", { ignore: !isRoot }, () => {
  const { code, stderr, left } = compile(null);
  match(
    stderr,
    /^compile: deno compile could not fetch denort [^\n]*set DENORT_BIN [^\n]*deno task bundle\)\n$/,
  );
  strictEqual(code, 69);
  strictEqual(left, 0);
});

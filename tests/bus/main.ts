// `deno run -A tests/bus/main.ts [FILE...]`: runs the tests that need a system bus (all *_test.ts here, or the ones
// named), as root, in mount and pid namespaces of their own. When it ends, by whatever signal, the kernel takes every
// process and mount with it; the host's bus, users and rules are never touched.

import { dieWithParent } from "../lab/process.ts";

const FOLDER = new URL(".", import.meta.url).pathname;
const ROOT = new URL("../../", import.meta.url).pathname;
/** Pid 1 of the namespace: a shell reaps what a runtime would leave as zombies. */
const PID_1 = '"$@"; exit $?';

if (import.meta.main) {
  if (Deno.uid() !== 0) {
    console.error("tests/bus: they start a bus of their own, which only root may; run them with sudo");
    Deno.exit(1);
  }
  dieWithParent();
  const { code } = await new Deno.Command("setpriv", {
    args: [
      ...["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
      ...[
        "--propagation",
        "private",
        "sh",
        "-c",
        PID_1,
        "sh",
        Deno.execPath(),
        "run",
        "--quiet",
        "--no-prompt",
      ],
      ...["--no-check", "--allow-all", `--config=${ROOT}deno.json`, `${FOLDER}inside.ts`, ...Deno.args],
    ],
    stdin: "null",
  }).spawn().status;
  Deno.exit(code);
}

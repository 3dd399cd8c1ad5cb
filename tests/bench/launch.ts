// How long it takes to start a program in a PvD, as an unprivileged person with a rule that says yes, beside what that
// person would use instead; where the time goes; and what a download loses. Prints; asserts nothing.

import { INSTALLED_DENO } from "../../packaging/paths.ts";
import { inHost, onHost, run, SERVER_ADDRESS, spawn, until, waitForDomains } from "../lab/lab.ts";
import { LAB_FOLDER } from "../lab/paths.ts";
import { asUser, findUser } from "../lab/users.ts";
import { launchSplit } from "./launch_split.ts";
import { missed } from "./missed.ts";
import { median, spread } from "./numbers.ts";
import { type BenchRouter, explicitPvd } from "./router.ts";
import { benchSizes } from "./size.ts";

const ID = "launch.example";
const ROUNDS = 5;
const RUNS = 10;
const TIMER = `${LAB_FOLDER}/launch_timer`;
const EMPTY = `${LAB_FOLDER}/empty.js`;
const DOWNLOAD_PORT = 8_888;
const DOWNLOAD_MB = 400;
const PKEXEC_ACTION = "org.freedesktop.policykit.exec";
/** Parts of the peers' names, with how much of their time ours may be, and why one that is there is not measured. */
const PEERS = {
  "pkexec": { most: 1.3, unusable: "polkit does not go by the rule for it" },
  "firejail": {
    most: 0.5,
    unusable: "in the lab it takes itself for sandboxed already, and makes no sandbox",
  },
} as const;
const ACTIONS = "/usr/share/polkit-1/actions";
const RULES = "/etc/polkit-1/rules.d";

/** R1, whose link-layer address is `mac`, is `router`; it routes `prefix`. */
export async function benchLaunch(router: BenchRouter, mac: string, prefix: string): Promise<void> {
  const source = new URL("launch_timer.c", import.meta.url).pathname;
  const built = await run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", TIMER, source]);
  if (built.status !== 0) return console.log("launch: left out; install it with apt-get install gcc");
  await router.send([explicitPvd(mac, ID, prefix)]);
  const domains = await waitForDomains((all) => all.some(({ id, state }) => id === ID && state === "ready"));
  const namespace = domains.find(({ id }) => id === ID)?.namespace ?? "";
  await launches(namespace);
  await launchSplit(ID, TIMER);
  await benchSizes((argv) => times("alice", argv));
  await download(namespace);
}

/** Milliseconds of each run, as alice or as root. */
async function times(user: "alice" | null, argv: readonly string[], count = RUNS): Promise<number[]> {
  const as = user === null ? [] : asUser(findUser(user));
  const { status, stdout, stderr } = await run([...as, TIMER, String(count), ...argv], {
    environment: { HOME: user === null ? "/root" : findUser(user).home },
  });
  if (status !== 0) throw new Error(`${argv.join(" ")}: status ${status}: ${stderr}`);
  return stdout.trim().split("\n").map((text) => Number(text) / 1000);
}

async function launches(namespace: string): Promise<void> {
  Deno.writeTextFileSync(EMPTY, "");
  const inNamespace = ["ip", "netns", "exec", namespace, "/bin/true"];
  const empty = ["--no-config", "--no-remote", "--no-npm", "--cached-only", "--no-prompt", "--quiet", EMPTY];
  const what = {
    "pvd run": ["alice", ["pvd", "run", ID, "/bin/true"]],
    "pkexec ip netns exec": ["alice", ["pkexec", ...inNamespace]],
    "firejail --netns --noprofile": [null, [
      "firejail",
      "--quiet",
      "--noprofile",
      `--netns=${namespace}`,
      "/bin/true",
    ]],
    "ip netns exec, as root": [null, inNamespace],
    "the runtime, with an empty program": ["alice", [INSTALLED_DENO, "run", ...empty]],
    "pvd --version": ["alice", ["pvd", "--version"]],
    "/bin/true alone": ["alice", ["/bin/true"]],
  } as const;
  const known = await usable(what["pkexec ip netns exec"][1]);
  const confines = await isThere("firejail") && await makesSandbox(namespace);
  const found = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [user, argv]] of Object.entries(what)) {
      if (name.startsWith("pkexec") && !known) continue;
      if (name.startsWith("firejail") && !confines) continue;
      found.set(name, [...found.get(name) ?? [], ...await times(user, argv)]);
    }
  }
  const ours = median(found.get("pvd run") ?? []);
  console.log(
    "launch of /bin/true, from the bundle with a warm cache (wanted: at most 1.3 of pkexec, 0.5 of firejail)",
  );
  for (const [name, each] of found) {
    const most = peerOf(name)?.most;
    const verdict = most === undefined ? "" : missed(ours / median(each) <= most);
    console.log(`    ${name}: ${spread(each)}; ours is ${(ours / median(each)).toFixed(2)} of it${verdict}`);
  }
  for (const name of Object.keys(what)) {
    if (found.has(name)) continue;
    const [program = ""] = name.split(" ");
    const why = await isThere(program) ? peerOf(name)?.unusable : `apt-get install ${program}`;
    console.log(`    ${name}: not measurable here: ${why}`);
  }
}

function peerOf(name: string): { readonly most: number; readonly unusable: string } | undefined {
  return Object.entries(PEERS).find(([program]) => name.startsWith(program))?.[1];
}

async function isThere(program: string): Promise<boolean> {
  return (await run(["sh", "-c", 'command -v "$0"', program])).status === 0;
}

/** Where firejail finds itself in a sandbox already, it starts the program as it is. */
async function makesSandbox(namespace: string): Promise<boolean> {
  const { stdout, stderr } = await run(["firejail", "--noprofile", `--netns=${namespace}`, "/bin/true"]);
  return !/existing sandbox/.test(stdout + stderr);
}

/** pkexec's own action, which the lab's polkit does not have, and a rule for alice. */
async function usable(argv: readonly string[]): Promise<boolean> {
  if (!await isThere("pkexec")) return false;
  Deno.writeTextFileSync(
    `${ACTIONS}/${PKEXEC_ACTION}.policy`,
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE policyconfig PUBLIC "-//freedesktop//DTD PolicyKit Policy Configuration 1.0//EN" "">
<policyconfig><action id="${PKEXEC_ACTION}"><description>run</description><message>run</message>
<defaults><allow_any>no</allow_any><allow_inactive>no</allow_inactive><allow_active>no</allow_active></defaults>
</action></policyconfig>
`,
  );
  const rule = `polkit.addRule(function (action, subject) {
  if (action.id === "${PKEXEC_ACTION}" && subject.user === "alice") return polkit.Result.YES;
});
`;
  Deno.writeTextFileSync(`${RULES}/05-bench.rules`, rule, { mode: 0o644 });
  const works = async () => (await run([...asUser(findUser("alice")), ...argv])).status === 0;
  try {
    await until("pkexec goes by the rule", works);
    return true;
  } catch {
    return false;
  }
}

/** As an unprivileged person, by curl's own word, so that starting it does not count. */
async function download(namespace: string): Promise<void> {
  const url = `http://[${SERVER_ADDRESS.S1}]:${DOWNLOAD_PORT}/`;
  const script = new URL("zeros.py", import.meta.url).pathname;
  const server = spawn(
    inHost("S1", ["/usr/bin/python3", script, String(DOWNLOAD_PORT), String(DOWNLOAD_MB)]),
  );
  try {
    const curl = `curl -s -o - -w '%{stderr}%{speed_download}' ${url} | cat > /dev/null`;
    await until(
      "the server answers",
      async () => (await onHost("S1", ["sh", "-c", `curl -s -m 1 -o /dev/null ${url}`])).status !== 7,
    );
    const alice = asUser(findUser("alice"));
    const ours: number[] = [], theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Only root enters a namespace by ip(8); from there on it is the same person.
      ours.push(await speed([...alice, "sh", "-c", `pvd run ${ID} ${curl}`]));
      theirs.push(await speed(["ip", "netns", "exec", namespace, ...alice, "sh", "-c", curl]));
    }
    const ratio = median(ours) / median(theirs);
    console.log(
      `download of ${DOWNLOAD_MB} MB through a pipe, as an unprivileged person: ${
        median(ours).toFixed(0)
      } MB/s; inside ip netns exec: ${median(theirs).toFixed(0)} MB/s; ratio ${ratio.toFixed(2)}; ` +
        `wanted: at least 0.98${missed(ratio >= 0.98)}`,
    );
  } finally {
    server.kill("SIGTERM");
    await Promise.all([server.stdin.close(), server.stdout.cancel(), server.stderr.cancel()]);
    await server.status;
  }
}

async function speed(argv: readonly string[]): Promise<number> {
  const { stderr } = await run(argv);
  const bytesPerS = Number(stderr.trim());
  if (!(bytesPerS > 0)) throw new Error(`${argv.join(" ")}: ${stderr}`);
  return bytesPerS / 1e6;
}

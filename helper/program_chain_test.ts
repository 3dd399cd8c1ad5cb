import assert from "node:assert/strict";
import fc from "fast-check";
import { close } from "../lib/linux/fd.ts";
import { makePipe, readPipe } from "../lib/linux/pipe.ts";
import { reapPid } from "../lib/linux/process.ts";
import { spawn } from "../lib/linux/spawn.ts";
import { MAX_VARIABLES } from "../lib/protocol.ts";
import { identityArguments, programChain } from "./program_chain.ts";
import type { Launch } from "./launch.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const record = {
  handle: "mifpvd-1",
  id: "a",
  pid: 1,
  startTime: "1",
  umask: 0,
  descriptors: ["", "", "", ""],
  argv: [bytes("/bin/true"), bytes("--reuid=0")],
  environment: [bytes("LD_PRELOAD=/tmp/evil.so"), bytes("=x"), bytes("no assignment"), bytes("A=b c")],
};
const inherited = { limits: ["--core=0:0"], openFiles: { soft: 1024, hard: 4096 }, nice: 0, cgroup: null };
const byte = fc.integer({ min: 1, max: 255 });
const assignment = fc.tuple(
  fc.array(byte.filter((each) => each !== "=".charCodeAt(0)), { minLength: 1, maxLength: 9 }),
  fc.array(byte, { maxLength: 30 }),
).map(([name, value]) => Uint8Array.from([...name, "=".charCodeAt(0), ...value]));
const nameOf = (entry: Uint8Array) => entry.subarray(0, entry.indexOf("=".charCodeAt(0))).join(" ");

/** What a program prints, as bytes; it has ended by then. */
function outputOf(path: string, argv: readonly Uint8Array[], environment: readonly Uint8Array[]): number[] {
  const { reading, writing } = makePipe();
  try {
    const pid = spawn(path, argv, environment, [0, writing, 2]);
    close(writing);
    const buffer = new Uint8Array(65_536);
    const all: number[] = [];
    for (let length = 1; length > 0;) {
      length = readPipe(reading, buffer);
      all.push(...buffer.subarray(0, length));
    }
    reapPid(pid);
    return all;
  } finally {
    close(reading);
  }
}

const decoded = (all: readonly Uint8Array[]) => all.map((each) => new TextDecoder().decode(each));
const chain = (launch: Omit<Launch, "inherited">, caller = inherited) =>
  programChain({ ...launch, inherited: caller }, inherited, "/sys/fs/cgroup");
const texts = (launch: Omit<Launch, "inherited">, caller = inherited) => decoded(chain(launch, caller).argv);

Deno.test("programChain: the person's environment gets its names only after the identity has changed, and is no argument", () => {
  const launch = { uid: 1000, gid: 1000, groups: [27, 1000], record };
  const words = texts(launch);
  const env = words.indexOf("/usr/bin/env");
  assert.deepEqual(words.slice(0, 4), [
    "/usr/bin/setpriv",
    "--reuid=+1000",
    "--regid=+1000",
    "--groups=+27,+1000",
  ]);
  assert.ok(
    words.slice(0, env).includes("--bounding-set=-all") && words.slice(0, env).includes("--no-new-privs"),
  );
  assert.deepEqual(words.slice(env), [
    "/usr/bin/env",
    "-S-i -- ${PVD_0} ${PVD_1}",
    "/bin/true",
    "--reuid=0",
  ]);
  assert.deepEqual(decoded(chain(launch).environment), ["PVD_0=LD_PRELOAD=/tmp/evil.so", "PVD_1=A=b c"]);
});

Deno.test("programChain: env(1) itself gives any bytes back as they were, in their order", () => {
  const property = fc.property(
    fc.uniqueArray(assignment, { maxLength: 8, selector: nameOf }),
    (environment) => {
      const launch = { uid: 1, gid: 1, groups: [], record: { ...record, environment } };
      const { argv, environment: carried } = chain(launch);
      const env = decoded(argv).indexOf("/usr/bin/env");
      const words = [...argv.slice(env, env + 2), bytes("/bin/cat"), bytes("/proc/self/environ")];
      assert.deepEqual(outputOf("/usr/bin/env", words, carried), environment.flatMap((each) => [...each, 0]));
    },
  );
  fc.assert(property, { numRuns: 50 });
});

Deno.test("programChain: the program has ignored what it is to ignore, and what runs as root has nothing of it", () => {
  const ignored = [1, 10];
  const launch = { uid: 1, gid: 1, groups: [], record: { ...record, ignored, environment: [bytes("A=b")] } };
  const { argv, environment } = chain(launch);
  const words = decoded(argv);
  const env = words.indexOf("/usr/bin/env");
  assert.deepEqual(words.slice(env + 1, env + 3), ["--ignore-signal=1,10", "-S-i -- ${PVD_0}"]);
  const show = [...argv.slice(env, env + 3), bytes("/bin/grep"), bytes("-h"), bytes("^SigIgn:")];
  const shown = outputOf("/usr/bin/env", [...show, bytes("/proc/self/status")], environment);
  assert.match(new TextDecoder().decode(Uint8Array.from(shown)), /^SigIgn:\s*0+201\n$/);
});

Deno.test("programChain: more variables than names fit are refused in a sentence", () => {
  const environment = Array.from({ length: MAX_VARIABLES + 1 }, (_, index) => bytes(`V${index}=x`));
  const launch = { uid: 1, gid: 1, groups: [], record: { ...record, environment } };
  assert.throws(() => chain(launch), /10001 variables, and a program in a PvD can have 10000: unset some$/);
  const fits = chain({ ...launch, record: { ...record, environment: environment.slice(1) } });
  assert.ok(fits.argv.every((word) => word.length < 128 * 1024));
});

Deno.test("programChain: a person without supplementary groups gets none", () => {
  assert.ok(texts({ uid: 1, gid: 1, groups: [], record }).includes("--clear-groups"));
});

const ownMounts = await new Deno.Command("/usr/bin/unshare", { args: ["-m", "true"], stderr: "null" })
  .output();

Deno.test(
  "identityArguments: setpriv(1) takes numbers for numbers, also where accounts have them for names",
  {
    ignore: !ownMounts.success,
  },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/passwd`, "root:x:0:0::/:/bin/sh\n4242:x:777:777::/:/bin/sh\n");
      await Deno.writeTextFile(`${folder}/group`, "root:x:0:\n4242:x:777:\n4343:x:0:\n");
      const script =
        'for file in passwd group; do mount --bind "$0/$file" /etc/$file || exit 1; done; exec "$@"';
      const identity = identityArguments(4242, 4242, [4242, 4343]);
      const shown = ["/usr/bin/grep", "-E", "^(Uid|Gid|Groups):", "/proc/self/status"];
      const { stdout } = await new Deno.Command("/usr/bin/unshare", {
        args: [
          "-m",
          "--propagation",
          "private",
          "/bin/sh",
          "-c",
          script,
          folder,
          "setpriv",
          ...identity,
          ...shown,
        ],
      }).output();
      const lines = new TextDecoder().decode(stdout).trim().split("\n").map((line) =>
        line.trim().split(/\s+/)
      );
      assert.deepEqual(lines, [
        ["Uid:", "4242", "4242", "4242", "4242"],
        ["Gid:", "4242", "4242", "4242", "4242"],
        ["Groups:", "4242", "4343"],
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("programChain: a program whose path holds = is not taken for a variable", () => {
  const words = texts({
    uid: 1,
    gid: 1,
    groups: [],
    record: { ...record, argv: [bytes("/opt/a=b"), bytes("c")] },
  });
  assert.deepEqual(words.slice(-5), ["/bin/sh", "-c", 'exec "$0" "$@"', "/opt/a=b", "c"]);
});

Deno.test("programChain: what the caller has less or more of than the helper comes first, as root, without the person's environment", () => {
  const caller = { ...inherited, openFiles: { soft: 10, hard: 20 }, nice: 5 };
  const words = texts({ uid: 1, gid: 1, groups: [], record }, caller);
  assert.deepEqual(words.slice(0, 8), [
    "/usr/bin/nice",
    "-n",
    "5",
    "--",
    "/usr/bin/prlimit",
    "--nofile=10:20",
    "--",
    "/usr/bin/setpriv",
  ]);
});

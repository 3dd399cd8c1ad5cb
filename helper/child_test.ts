import assert from "node:assert/strict";
import { programChain } from "./child.ts";
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
  environment: [bytes("LD_PRELOAD=/tmp/evil.so"), bytes("=x"), bytes("no assignment")],
};
const inherited = { limits: ["--core=0:0"], openFiles: { soft: 1024, hard: 4096 }, nice: 0, cgroup: null };
const texts = (launch: Omit<Launch, "inherited">, caller = inherited) =>
  programChain({ ...launch, inherited: caller }, inherited, "/sys/fs/cgroup").map((each) =>
    new TextDecoder().decode(each)
  );

Deno.test("programChain: the person's environment comes only after the identity has changed", () => {
  const words = texts({ uid: 1000, gid: 1000, groups: [27, 1000], record });
  const env = words.indexOf("/usr/bin/env");
  assert.deepEqual(words.slice(0, 4), [
    "/usr/bin/setpriv",
    "--reuid=1000",
    "--regid=1000",
    "--groups=27,1000",
  ]);
  assert.ok(
    words.slice(0, env).includes("--bounding-set=-all") && words.slice(0, env).includes("--no-new-privs"),
  );
  assert.deepEqual(words.slice(env), [
    "/usr/bin/env",
    "-i",
    "--",
    "LD_PRELOAD=/tmp/evil.so",
    "/bin/true",
    "--reuid=0",
  ]);
});

Deno.test("programChain: a person without supplementary groups gets none", () => {
  assert.ok(texts({ uid: 1, gid: 1, groups: [], record }).includes("--clear-groups"));
});

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

// `pvd socket`: a program in the host's network gets one socket of a domain as descriptor 3. Runs in the lab.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, listDomains, onHost, runAs, SERVER_ADDRESS, spawnAs, until } from "../lab/lab.ts";
import { outcome } from "../lab/lab.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const FETCH = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";
const S1 = `[${SERVER_ADDRESS.S1}]:80`;
const S2 = `[${SERVER_ADDRESS.S2}]:80`;

const socketAs = (user: string, options: readonly string[], script: string) =>
  runAs(user, ["pvd", "socket", ...options, ID, "--", "bash", "-c", script]);

Deno.test("pvd socket: a connected socket of the domain is descriptor 3, and the program stays in the host's network", async () => {
  const seen = await socketAs(
    "alice",
    ["--connect", S1],
    `${FETCH}; echo; readlink /proc/self/ns/net; id -un`,
  );
  strictEqual(seen.status, 0, seen.stderr);
  match(seen.stdout, /S1/);
  const host = (await runAs("alice", ["readlink", "/proc/self/ns/net"])).stdout;
  deepStrictEqual(seen.stdout.trim().split("\n").slice(-2), [host.trim(), "alice"]);
});

Deno.test("pvd socket: the socket is announced as systemd does it, and nothing else is handed over", async () => {
  const fds = 'ls -v /proc/$$/fd | grep -vx 3 | tr "\\n" " "';
  const script = `echo $LISTEN_FDS $([ "$LISTEN_PID" = $$ ] && echo me); ${fds}`;
  const { stdout } = await socketAs("alice", ["--connect", S1], script);
  // What the caller has open itself is inherited, as with any program that it starts.
  const inherited = (await runAs("alice", ["bash", "-c", fds])).stdout;
  const [said = "", others = ""] = stdout.split("\n");
  strictEqual(said, "1 me");
  const before = inherited.trim().split(" ");
  deepStrictEqual(others.trim().split(" ").filter((fd) => !before.includes(fd)), []);
});

Deno.test("pvd socket: a listening socket is reached at the domain's address", async () => {
  const address = (await listDomains()).find(({ id }) => id === ID)?.addresses[0]?.address ?? "";
  const server =
    "import socket; s = socket.socket(fileno=3); c, _ = s.accept(); c.sendall(b'from the domain'); c.close()";
  const argv = ["pvd", "socket", "--listen", "[::]:8080", ID, "--", "python3", "-c", server];
  const child = spawnAs("alice", argv);
  const ended = outcome(child);
  let heard = "";
  await until("the listener answers", async () => {
    heard = (await onHost("R1", ["bash", "-c", `exec 3<>"/dev/tcp/${address}/8080" && cat <&3`])).stdout;
    return heard !== "";
  });
  strictEqual(heard, "from the domain");
  strictEqual((await ended).status, 0);
});

Deno.test("pvd socket: what the domain does not reach is refused in one sentence that names it", async () => {
  const { status, stdout, stderr } = await socketAs("alice", ["--connect", S2], "echo started");
  deepStrictEqual([status, stdout], [125, ""]);
  match(stderr, new RegExp(`^pvd: no socket in PvD ${ID}: .*unreachable[^\\n]*\\n$`));
});

Deno.test("pvd socket: who is not authorised gets none, and is told the action", async () => {
  const { status, stdout, stderr } = await socketAs(
    "bob",
    ["--no-ask-password", "--connect", S1],
    "echo started",
  );
  deepStrictEqual([status, stdout], [125, ""]);
  match(stderr, /net\.pvd1\.use/);
});

Deno.test("pvd socket: neither or both of --listen and --connect, or an address that is a name, is a usage error", async () => {
  for (const options of [[], ["--listen", ":1", "--connect", S1], ["--connect", "host.example:80"]]) {
    const { status, stderr } = await socketAs("alice", options, "true");
    deepStrictEqual([status, stderr.trim().split("\n").length], [2, 1], stderr);
  }
});

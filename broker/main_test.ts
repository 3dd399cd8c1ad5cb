import assert from "node:assert/strict";
import { connectUnix } from "../lib/linux/socket.ts";
import { close } from "../lib/linux/fd.ts";
import { parseArguments } from "./main.ts";

Deno.test("parseArguments takes a settings file and --allow-root, and nothing else", () => {
  assert.deepEqual(parseArguments([]), { config: null, allowRoot: false });
  assert.deepEqual(parseArguments(["--config", "/a", "--allow-root"]), { config: "/a", allowRoot: true });
  assert.deepEqual(parseArguments(["--config=/a"]), { config: "/a", allowRoot: false });
  for (
    const wrong of [["--config"], ["--config="], ["--config", "/a", "--config", "/b"], ["x"], ["--help=1"]]
  ) {
    assert.equal(parseArguments(wrong), null, wrong.join(" "));
  }
});

const PVD = new URL("../main.ts", import.meta.url).pathname;

/** Until somebody can connect to it. */
async function listening(folder: string, path: string): Promise<void> {
  const isThere = () => {
    try {
      close(connectUnix(path));
      return true;
    } catch {
      return false;
    }
  };
  const watcher = Deno.watchFs(folder);
  if (isThere()) return watcher.close();
  for await (const _event of watcher) if (isThere()) return;
}

Deno.test("runBroker: a broker that is stopped as soon as somebody can connect to it stops in order", async () => {
  const folder = await Deno.makeTempDir();
  const path = (name: string) => `${folder}/${name}`;
  await Deno.writeTextFile(
    path("pvd.toml"),
    ["client_socket", "helper_socket", "secret_file", "state_file"]
      .map((name) => `${name} = "${path(name)}"\n`).join("") + `bus_address = "unix:path=${path("bus")}"\n`,
  );
  const broker = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--allow-all", "--unstable-net", PVD],
      ...["broker", "--allow-root", "--config", path("pvd.toml")],
    ],
    env: { NOTIFY_SOCKET: "" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  await Promise.race([listening(folder, path("client_socket")), broker.status]);
  broker.kill("SIGTERM");
  const { code, signal, stderr } = await broker.output();
  const said = new TextDecoder().decode(stderr);
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, said);
  assert.match(said, /pvd broker stops; its domains and their programs stay/);
  await Deno.remove(folder, { recursive: true });
});

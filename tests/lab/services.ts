// The programs of the lab as services: helper, broker, routers and servers, each with the user, namespace and
// environment that it has in real life.

import { boundingSet } from "../../packaging/capabilities.ts";
import { CODE_CACHE } from "../../packaging/paths.ts";
import { programArgv } from "./installed.ts";
import type { RouterMode } from "./options.ts";
import {
  LAB_FOLDER,
  netnsPath,
  type Router,
  ROUTERS,
  type Server,
  SERVERS,
  SETTINGS_FOLDER,
} from "./paths.ts";
import { advertiseSettings, radvdSettings } from "./routers.ts";
import type { Service } from "./supervisor.ts";
import { asUser, findUser, userEnvironment } from "./users.ts";
import { CLIENT_SOCKET, HELPER_SOCKET } from "../../lib/protocol.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What systemd gives a service. */
const SERVICE_ENVIRONMENT = { PATH, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };

/** With a cache folder of its own, where the runtime keeps compiled code from one start to the next. */
function withCache(name: string): Readonly<Record<string, string>> {
  const folder = `${LAB_FOLDER}/cache/${name}`;
  Deno.mkdirSync(folder, { recursive: true, mode: 0o755 });
  return { ...SERVICE_ENVIRONMENT, DENO_DIR: folder };
}

const HELPER_UNIT = new URL("../../packaging/systemd/pvd-helper.service.in", import.meta.url);

/** The helper has what its unit leaves to it; and may give the broker the socket, which is systemd's to make there. */
function helperCapabilities(): string[] {
  const names = [...boundingSet(Deno.readTextFileSync(HELPER_UNIT)), "chown"];
  return ["setpriv", `--bounding-set=-all,${names.map((name) => `+${name}`).join(",")}`];
}

/** The privileged helper, as root. */
export function helperService(): Service {
  Deno.mkdirSync(folderOf(HELPER_SOCKET), { recursive: true, mode: 0o755 });
  return {
    name: "helper",
    argv: [
      ...helperCapabilities(),
      ...programArgv("helper", [
        ...["--socket", HELPER_SOCKET, "--broker-user", "pvd", "--fetcher-user", "pvd-fetch"],
        ...["--", ...programArgv("fetcher", [])],
      ]),
    ],
    environment: { ...SERVICE_ENVIRONMENT, DENO_DIR: `${CODE_CACHE}/helper` },
    folder: "/",
    ready: { by: "word" },
  };
}

/** The broker, as its own user, without a capability. */
export function brokerService(): Service {
  const pvd = findUser("pvd");
  Deno.mkdirSync(folderOf(CLIENT_SOCKET), { recursive: true, mode: 0o755 });
  Deno.chownSync(folderOf(CLIENT_SOCKET), pvd.uid, pvd.gid);
  Deno.mkdirSync("/etc/pvd", { recursive: true, mode: 0o755 });
  Deno.writeTextFileSync("/etc/pvd/pvd.toml", brokerSettings());
  return {
    name: "broker",
    argv: [
      ...asUser(pvd),
      ...["--bounding-set=-all", "--no-new-privs"],
      ...programArgv("broker", ["broker"]),
    ],
    environment: { ...SERVICE_ENVIRONMENT, DENO_DIR: `${CODE_CACHE}/broker`, ...userEnvironment(pvd) },
    folder: "/",
    ready: { by: "socket", path: CLIENT_SOCKET },
  };
}

/** The broker's settings; the secret is new in every lab, because the host's own is not to be touched. Routers here
 * answer within half a second, so what nobody announces after a start is waited for less than by default. */
export function brokerSettings(): string {
  return `links = ["eth1"]
secret_file = "${folderOf(CLIENT_SOCKET)}/secret"
settle_s = 3
`;
}

/** S1 and S2. */
export function serverServices(runtime: string): Service[] {
  const script = new URL("server.ts", import.meta.url).pathname;
  return SERVERS.map((server: Server) => ({
    name: server,
    argv: [
      ...["nsenter", `--net=${netnsPath(server)}`, runtime, "run", "--quiet", "--no-config", "--no-check"],
      ...["--unstable-net", "--allow-net", script, server],
    ],
    environment: withCache(server),
    folder: "/",
    ready: { by: "word" },
  }));
}

/** Who advertises, on both routers. `command` is the caller's executable in mode "command". */
export function routerServices(mode: RouterMode, command: string | null, folder: string): Service[] {
  switch (mode) {
    case "none":
      return [];
    case "pvd":
      return ROUTERS.map((router) => advertise(router, true));
    case "radvd":
      return ROUTERS.flatMap((router) => [radvd(router), advertise(router, false)]);
    case "command":
      return ROUTERS.map((router) => ({
        name: `router-${router}`,
        argv: [...inRouter(router), command ?? "", router],
        environment: null,
        folder,
        ready: { by: "start" },
      }));
  }
}

function advertise(router: Router, implicit: boolean): Service {
  const settings = `${SETTINGS_FOLDER}/${router}.toml`;
  Deno.writeTextFileSync(settings, advertiseSettings(router, implicit));
  return {
    name: `router-${router}`,
    argv: [...inRouter(router), ...programArgv("advertise", ["advertise", "--config", settings])],
    environment: { ...SERVICE_ENVIRONMENT, DENO_DIR: `${CODE_CACHE}/client` },
    folder: "/",
    ready: { by: "start" },
  };
}

function radvd(router: Router): Service {
  const settings = `${SETTINGS_FOLDER}/${router}.radvd.conf`;
  Deno.writeTextFileSync(settings, radvdSettings(router));
  const pidFile = `${LAB_FOLDER}/${router}.radvd.pid`;
  return {
    name: `radvd-${router}`,
    argv: [...inRouter(router), "radvd", "-n", "-m", "stderr", "-C", settings, "-p", pidFile],
    environment: SERVICE_ENVIRONMENT,
    folder: "/",
    ready: { by: "start" },
  };
}

function inRouter(router: Router): string[] {
  return ["nsenter", `--net=${netnsPath(router)}`];
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

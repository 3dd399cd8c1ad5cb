// pvd-helper: all that runs with privilege, and nothing else. It listens for the broker and does what the table
// (table.ts) says; it never reads a byte that came from a network.
//
// Its privileges as a timeline:
//   1. Start, as root: no environment is looked at, the working folder becomes /, new privileges are refused for
//      this process and all that it starts (PR_SET_NO_NEW_PRIVS).
//   2. It remembers the namespaces it is in, takes over the domains of an earlier helper, and listens on a socket
//      that belongs to the broker's uid (systemd's, or its own); who connects is checked again by the kernel's word.
//   3. For the rest of its life it keeps what these need:
//        CAP_SYS_ADMIN   namespaces made and entered, mounts in a child's own mount namespace, /run/netns
//        CAP_NET_ADMIN   macvlan, addresses, routes, the settings of a namespace that it made; SO_RCVBUFFORCE
//        CAP_NET_RAW     one raw ICMPv6 socket a link, for Router Advertisements alone
//        CAP_SYS_CHROOT  coming back to its mount namespace (setns(2))
//        CAP_SYS_PTRACE  seeing which processes live in a domain (PIDFD_GET_NET_NAMESPACE)
//        CAP_SETUID, CAP_SETGID, CAP_SETPCAP   a child becomes the person who asked (setpriv(1)), who keeps none
//        CAP_KILL        signals to programs of other people that it started
//        CAP_SYS_RESOURCE, CAP_SYS_NICE   a child has its caller's limits and niceness (caller.ts)
//        CAP_DAC_OVERRIDE   a working folder that only the person may enter; the person's cgroup
//      and, where no service manager makes the socket, CAP_CHOWN: it is given to the broker, once.
//   4. A launched program has the person's uid, gid and groups, and no capability, ever (child.ts).

import { EPOLLIN } from "../lib/linux/abi.ts";
import { makeFolder, readTextFile } from "../lib/linux/fd.ts";
import { enterPath, setUmask } from "../lib/linux/folder.ts";
import { passedListener } from "../lib/linux/listen_fds.ts";
import { rememberHome } from "../lib/linux/namespace.ts";
import { currentUid, refuseNewPrivileges } from "../lib/linux/process.ts";
import { Reactor } from "../lib/linux/reactor.ts";
import { notify } from "../lib/linux/sd_notify.ts";
import { listenUnix } from "../lib/linux/socket.ts";
import { startWatchdog } from "../lib/linux/watchdog.ts";
import { HELPER_SOCKET } from "../lib/protocol.ts";
import { accountIn } from "./account.ts";
import { AddressWatch } from "./address_watch.ts";
import { helperArguments } from "./arguments.ts";
import { Channels } from "./channels.ts";
import { Domains } from "./domains.ts";
import { explain } from "./failure.ts";
import { Fetches } from "./fetch.ts";
import { log } from "./log.ts";
import { OwnView } from "./own_view.ts";
import { Peers } from "./peers.ts";
import { Programs } from "./programs.ts";

/** Root's own: records, socket, what programs see in place of the host's. */
const FOLDER = "/run/pvd-helper";

async function main(args: readonly string[]): Promise<number> {
  const passwd = readTextFile("/etc/passwd") ?? "";
  const settings = helperArguments(args, HELPER_SOCKET, (name) => accountIn(passwd, name));
  if (typeof settings === "string") {
    log("error", settings);
    return 2;
  }
  if (currentUid() !== 0) {
    log("error", "pvd-helper must be started as root (by systemd, or by the lab)");
    return 77;
  }
  refuseNewPrivileges();
  setUmask(0o022);
  enterPath("/");
  const home = rememberHome();
  makeFolder(FOLDER, 0o755);
  const reactor = new Reactor((error) => log("error", `unexpected: ${explain(error).message}`));
  const watch = new AddressWatch(
    reactor,
    (handle, address) => peers.announce({ type: "duplicateAddress", handle, address }),
  );
  const domains = new Domains(home, `${FOLDER}/domains`, watch);
  if (settings.removeAll) {
    for (const { handle } of domains.list(null)) domains.remove(handle, true);
    return 0;
  }
  const view = new OwnView();
  const services = [settings.brokerUid, ...(settings.fetcher === null ? [] : [settings.fetcher.uid])];
  const programs: Programs = new Programs(
    home,
    view,
    reactor,
    services,
    (handle) => peers.announce({ type: "idle", handle }),
  );
  const fetches: Fetches = new Fetches(
    home,
    view,
    reactor,
    settings.fetcher,
    (handle) => peers.announce({ type: "idle", handle }),
  );
  const channels = new Channels(home, reactor);
  const rooms = { home, domains, programs, fetches, channels };
  const peers: Peers = new Peers(reactor, rooms, settings.brokerUid);
  const listener = passedListener() ?? listenUnix(settings.socket, 0o600, settings.brokerUid);
  reactor.add(listener, EPOLLIN, () => peers.acceptFrom(listener));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // Domains and programs stay: a new helper takes the domains over.
    Deno.addSignalListener(signal, () => reactor.stop());
  }
  startWatchdog(reactor);
  notify(["READY=1"]);
  log("info", "ready");
  await reactor.run();
  notify(["STOPPING=1"]);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    log("error", `cannot go on: ${explain(error).message}`);
    Deno.exit(70);
  }
}

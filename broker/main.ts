// `pvd broker`: the daemon, an unprivileged process that hears routers and answers people. It parses what networks
// send, so it holds no privilege at all: router sockets and namespaces are the helper's to make.
//
//   1. settings and secret are read, the clients' socket is bound; any error is one sentence, exit 78
//   2. the domains of the last run are read back, links are asked for, those whose link is gone end
//   3. the helper is connected (again and again, should it not be there), what it has is compared
//   4. one loop: packets, link changes, clients, replies, timers; SIGTERM or SIGINT ends it, domains stay

import { EPOLLIN } from "../lib/linux/abi.ts";
import { openClockChange } from "../lib/linux/clock_change.ts";
import { close } from "../lib/linux/fd.ts";
import { releaseFreeHeap } from "../lib/linux/heap.ts";
import { LinkMonitor } from "../lib/linux/link_monitor.ts";
import { passedListener } from "../lib/linux/listen_fds.ts";
import { Reactor } from "../lib/linux/reactor.ts";
import { notify } from "../lib/linux/sd_notify.ts";
import { listenUnix } from "../lib/linux/socket.ts";
import { bootTimeMs, sleptMs } from "../lib/linux/time.ts";
import { startWatchdog } from "../lib/linux/watchdog.ts";
import { Broker } from "./broker.ts";
import { ClientServer } from "./clients.ts";
import { Discovery } from "./discovery.ts";
import { HelperClient } from "./helper_client.ts";
import type { Secrets } from "./identifier.ts";
import { fetchByHelper } from "./information/fetch.ts";
import { linkChooser } from "./link_chooser.ts";
import { describeError, type Log, logToStderr } from "./log.ts";
import { NamesFile } from "./names_file.ts";
import { ownAddresses } from "./own_addresses.ts";
import { Saver } from "./saver.ts";
import { loadSecrets } from "./secret.ts";
import { readAuthorities, readSettings, type Settings, SettingsError } from "./settings.ts";
import { EMPTY_STATE, type State } from "./state/types.ts";
import { bootId, loadState } from "./store.ts";
import { realTimers } from "./timers.ts";
import { watchSleep } from "./watch_sleep.ts";

/** sysexits(3). */
const EX_USAGE = 64, EX_OSERR = 71, EX_NOPERM = 77, EX_CONFIG = 78;

/** After the start, when everything has been used once. */
const AT_REST_MS = 30_000;

const USAGE = "usage: pvd broker [--config FILE] [--allow-root]";

interface Arguments {
  readonly config: string | null;
  readonly allowRoot: boolean;
}

/** The daemon, until it is told to stop. The exit status. */
export async function runBroker(args: string[]): Promise<number> {
  const given = parseArguments(args);
  if (given === null) return fail(EX_USAGE, USAGE);
  if (Deno.uid() === 0 && !given.allowRoot) {
    return fail(
      EX_NOPERM,
      "it parses what networks send and does not run as root; start it as user pvd (--allow-root: in a lab)",
    );
  }
  try {
    const settings = readSettings(given.config);
    const secrets = { ...loadSecrets(settings.secretFile), identifiers: settings.interfaceIdentifier };
    return await withSignals(logToStderr, (reactor) => serve(settings, secrets, reactor, logToStderr));
  } catch (error) {
    if (error instanceof SettingsError) return fail(EX_CONFIG, error.message);
    return fail(EX_OSERR, describeError(error));
  }
}

/** Null where they are wrong. */
export function parseArguments(args: readonly string[]): Arguments | null {
  let config: string | null = null;
  let allowRoot = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--allow-root") allowRoot = true;
    else if (arg === "--config" && config === null) config = args[++index] ?? "";
    else if (arg.startsWith("--config=") && config === null) config = arg.slice("--config=".length);
    else return null;
    if (config === "") return null;
  }
  return { config, allowRoot };
}

function fail(status: number, message: string): number {
  logToStderr("error", `pvd broker: ${message}`);
  return status;
}

/** `body` with a reactor that SIGTERM and SIGINT stop. They are heard before anything else is there, so that whoever stops
 * the broker as soon as it can be seen finds it stopping in order. */
async function withSignals(log: Log, body: (reactor: Reactor) => Promise<number>): Promise<number> {
  const reactor = new Reactor((error) => log("error", `event: ${describeError(error)}`));
  const stop = () => reactor.stop();
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    log("error", `promise: ${describeError(event.reason)}`);
  };
  Deno.addSignalListener("SIGTERM", stop);
  Deno.addSignalListener("SIGINT", stop);
  globalThis.addEventListener("unhandledrejection", onRejection);
  try {
    return await body(reactor);
  } finally {
    Deno.removeSignalListener("SIGTERM", stop);
    Deno.removeSignalListener("SIGINT", stop);
    globalThis.removeEventListener("unhandledrejection", onRejection);
  }
}

async function serve(settings: Settings, secrets: Secrets, reactor: Reactor, log: Log): Promise<number> {
  const authorities = readAuthorities(settings);
  const listener = passedListener() ?? listenUnix(settings.clientSocket, 0o666);
  const timers = realTimers(log);
  const { after } = timers;
  const boot = bootId();
  const startedAt = bootTimeMs();

  const helper: HelperClient = new HelperClient({
    path: settings.helperSocket,
    reactor,
    after,
    log,
    onConnected: () => {
      void broker.keeper.reconcile();
      discovery.helperConnected();
    },
    onIdle: (handle) => broker.keeper.idle(handle),
    onDuplicateAddress: (handle, address) => broker.duplicateAddress(handle, address),
  });
  // Everything from npm that the bus needs comes with these, and only the daemon pays for it.
  const [{ startBus }, { brokerBackend }, { checkAuthorization }, { authoriseByPolkit }] = await Promise.all([
    import("./bus/start.ts"),
    import("./bus/broker_backend.ts"),
    import("./polkit/authority.ts"),
    import("./polkit/door.ts"),
  ]);
  const broker: Broker = new Broker({
    state: restore(settings.stateFile, boot, log),
    helper,
    secrets,
    limits: { domains: settings.maxDomains, domainsPerLink: settings.maxDomainsPerLink },
    settleMs: settings.settleMs,
    now: bootTimeMs,
    after,
    log,
    authorise: (...question) => authorise(...question),
    onChanged: (soon) => {
      saver.changed(soon);
      if (soon) names.changed();
      backend.changed();
    },
    onEnded: () => saver.ended(),
    onViewChanged: () => {
      names.changed();
      backend.changed();
    },
    process: () => ({
      pid: Deno.pid,
      uid: Deno.uid() ?? 0,
      uptimeS: Math.floor((bootTimeMs() - startedAt) / 1000),
      residentBytes: Deno.memoryUsage().rss,
    }),
    information: !settings.information ? null : {
      fetch: fetchByHelper({ helper, reactor, after, authorities }),
      fromRouters: settings.mifPvdInfo,
      wallNow: Date.now,
      random: Math.random,
    },
  });
  const backend = brokerBackend({
    broker,
    helper,
    secrets,
    now: bootTimeMs,
    after,
    informationOf: (domain) => broker.informationOf(domain),
    removeDomain: (key) => broker.removeDomain(key),
  });
  const saver = new Saver({ file: settings.stateFile, boot, after, log, state: () => broker.state });
  const { clientSocket } = settings;
  const names = new NamesFile({ clientSocket, after, log, domains: () => broker.answers.names() });
  const discovery = new Discovery({
    reactor,
    helper,
    now: bootTimeMs,
    after,
    random: Math.random,
    log,
    choose: linkChooser(settings),
    ownAddresses: ownAddresses(bootTimeMs),
    onAdvertisement: (...heard) => broker.heard(...heard),
    onRefused: (refusal) => broker.events.refused(refusal),
    onLinkGone: (linkIndex, why) => broker.linkGone(linkIndex, why),
    onLinkUp: (linkIndex) => broker.linkCameUp(linkIndex),
    isUnconfirmed: (linkIndex) => broker.confirmations.isUnconfirmed(linkIndex),
    onLinkChanged: (linkIndex) => broker.linkChanged(linkIndex),
    onRouterMac: (linkIndex, router) => broker.routerMacChanged(linkIndex, router),
  });
  const clients = new ClientServer({ listener, reactor, after, log, service: broker.answers });

  const monitor = new LinkMonitor();
  const clockChange = openClockChange();
  const onResumed = (sleptMs: number) => broker.resumed(sleptMs);
  const lookForSleep = watchSleep({ reactor, clockChange, sleptMs, onResumed });
  const drain = () => {
    for (let events = monitor.read(); events !== null; events = monitor.read()) {
      for (const event of events) discovery.linkEvent(event);
    }
    // Some links come up before the clock is set right.
    lookForSleep();
  };
  drain();
  reactor.add(monitor.fd, EPOLLIN, drain);
  const bus = startBus({
    address: settings.busAddress,
    reactor,
    after,
    log,
    backend,
    authorise: (connection) => (...question) => checkAuthorization(connection, ...question),
  });
  const authorise = authoriseByPolkit(bus.connection, settings.authorizedUids);
  broker.start(discovery);
  helper.start();
  clients.start();
  names.changed();
  const stopWatchdog = startWatchdog(reactor);
  notify(["READY=1"]);
  // Without the runtime's code cache, loading the program takes 20 MB of heap, of which a quarter is used any further.
  after(AT_REST_MS, releaseFreeHeap);
  log("info", `pvd broker listens for clients at ${settings.clientSocket}`);
  try {
    await reactor.run();
  } finally {
    notify(["STOPPING=1"]);
    stopWatchdog();
    saver.save();
    names.stop();
    bus.stop();
    clients.stop();
    discovery.stop();
    helper.stop();
    monitor.close();
    close(clockChange);
    timers.cancelAll();
  }
  log("info", "pvd broker stops; its domains and their programs stay");
  return 0;
}

/** A file that cannot be read costs a moment until the routers are heard again, nothing more. */
function restore(file: string, boot: string, log: Log): State {
  try {
    const state = loadState(file, boot, bootTimeMs());
    if (state.domains.size > 0) log("info", `${state.domains.size} domains of the last run`);
    return state;
  } catch (error) {
    log("warning", `the domains of the last run cannot be read: ${describeError(error)}`);
    return EMPTY_STATE;
  }
}

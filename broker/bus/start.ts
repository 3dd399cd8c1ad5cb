// Puts the broker on the system bus: connection, objects, dispatch and announcements, fitted together. The broker
// imports this file lazily: everything from npm that the bus needs comes with it.

import type { Reactor } from "../../lib/linux/reactor.ts";
import { describeError, type Log } from "../log.ts";
import { onChanged } from "../polkit/authority.ts";
import type { PolkitBus } from "../polkit/bus_calls.ts";
import { Grants } from "../polkit/recheck.ts";
import type { After } from "../timers.ts";
import { SYSTEM_BUS } from "./address.ts";
import { Announcer } from "./announcer.ts";
import type { BusBackend } from "./backend.ts";
import { Callers } from "./callers.ts";
import { BUS_REPLY_MS, BusConnection } from "./connection.ts";
import { BusChannels } from "./channels.ts";
import { type AuthoriseCall, Dispatcher } from "./dispatch.ts";
import { BUS, BUS_PATH } from "./message.ts";
import { MANAGER } from "./net_pvd1_manager.ts";
import { MANAGER_PATH, objectTree } from "./objects.ts";
import { OLD_NAME } from "./old_api.ts";
import { routerSignal } from "./router_signals.ts";

export const BUS_NAME = "net.pvd1";

const ADDRESS_VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS";

/** Changes that come together are told together, and a flood of advertisements cannot become one of signals. */
const ANNOUNCE_MS = 20;

export interface BusOptions {
  /** Null: DBUS_SYSTEM_BUS_ADDRESS, or where distributions have it. */
  readonly address: string | null;
  readonly reactor: Pick<Reactor, "add" | "modify" | "remove">;
  readonly after: After;
  readonly log: Log;
  readonly backend: BusBackend;
  /** Makes the decision about calls, over this very connection. */
  readonly authorise: (bus: PolkitBus) => AuthoriseCall;
}

export interface RunningBus {
  /** For the client socket's questions to polkit. */
  readonly connection: BusConnection;
  /** Done with the bus: what waits is not answered. */
  readonly stop: () => void;
}

/** As the environment or, where that says nothing that can be read, as distributions have it. */
export function systemBusAddress(log: Log): string {
  try {
    return Deno.env.get(ADDRESS_VARIABLE) ?? SYSTEM_BUS;
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    log("warning", `${ADDRESS_VARIABLE} is not UTF-8, so the system bus is looked for at ${SYSTEM_BUS}`);
    return SYSTEM_BUS;
  }
}

/** Never throws: where there is no bus, one warning says so, and it is tried again. */
export function startBus({ address, reactor, after, log, backend, authorise }: BusOptions): RunningBus {
  const connection: BusConnection = new BusConnection({
    address: address ?? systemBusAddress(log),
    uid: Deno.uid() ?? 0,
    names: [BUS_NAME, OLD_NAME],
    reactor,
    after,
    log,
    onCall: (message) => dispatcher.handle(message),
    onGone: (uniqueName) => {
      dispatcher.gone(uniqueName);
      channels.gone(uniqueName);
      callers.gone(uniqueName);
    },
  });
  const callers = new Callers((sender) =>
    connection.call(BUS, BUS_PATH, BUS, "GetConnectionUnixUser", "s", [sender], BUS_REPLY_MS)
  );
  const decide = authorise(connection);
  const nobodyLeaves = new AbortController().signal;
  const grants = new Grants(async (subject, action, details) => {
    if (subject.kind !== "bus") {
      return { allowed: false, reason: "it is not a caller on the bus", wouldAsk: false };
    }
    const decision = await decide(
      subject,
      action,
      { ...details, kind: details.kind || "explicit" },
      false,
      nobodyLeaves,
    );
    return decision.allowed ? decision : { wouldAsk: false, ...decision };
  });
  const channels = new BusChannels(reactor, grants, log);
  onChanged(connection, () => {
    grants.changed().catch((error) => log("error", `channels: ${describeError(error)}`));
  });
  const dispatcher = new Dispatcher({
    tree: objectTree(backend, channels),
    authorise: decide,
    uidOf: callers.uidOf,
    send: (message, fds) => connection.send(message, fds),
    log,
  });
  const announcer = new Announcer(backend.domains(), (signal) => connection.send(signal));
  let waiting = false;
  backend.onChange(() => {
    if (waiting) return;
    waiting = true;
    after(ANNOUNCE_MS, () => {
      waiting = false;
      announcer.look(backend.domains());
    });
  });
  backend.onRouterEvent((event) => connection.send(routerSignal(MANAGER_PATH, MANAGER, event)));
  connection.start();
  return {
    connection,
    stop: () => {
      channels.gone(null);
      connection.stop();
    },
  };
}

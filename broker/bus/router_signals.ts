// The signals of net.pvd1.Manager: routers that are heard and lost, and advertisements that are refused. What they
// carry is one table, from which the introspection is made too. Pure.

import { NO_REPLY_EXPECTED, type OutgoingMessage, SIGNAL } from "./message.ts";
import { type Argument, signatureOf } from "./table.ts";
import type { RouterEvent } from "../events/hub.ts";

const ROUTER = [["link", "s"], ["router", "s"]] as const;

const SIGNALS: Readonly<Record<RouterEvent["event"], readonly [string, readonly Argument[]]>> = {
  routerHeard: ["RouterHeard", ROUTER],
  routerLost: ["RouterLost", ROUTER],
  advertisementRefused: [
    "AdvertisementRefused",
    [["link", "s"], ["source", "s"], ["reason", "s"], ["problem", "s"], ["count", "t"], ["total", "t"]],
  ],
};

export const ROUTER_SIGNALS: ReadonlyMap<string, readonly Argument[]> = new Map(Object.values(SIGNALS));

export function routerSignal(path: string, iface: string, event: RouterEvent): OutgoingMessage {
  const [member, args] = SIGNALS[event.event];
  const signature = signatureOf(args);
  return {
    ...{ type: SIGNAL, flags: NO_REPLY_EXPECTED, path, interface: iface, member, signature },
    body: bodyOf(event),
  };
}

function bodyOf(event: RouterEvent): readonly unknown[] {
  if (event.event !== "advertisementRefused") return [event.link, event.address];
  const { link, source, reason, problem, count, total } = event;
  return [link, source, reason, problem, BigInt(count), BigInt(total)];
}

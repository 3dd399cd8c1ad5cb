// For tests only: a dispatcher whose answers are kept, and calls for it.

import { Grants } from "../polkit/recheck.ts";
import { settled } from "../testing.ts";
import type { UidOf } from "./callers.ts";
import { BusChannels } from "./channels.ts";
import { type AuthoriseCall, Dispatcher } from "./dispatch.ts";
import * as bus from "./message.ts";
import { objectTree } from "./objects.ts";
import { allowAll, exampleDomain, FakeBackend } from "./testing.ts";

export const MANAGER = "net.pvd1.Manager";
export const DOMAIN = "/net/pvd1/domain/mifpvd_1";
export const SOCKET = [DOMAIN, "inet6", "stream", "tcp"];

export interface Sent extends bus.OutgoingMessage {
  readonly fds: readonly number[];
}

/** ":1.7" is user 1's, as is every ":1.…". */
const uidOfName: UidOf = (sender) => Promise.resolve(Number(/^:(\d+)/.exec(sender)?.[1]));

const noChannels = new BusChannels(
  { add: () => {}, remove: () => {} },
  new Grants(() => Promise.resolve({ allowed: true, asked: false })),
  () => {},
);

/** A dispatcher whose answers are kept. */
export function room(
  authorise: AuthoriseCall = allowAll,
  backend = new FakeBackend([exampleDomain]),
  uidOf: UidOf = uidOfName,
) {
  const sent: Sent[] = [];
  const logged: string[] = [];
  const dispatcher = new Dispatcher({
    tree: objectTree(backend, noChannels),
    authorise,
    uidOf,
    send: (message, fds) => void sent.push({ ...message, fds }),
    log: (_level, line) => void logged.push(line),
  });
  return { dispatcher, backend, sent, logged };
}

let serial = 0;
export function call(
  path: string,
  iface: string,
  member: string,
  signature = "",
  body: bus.Body = [],
  more: Partial<bus.Message> = {},
): bus.Message {
  return {
    type: bus.METHOD_CALL,
    flags: 0,
    serial: ++serial,
    replySerial: 0,
    path,
    interface: iface,
    member,
    errorName: "",
    sender: ":1.7",
    signature,
    fds: [],
    body: () => body,
    problem: null,
    ...more,
  };
}

/** The name of the error that a call is answered with, or "". */
export async function errorOf(message: bus.Message, in_ = room()): Promise<string> {
  in_.dispatcher.handle(message);
  await settled();
  return in_.sent.at(-1)?.errorName ?? "";
}

// A method call's way: is there such an object, interface, member; do the arguments fit; may the caller; then the
// handler, and its answer back. Default deny at each step. Descriptors that come with a call are closed: no method
// takes any. Closes descriptors and sends by a function that it is given; touches nothing else.

import { escapeText } from "../../lib/escape.ts";
import { closeAll } from "../../lib/linux/fd.ts";
import { describeError, type Log } from "../log.ts";
import type { UidOf } from "./callers.ts";
import { InFlight } from "./in_flight.ts";
import * as bus from "./message.ts";
import { standardInterfaces } from "./standard.ts";
import {
  type ActionDetails,
  type Answer,
  type Call,
  type GuardedMethod,
  type Interface,
  type Method,
  type ObjectTree,
  type PolkitAction,
  signatureOf,
} from "./table.ts";

export const NOT_AUTHORIZED = "net.pvd1.Error.NotAuthorized";

export interface BusSubject {
  readonly kind: "bus";
  /** A unique name, which the bus gives once and never again. */
  readonly sender: string;
}

export type Authorisation =
  /** `asked`: somebody authenticated for it; the rules alone would not have allowed it. */
  | { readonly allowed: true; readonly asked: boolean }
  | { readonly allowed: false; readonly reason: string };

/** Whether the subject may; never rejects. `signal` aborts when the caller leaves. */
export type AuthoriseCall = (
  subject: BusSubject,
  action: PolkitAction,
  details: ActionDetails,
  interactive: boolean,
  signal: AbortSignal,
) => Promise<Authorisation>;

export interface DispatchOptions {
  readonly tree: ObjectTree;
  readonly authorise: AuthoriseCall;
  readonly uidOf: UidOf;
  /** Takes over `fds`. */
  readonly send: (message: bus.OutgoingMessage, fds: readonly number[]) => void;
  readonly log: Log;
}

export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #standard: ReadonlyMap<string, Interface>;
  readonly #inFlight = new InFlight();

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#standard = standardInterfaces(options.tree);
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#inFlight.count;
  }

  /** This caller, or everybody (null), left: what it asked is not answered. */
  gone(sender: string | null): void {
    this.#inFlight.gone(sender);
  }

  handle(message: bus.Message): void {
    closeAll(message.fds);
    try {
      const method = this.#find(message);
      const call: Call = {
        sender: message.sender,
        path: message.path,
        args: readArguments(message, method),
      };
      if (method.action === null) this.#answer(message, method, method.run(call));
      else void this.#guarded(message, method, call, this.#inFlight.begin(message.sender));
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  #find({ path, interface: iface, member }: bus.Message): Method {
    const object = this.#options.tree.at(path);
    if (object === null) throw new bus.BusError(bus.UNKNOWN_OBJECT, `there is no object ${path}`);
    const all = [...object.interfaces.values(), ...this.#standard.values()];
    // The interface may be left out: then it is the first that has the member.
    const found = all.filter(({ name, methods }) => iface === "" ? methods.has(member) : name === iface);
    if (found.length === 0 && iface !== "") {
      throw new bus.BusError(bus.UNKNOWN_INTERFACE, `${path} has no interface ${iface}`);
    }
    const method = found[0]?.methods.get(member);
    if (method !== undefined) return method;
    throw new bus.BusError(bus.UNKNOWN_METHOD, `${iface || path} has no method ${escapeText(member)}`);
  }

  async #guarded(
    message: bus.Message,
    method: GuardedMethod,
    call: Call,
    controller: AbortController,
  ): Promise<void> {
    const { signal } = controller;
    try {
      const details = method.details(call);
      const interactive = (message.flags & bus.ALLOW_INTERACTIVE_AUTHORIZATION) !== 0;
      const subject: BusSubject = { kind: "bus", sender: message.sender };
      const { authorise, uidOf } = this.#options;
      const uid = await uidOf(message.sender);
      if (signal.aborted) return;
      this.#inFlight.belongsTo(uid, controller);
      const authorisation = await authorise(subject, method.action, details, interactive, signal);
      if (signal.aborted) return;
      if (!authorisation.allowed) throw new bus.BusError(NOT_AUTHORIZED, authorisation.reason);
      const answer = await method.run(call, { asked: authorisation.asked, uid });
      if (signal.aborted) closeAll(answer.fds ?? []);
      else this.#answer(message, method, answer);
    } catch (error) {
      if (!signal.aborted) this.#refuse(message, error);
    } finally {
      this.#inFlight.end(message.sender, controller);
    }
  }

  #answer(message: bus.Message, method: Method, { body, keepsBody = false, fds = [] }: Answer): void {
    if (wantsNoReply(message)) return closeAll(fds);
    if (fds.length > bus.MAX_REPLY_FDS) {
      closeAll(fds);
      throw new bus.BusError(
        bus.LIMITS_EXCEEDED,
        `an answer carries at most ${bus.MAX_REPLY_FDS} descriptors`,
      );
    }
    this.#options.send({
      type: bus.METHOD_RETURN,
      flags: bus.NO_REPLY_EXPECTED,
      replySerial: message.serial,
      destination: message.sender,
      signature: signatureOf(method.out),
      body,
      keepsBody,
    }, fds);
  }

  #refuse(message: bus.Message, error: unknown): void {
    const known = error instanceof bus.BusError;
    if (!known) {
      const what = escapeText(`${message.interface}.${message.member}`);
      this.#options.log("error", `system bus: ${what}: ${describeError(error)}`);
    }
    if (wantsNoReply(message)) return;
    this.#options.send({
      type: bus.ERROR,
      flags: bus.NO_REPLY_EXPECTED,
      replySerial: message.serial,
      destination: message.sender,
      errorName: known ? error.errorName : "net.pvd1.Error.Failed",
      signature: "s",
      body: [known ? error.message : "a defect in pvd; its log tells more"],
    }, []);
  }
}

/** Nothing is read before its signature is the wanted one. */
function readArguments(message: bus.Message, method: Method): bus.Body {
  if (message.problem !== null) throw new bus.BusError(bus.LIMITS_EXCEEDED, message.problem);
  const wanted = signatureOf(method.in);
  if (message.signature !== wanted) {
    const text = `the arguments are "${message.signature}" and not "${wanted}"`;
    throw new bus.BusError(bus.INVALID_ARGS, text);
  }
  try {
    return message.body();
  } catch {
    throw new bus.BusError(bus.INVALID_ARGS, `the arguments are not what "${wanted}" says`);
  }
}

function wantsNoReply({ flags }: bus.Message): boolean {
  return (flags & bus.NO_REPLY_EXPECTED) !== 0;
}

// What an object on the bus is made of: interfaces with their methods, signals and properties, each method with its
// signatures, its polkit action and its handler. What is not in such a table does not exist. Types, and one helper.

import type { Body, Variant } from "./message.ts";

/** polkit/net.pvd1.policy has them. */
export type PolkitAction = "net.pvd1.use" | "net.pvd1.open-namespace" | "net.pvd1.manage";

/** What polkit's rules and its question can use. */
export interface ActionDetails {
  readonly domain: string;
  readonly kind: "explicit" | "implicit";
  readonly link: string;
  /** "" where it is not known. */
  readonly program: string;
}

/** A name for people, and one complete type. */
export type Argument = readonly [name: string, signature: string];

export interface Call {
  /** The caller's unique name, from the bus. */
  readonly sender: string;
  readonly path: string;
  /** They fit the method's `in`. */
  readonly args: Body;
}

export interface Answer {
  /** It fits the method's `out`. */
  readonly body: Body;
  /** As in OutgoingMessage. */
  readonly keepsBody?: boolean;
  /** Taken over; closed when they are sent, or cannot be. */
  readonly fds?: readonly number[];
}

interface Signatures {
  readonly in: readonly Argument[];
  readonly out: readonly Argument[];
}

/** Everybody may call it, and it is answered at once: it shows what there is. Throws BusError. */
export interface OpenMethod extends Signatures {
  readonly action: null;
  readonly run: (call: Call) => Answer;
}

/** Of a call that polkit allowed. */
export interface Authorised {
  /** Somebody authenticated for it. */
  readonly asked: boolean;
  /** The caller's. */
  readonly uid: number;
}

/** Whoever polkit allows may call it. `run` rejects with BusError. */
export interface GuardedMethod extends Signatures {
  readonly action: PolkitAction;
  /** What polkit is asked about. Throws BusError where the arguments are wrong: then nobody is asked. */
  readonly details: (call: Call) => ActionDetails;
  /** Asking takes time: what `details` saw may be gone. */
  readonly run: (call: Call, authorised: Authorised) => Promise<Answer>;
}

export type Method = OpenMethod | GuardedMethod;

export interface Property {
  readonly signature: string;
  /** Whether PropertiesChanged tells; "const": it never changes. */
  readonly changes: "true" | "false" | "const";
}

/** Maps, so that no name of JavaScript's own is ever found in them. */
export interface Interface {
  readonly name: string;
  readonly methods: ReadonlyMap<string, Method>;
  readonly signals: ReadonlyMap<string, readonly Argument[]>;
  readonly properties: ReadonlyMap<string, Property>;
}

/** One object: its interfaces, and the values of their properties now. */
export interface BusObject {
  readonly interfaces: ReadonlyMap<string, Interface>;
  /** Every property of one of the interfaces. */
  readonly values: (interfaceName: string) => ReadonlyMap<string, Variant>;
}

export interface ObjectTree {
  /** Null: there is no such object. */
  readonly at: (path: string) => BusObject | null;
  /** The names right below a path. */
  readonly childrenOf: (path: string) => readonly string[];
}

export function signatureOf(args: readonly Argument[]): string {
  return args.map(([, signature]) => signature).join("");
}

// What goes over the bus, as plain values: D-Bus messages, the shapes of their bodies, limits. Types, constants and
// names only. https://dbus.freedesktop.org/doc/dbus-specification.html

/**
 * A body's values: numbers for y n q i u d, bigint for x t, text for s o g, booleans, arrays for arrays and structs,
 * plain objects for dictionaries, Uint8Array for ay, Variant for v. h is a place in the message's descriptors.
 */
export type Body = readonly unknown[];

/** A value of v, which carries its own type. */
export interface Variant {
  readonly signature: string;
  readonly value: unknown;
}

export function variant(signature: string, value: unknown): Variant {
  return { signature, value };
}

export const METHOD_CALL = 1, METHOD_RETURN = 2, ERROR = 3, SIGNAL = 4;
export const NO_REPLY_EXPECTED = 1, NO_AUTO_START = 2, ALLOW_INTERACTIVE_AUTHORIZATION = 4;

/** The bus itself. */
export const BUS = "org.freedesktop.DBus", BUS_PATH = "/org/freedesktop/DBus";

/** What we send. `serial` is given by the connection. */
export interface OutgoingMessage {
  readonly type: number;
  readonly flags?: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly replySerial?: number;
  readonly destination?: string;
  readonly signature?: string;
  readonly body?: Body;
  /** The same array is sent again, unchanged: its bytes are remembered as long as it is. */
  readonly keepsBody?: boolean;
}

/** What came. Absent texts are "": no name on the bus is empty. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly serial: number;
  readonly replySerial: number;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly errorName: string;
  /** As the bus says; a peer cannot choose it. */
  readonly sender: string;
  readonly signature: string;
  /** Ours to close. */
  readonly fds: readonly number[];
  /** Read only when it is wanted, and its signature is known. Throws where the bytes do not fit the signature. */
  readonly body: () => Body;
  /** Why it cannot be handled: over MAX_BODY_BYTES, or descriptors that did not arrive. Null: it can. */
  readonly problem: string | null;
}

/** No call has arguments that come near it, nor an answer of polkit or the bus. */
export const MAX_BODY_BYTES = 65_536;
/** Paths alone have no limit of their own on the bus. */
export const MAX_HEADER_BYTES = 65_536;
/** A reply with more gets its sender disconnected by a bus with the default settings. */
export const MAX_REPLY_FDS = 16;

/** An error reply, ours or another's. */
export class BusError extends Error {
  override readonly name = "BusError";

  constructor(
    /** As on the bus: "org.freedesktop.DBus.Error.NoReply". */
    readonly errorName: string,
    message: string,
  ) {
    super(message);
  }
}

const STANDARD = "org.freedesktop.DBus.Error";
export const UNKNOWN_OBJECT = `${STANDARD}.UnknownObject`;
export const UNKNOWN_INTERFACE = `${STANDARD}.UnknownInterface`;
export const UNKNOWN_METHOD = `${STANDARD}.UnknownMethod`;
export const UNKNOWN_PROPERTY = `${STANDARD}.UnknownProperty`;
export const PROPERTY_READ_ONLY = `${STANDARD}.PropertyReadOnly`;
export const INVALID_ARGS = `${STANDARD}.InvalidArgs`;
export const LIMITS_EXCEEDED = `${STANDARD}.LimitsExceeded`;
export const NO_REPLY = `${STANDARD}.NoReply`;
export const DISCONNECTED = `${STANDARD}.Disconnected`;
export const FAILED = `${STANDARD}.Failed`;

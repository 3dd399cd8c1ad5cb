// What this folder needs of the system bus, and nothing more, so that it can be tried without one. BusConnection in
// broker/bus has this shape as it is; tests bring their own. Types, and how an error is recognised.

/** A value in a variant of a body that is sent: "u" with a number, "t" with a bigint, "s" with text. */
export interface BusVariant {
  readonly signature: string;
  readonly value: unknown;
}

/** Whose signal, and which. */
export interface SignalMatch {
  /** A well-known name; its owner's signals are heard, nobody else's. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** The first argument; null: any. */
  readonly arg0: string | null;
}

export interface PolkitBus {
  /**
   * The reply's body: structs as arrays, dictionaries as plain objects. In `body` variants are BusVariant. Rejects
   * with an error that has `errorName`, also when there is no bus (Error.Disconnected) and after `timeoutMs`
   * (Error.NoReply); a reply that comes later is dropped.
   */
  call(
    destination: string,
    path: string,
    iface: string,
    member: string,
    signature: string,
    body: readonly unknown[],
    timeoutMs: number,
  ): Promise<readonly unknown[]>;
  /** Calls `heard` with the body of each such signal, until the function that it returns is called. */
  onSignal(match: SignalMatch, heard: (body: readonly unknown[]) => void): () => void;
}

/** An error reply, or none at all. */
export interface BusCallError extends Error {
  /** As on the bus: "org.freedesktop.DBus.Error.ServiceUnknown". */
  readonly errorName: string;
}

/** Whether it came from the bus, and not from a defect of ours. */
export function isBusCallError(error: unknown): error is BusCallError {
  return error instanceof Error && "errorName" in error && typeof error.errorName === "string";
}

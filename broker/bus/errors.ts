// The errors of net.pvd1, as docs/dbus.md lists them, and which of the broker's own each is. Pure.

import type { ErrorCode } from "../../lib/protocol.ts";
import { BackendError } from "./backend.ts";
import { BusError } from "./message.ts";

const PREFIX = "net.pvd1.Error";

export type PvdErrorName =
  | "NoSuchDomain"
  | "NotAuthorized"
  | "NotReady"
  | "InvalidArgument"
  | "LimitExceeded"
  | "Failed";

const NAMES: Readonly<Record<ErrorCode, PvdErrorName>> = {
  noSuchDomain: "NoSuchDomain",
  ambiguous: "InvalidArgument",
  notAuthorized: "NotAuthorized",
  notReady: "NotReady",
  inUse: "Failed",
  invalidArgument: "InvalidArgument",
  limitExceeded: "LimitExceeded",
  noSuchLink: "InvalidArgument",
  commandNotFound: "Failed",
  commandNotExecutable: "Failed",
  failed: "Failed",
};

export function pvdError(name: PvdErrorName, message: string): BusError {
  return new BusError(`${PREFIX}.${name}`, message);
}

/** The backend's refusal as the caller gets it; anything else is thrown on as it is. */
export function asBusError(error: unknown): unknown {
  return error instanceof BackendError ? pvdError(NAMES[error.code], error.message) : error;
}

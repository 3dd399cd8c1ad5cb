// What the fetcher is told, as its only argument. Pure.

import { asObject, oneOf, text, textOrNull } from "../lib/check.ts";
import { type FetchSource, MAX_AUTHORITIES_CHARS } from "../lib/protocol.ts";

export interface FetcherRequest {
  readonly source: FetchSource;
  readonly name: string;
  /** PEM; null: the usual authorities alone. */
  readonly authorities: string | null;
}

/** Throws SyntaxError. */
export function readRequest(args: readonly string[]): FetcherRequest {
  const [argument] = args;
  if (argument === undefined || args.length !== 1) throw new SyntaxError("one argument is needed");
  const value: unknown = JSON.parse(argument);
  const fields = asObject(value, ["source", "name", "authorities"], "the request");
  return {
    source: oneOf(fields, "source", ["wellKnown", "router"]),
    name: text(fields, "name", 253),
    authorities: textOrNull(fields, "authorities", MAX_AUTHORITIES_CHARS),
  };
}

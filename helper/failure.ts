// The one error of the helper that a peer is told of: everything else is a fault of ours and reads `failed`.

import type { ErrorCode } from "../lib/protocol.ts";

/** What happened, in which domain or step, and what to do. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(readonly code: ErrorCode, message: string) {
    super(message);
  }
}

/** Code and sentence for any error. */
export function explain(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  if (error instanceof Failure) return { code: error.code, message: error.message };
  return { code: "failed", message: error instanceof Error ? error.message : "unknown error" };
}

// The one error of the fetcher: what kind, which decides whether it is asked for again, and a sentence for people.

import type { FetchProblem } from "../lib/protocol.ts";

/** Its message may quote what a server sent: whoever shows it escapes it. */
export class FetchFailure extends Error {
  override readonly name = "FetchFailure";

  constructor(readonly kind: FetchProblem, message: string) {
    super(message);
  }
}

// `pvd monitor`: what happens, as it happens, a line each. Writes to standard output until the broker or the reader is
// gone.

import type { Broker } from "./api.ts";
import { formatEvent } from "./monitor_text.ts";
import { jsonDocument } from "./output.ts";
import { print } from "./terminal.ts";

export interface MonitorOptions {
  /** null: every link. */
  readonly link: string | null;
  readonly renewals: boolean;
  readonly json: boolean;
}

/** Runs the command, until it ends by ClientError or by a signal. */
export async function monitor(broker: Broker, { link, renewals, json }: MonitorOptions): Promise<never> {
  return await broker.monitor(link, renewals, (event) => {
    print(json ? jsonDocument({ ...event }) : formatEvent(event));
  });
}

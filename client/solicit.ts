// `pvd solicit [LINK]`: asks routers to advertise now. Prints what was done; answers come when they come.

import type { Broker } from "./api.ts";
import { jsonDocument } from "./output.ts";
import { print } from "./terminal.ts";
import { messageText } from "./text.ts";

/** Runs the command; null: on every link. Throws ClientError. */
export async function solicit(broker: Broker, link: string | null, json: boolean): Promise<number> {
  await broker.solicit(link);
  const where = link === null ? "every link" : messageText(link);
  print(json ? jsonDocument({ solicited: { link } }) : `Asked the routers on ${where} to advertise.\n`);
  return 0;
}

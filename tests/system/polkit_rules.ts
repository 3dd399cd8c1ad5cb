// What the lab's administrator decides, for the length of a test: the lab's own rule file replaced and put back, each
// time waiting for polkit's word that it goes by it. Writes that one file.

import { POLKIT_INTERFACE, POLKIT_NAME, POLKIT_PATH } from "../../broker/polkit/authority.ts";
import { BusClient } from "../bus/client.ts";
import { within } from "../lab/supervisor.ts";

const FOLDER = "/etc/polkit-1/rules.d";
const NAME = "10-lab.rules";
const RELOAD_MS = 10_000;

/** Runs `body` under these rules instead of the lab's. */
export async function underRules(text: string, body: () => Promise<void>): Promise<void> {
  const before = Deno.readTextFileSync(`${FOLDER}/${NAME}`);
  const bus = await BusClient.connect();
  try {
    await replace(bus, text);
    await body();
  } finally {
    await replace(bus, before);
    await bus.close();
  }
}

async function replace(bus: BusClient, text: string): Promise<void> {
  const changed = Promise.withResolvers<void>();
  const [sender] = await bus.callBus("GetNameOwner", "s", [POLKIT_NAME]);
  const signal = {
    sender: String(sender),
    path: POLKIT_PATH,
    interface: POLKIT_INTERFACE,
    member: "Changed",
  };
  const forget = bus.onSignal({ ...signal, arg0: null }, () => changed.resolve());
  // The bus answers in order: what was asked of it before is in place.
  await bus.callBus("GetId");
  // In place: polkit reads it once, when it is closed. What takes a file's place by rename it reads twice.
  Deno.writeTextFileSync(`${FOLDER}/${NAME}`, text, { create: false });
  await within(RELOAD_MS, "polkit does not go by the new rules", changed.promise);
  forget();
}

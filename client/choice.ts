// The PvD of a command line that names none: what --match says, or the person's default. Only such command lines load
// this. It gives the name of a namespace, which is one PvD and no other, whatever appears meanwhile.

import { escapeName } from "../lib/escape.ts";
import { connectBroker } from "./api.ts";
import { configFile, readDefault } from "./config.ts";
import { textEnvironment } from "./environment.ts";
import { ClientError } from "./errors.ts";
import { firstMatch } from "./match.ts";

/** A word for the broker. Throws ClientError. */
export async function chooseDomain(socketPath: string, match: string | null): Promise<string> {
  const id = match === null ? requireDefault() : null;
  const broker = connectBroker(socketPath);
  try {
    if (match !== null) return firstMatch(await broker.list(), match).namespace;
    return await exactly(id ?? "", (word) => broker.resolve(word));
  } finally {
    broker.close();
  }
}

function requireDefault(): string {
  const id = readDefault(configFile(textEnvironment));
  if (id !== null) return id;
  const message = "no DOMAIN is named, and you have no default";
  throw new ClientError("usage", `${message}; name one, or set a default with \`pvd default DOMAIN\``);
}

/** The broker takes the beginning of an id for the id. A default is whole: where its network is not there, another
 * one whose id only begins alike, and that anybody may announce, must not stand in for it. */
async function exactly(
  id: string,
  resolve: (word: string) => Promise<{ readonly id: string; readonly handle: string }>,
): Promise<string> {
  const found = await resolve(id);
  if (found.id.toLowerCase() === id.toLowerCase()) return found.handle;
  throw new ClientError("noSuchDomain", `your default, ${escapeName(id)}, is not there`);
}

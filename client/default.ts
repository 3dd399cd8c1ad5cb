// `pvd default [DOMAIN | --clear]`: a person's default PvD, shown or set. Touches the person's config.toml, and asks
// the broker only which id is meant.

import { escapeName, escapeText } from "../lib/escape.ts";
import { connectBroker } from "./api.ts";
import { configFile, readDefault, writeDefault } from "./config.ts";
import { textEnvironment } from "./environment.ts";
import { ClientError } from "./errors.ts";
import { jsonDocument } from "./output.ts";
import { findDomain } from "./show.ts";
import { print } from "./terminal.ts";

export interface DefaultOptions {
  readonly clear: boolean;
  readonly json: boolean;
}

/** Runs the command. Throws ClientError. */
export async function setDefault(
  socketPath: string,
  word: string | null,
  { clear, json }: DefaultOptions,
): Promise<number> {
  if (clear && word !== null) {
    throw new ClientError("usage", "say either DOMAIN or --clear; see `pvd help default`");
  }
  const file = configFile(textEnvironment);
  if (clear) writeDefault(file, null);
  if (word !== null) writeDefault(file, await idOf(socketPath, word));
  const id = readDefault(file);
  print(json ? jsonDocument({ default: { id, file } }) : sentence(id, file));
  return 0;
}

/** The whole id, which a namespace's name and the beginning of an id are not. */
async function idOf(socketPath: string, word: string): Promise<string> {
  const broker = connectBroker(socketPath);
  try {
    return (await findDomain(broker, word)).id;
  } finally {
    broker.close();
  }
}

function sentence(id: string | null, file: string): string {
  if (id !== null) return `${escapeName(id)}\n`;
  return `You have no default PvD (${escapeText(file)}). \`pvd default DOMAIN\` sets one.\n`;
}

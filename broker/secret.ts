// The machine's secret behind stable addresses and MACs (RFC 7217 5): made at first start, kept in one file that
// only the broker reads. Losing it changes every domain's addresses, so a damaged one is an error, not replaced.

import { escapeText } from "../lib/escape.ts";
import { readTextFile, replaceFile } from "../lib/linux/fd.ts";
import { randomOctets } from "../lib/linux/random.ts";
import { SECRET_BYTES, type Secrets } from "./identifier.ts";
import { describeError } from "./log.ts";
import { SettingsError } from "./settings.ts";

/** Throws SettingsError with the file and what to do. */
export function loadSecrets(file: string): Secrets {
  const name = escapeText(file);
  let text: string | null;
  try {
    text = readTextFile(file, 4096);
  } catch (error) {
    throw new SettingsError(
      `cannot read the secret: ${describeError(error)}; secret_file names another place`,
    );
  }
  if (text !== null) {
    const key = parseSecret(text);
    if (key !== null) return { key };
    throw new SettingsError(
      `${name} holds no secret of ${SECRET_BYTES} octets in hex; remove it to get a new one`,
    );
  }
  const key = randomOctets(SECRET_BYTES);
  try {
    replaceFile(file, formatSecret(key), 0o600);
  } catch (error) {
    throw new SettingsError(
      `cannot keep a secret: ${describeError(error)}; make the folder, owned by this user`,
    );
  }
  return { key };
}

export function formatSecret(key: Uint8Array): string {
  return `${Array.from(key, (octet) => octet.toString(16).padStart(2, "0")).join("")}\n`;
}

export function parseSecret(text: string): Uint8Array | null {
  const hex = text.trim();
  if (!new RegExp(`^[0-9a-f]{${2 * SECRET_BYTES}}$`).test(hex)) return null;
  return Uint8Array.from(
    { length: SECRET_BYTES },
    (_, index) => parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}

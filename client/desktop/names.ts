// Names of files and folders that are made from a PvD's id, which a router chose.

/** Letters, digits, dots and hyphens; the rest as "_". */
const OTHERS = /[^A-Za-z0-9.-]/g;
const MAX_READABLE_CHARS = 80;
const HASH_DIGITS = 12;

/** A name that people can read and that no other parts have: "office.example.org-firefox-9f86d081884c". */
export async function safeName(...parts: readonly string[]): Promise<string> {
  const whole = new TextEncoder().encode(parts.join("\0"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  const digits = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(
    0,
    HASH_DIGITS,
  );
  const readable = parts.join("-").replace(OTHERS, "_").replace(/^\.+/, "").slice(0, MAX_READABLE_CHARS);
  return `${readable}-${digits}`;
}

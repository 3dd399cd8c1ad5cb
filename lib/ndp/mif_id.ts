// The identity inside a PVD_ID option of draft-ietf-mif-mpvd-ndp-support-02: which id types are taken, and
// how their octets become the id that everything else compares and shows. Pure.

import { hasUnsafeCharacter } from "../escape.ts";
import { MIF_ID_FQDN, MIF_ID_NAI_REALM, MIF_ID_UTF8, MIF_ID_UUID } from "./codes.ts";
import { hex } from "./octets.ts";
import type { MifIdOption } from "./types.ts";

const UUID_OCTETS = 16;
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Sixteen octets as the text of a UUID, no version bits set or checked. */
export function formatUuid(octets: Uint8Array): string {
  const digits = hex(octets.subarray(0, UUID_OCTETS));
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join("-");
}

/** Whether the text is a UUID in lower case. */
export function isUuid(text: string): boolean {
  return UUID_TEXT.test(text);
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export type MifIdResult =
  | { readonly ok: true; readonly option: MifIdOption }
  | { readonly ok: false; readonly problem: string };

/**
 * The normal form of an id given as text: ASCII letters in lower case, and no final dot on a realm or a
 * name. Types 1 and 4 are where UUIDs are found: the draft says 1, the MIF-PvD programs send 4.
 */
export function normaliseMifId(idType: number, text: string): MifIdResult {
  const fail = (problem: string): MifIdResult => ({ ok: false, problem });
  let id = lowerAscii(text);
  switch (idType) {
    case MIF_ID_UUID:
      if (!isUuid(id)) return fail("its id is not a UUID");
      break;
    case MIF_ID_UTF8:
      break;
    case MIF_ID_NAI_REALM:
    case MIF_ID_FQDN:
      id = id.replace(/\.$/, "");
      if (id.split(".").includes("")) return fail("its id is not a name");
      break;
    default:
      return fail(`its id is of type ${idType}, which is not known`);
  }
  if (id === "") return fail("its id is empty");
  if (hasUnsafeCharacter(id)) return fail("its id has a control or formatting character in it");
  return { ok: true, option: { type: "mifId", idType, id } };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(octets: Uint8Array): string | null {
  try {
    return utf8.decode(octets);
  } catch {
    return null; // the decoder says "not UTF-8" in no other way
  }
}

/** The id of a PVD_ID option: its type and the octets that id-length counts. */
export function readMifId(idType: number, octets: Uint8Array): MifIdResult {
  if (idType === MIF_ID_UUID && octets.length === UUID_OCTETS) {
    return { ok: true, option: { type: "mifId", idType, id: formatUuid(octets), binary: true } };
  }
  const text = decodeUtf8(octets);
  return text === null ? { ok: false, problem: "its id is not UTF-8" } : normaliseMifId(idType, text);
}

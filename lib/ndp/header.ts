// The fixed part of a Router Advertisement (RFC 4861 4.2, RFC 4191 2.2), which stands at the head of the
// message and again, with the R flag, inside an RFC 8801 PvD option. Pure.

import { RA_HEADER_OCTETS, ROUTER_ADVERTISEMENT } from "./codes.ts";
import { readU16, readU32, readU8, writeU16, writeU32 } from "./octets.ts";
import { checkRange } from "./range.ts";
import type { Preference, RaHeader } from "./types.ts";

const FLAG_MANAGED = 0x80;
const FLAG_OTHER_CONFIG = 0x40;
const FLAG_HOME_AGENT = 0x20;
const FLAG_PROXY = 0x04;
const FLAG_SNAC = 0x02;
const PREFERENCE_SHIFT = 3;

/** The two preference bits of an octet; null for the reserved 10 (RFC 4191 2.1). */
export function readPreference(flags: number): Preference | null {
  const bits = flags >> PREFERENCE_SHIFT & 3;
  if (bits === 0) return "medium";
  if (bits === 1) return "high";
  return bits === 3 ? "low" : null;
}

/** The same two bits, in place. */
export function preferenceBits(preference: Preference): number {
  switch (preference) {
    case "high":
      return 1 << PREFERENCE_SHIFT;
    case "medium":
      return 0;
    case "low":
      return 3 << PREFERENCE_SHIFT;
  }
}

/** Reads the 16 octets at `at`; type, code and checksum are the caller's. A reserved preference is medium. */
export function readHeader(bytes: Uint8Array, at: number): RaHeader {
  const flags = readU8(bytes, at + 5);
  return {
    curHopLimit: readU8(bytes, at + 4),
    managed: (flags & FLAG_MANAGED) !== 0,
    otherConfig: (flags & FLAG_OTHER_CONFIG) !== 0,
    homeAgent: (flags & FLAG_HOME_AGENT) !== 0,
    preference: readPreference(flags) ?? "medium",
    proxy: (flags & FLAG_PROXY) !== 0,
    snac: (flags & FLAG_SNAC) !== 0,
    routerLifetimeS: readU16(bytes, at + 6),
    reachableTimeMs: readU32(bytes, at + 8),
    retransTimerMs: readU32(bytes, at + 12),
  };
}

/** Sixteen octets with type 134, code 0 and checksum 0; RangeError where a field does not fit. */
export function writeHeader(header: RaHeader): Uint8Array {
  checkRange("current hop limit", header.curHopLimit, 0xff);
  checkRange("router lifetime", header.routerLifetimeS, 0xffff);
  checkRange("reachable time", header.reachableTimeMs, 0xffff_ffff);
  checkRange("retransmission timer", header.retransTimerMs, 0xffff_ffff);
  const bytes = new Uint8Array(RA_HEADER_OCTETS);
  bytes[0] = ROUTER_ADVERTISEMENT;
  bytes[4] = header.curHopLimit;
  bytes[5] = (header.managed ? FLAG_MANAGED : 0) |
    (header.otherConfig ? FLAG_OTHER_CONFIG : 0) |
    (header.homeAgent ? FLAG_HOME_AGENT : 0) |
    preferenceBits(header.preference) |
    (header.proxy ? FLAG_PROXY : 0) |
    (header.snac ? FLAG_SNAC : 0);
  writeU16(bytes, 6, header.routerLifetimeS);
  writeU32(bytes, 8, header.reachableTimeMs);
  writeU32(bytes, 12, header.retransTimerMs);
  return bytes;
}

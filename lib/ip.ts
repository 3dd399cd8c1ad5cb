// IPv4 and IPv6 addresses and prefixes, between text and bytes, exactly as inet_pton and inet_ntop have it:
// what one part of pvd prints, another part, the kernel and the resolver read back. Pure; touches nothing.

/** An address with a prefix length; the bits after the length are as given. */
export interface Prefix {
  readonly address: Uint8Array;
  readonly length: number;
}

const IPV4_OCTETS = 4;
const IPV6_OCTETS = 16;
const IPV6_GROUPS = 8;
/** The longest IPv6 text, "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255": longer text is not looked at. */
const MAX_ADDRESS_TEXT = 45;

const COLON = 0x3a;
const DOT = 0x2e;

function hexValue(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  if (character >= 0x61 && character <= 0x66) return character - 0x61 + 10;
  if (character >= 0x41 && character <= 0x46) return character - 0x41 + 10;
  return -1;
}

/** Writes dotted decimal text from `start` to the end of `text` into `out` at `at`; false where it is not that. */
function readDotted(text: string, start: number, out: Uint8Array, at: number): boolean {
  let octet = 0;
  let value = 0;
  let digits = 0;
  for (let index = start; index <= text.length; index++) {
    const character = index === text.length ? DOT : text.charCodeAt(index);
    if (character === DOT) {
      if (digits === 0 || octet === IPV4_OCTETS) return false;
      out[at + octet] = value;
      octet++;
      value = 0;
      digits = 0;
      continue;
    }
    if (character < 0x30 || character > 0x39) return false;
    if (digits > 0 && value === 0) return false; // a leading zero reads as octal elsewhere
    value = value * 10 + character - 0x30;
    digits++;
    if (value > 255) return false;
  }
  return octet === IPV4_OCTETS;
}

/** Four octets of dotted decimal text, or null; no leading zeros (inet_pton). */
export function parseIpv4(text: string): Uint8Array | null {
  if (text.length < 7 || text.length > 15) return null;
  const out = new Uint8Array(IPV4_OCTETS);
  return readDotted(text, 0, out, 0) ? out : null;
}

/** Sixteen octets of RFC 4291 2.2 text, or null; no zone (inet_pton). */
export function parseIpv6(text: string): Uint8Array | null {
  if (text.length < 2 || text.length > MAX_ADDRESS_TEXT) return null;
  const out = new Uint8Array(IPV6_OCTETS);
  let at = 0;
  let gapAt = -1;
  let index = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return null;
    gapAt = 0;
    index = 2;
  }
  while (index < text.length) {
    const groupStart = index;
    let value = 0;
    let digit = -1;
    while (index < text.length && (digit = hexValue(text.charCodeAt(index))) >= 0) {
      value = value << 4 | digit;
      index++;
      if (index - groupStart > 4) return null;
    }
    if (index < text.length && text.charCodeAt(index) === DOT) {
      if (at > IPV6_OCTETS - IPV4_OCTETS || !readDotted(text, groupStart, out, at)) return null;
      at += IPV4_OCTETS;
      break;
    }
    if (index === groupStart || at === IPV6_OCTETS) return null;
    out[at++] = value >> 8;
    out[at++] = value & 0xff;
    if (index === text.length) break;
    if (text.charCodeAt(index) !== COLON) return null;
    index++;
    if (index === text.length) return null;
    if (text.charCodeAt(index) === COLON) {
      if (gapAt >= 0) return null;
      gapAt = at;
      index++;
    }
  }
  if (gapAt < 0) return at === IPV6_OCTETS ? out : null;
  if (at === IPV6_OCTETS) return null; // "::" stands for at least one group
  out.copyWithin(gapAt + IPV6_OCTETS - at, gapAt, at);
  out.fill(0, gapAt, gapAt + IPV6_OCTETS - at);
  return out;
}

/** The octets of an IPv4 or IPv6 address, or null. */
export function parseAddress(text: string): Uint8Array | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function dotted(bytes: Uint8Array, at: number): string {
  return `${bytes[at] ?? 0}.${bytes[at + 1] ?? 0}.${bytes[at + 2] ?? 0}.${bytes[at + 3] ?? 0}`;
}

function group(bytes: Uint8Array, index: number): number {
  return (bytes[2 * index] ?? 0) << 8 | (bytes[2 * index + 1] ?? 0);
}

/**
 * The text of a 4 or 16 octet address as glibc's inet_ntop prints it: RFC 5952, with the last 32 bits
 * dotted in v4-mapped and v4-compatible addresses. Any other length is a RangeError.
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === IPV4_OCTETS) return dotted(bytes, 0);
  if (bytes.length !== IPV6_OCTETS) {
    throw new RangeError(`an address has 4 or 16 octets, not ${bytes.length}`);
  }

  let zerosAt = -1;
  let zeros = 1; // a run of one is not shortened
  for (let index = 0; index < IPV6_GROUPS;) {
    let end = index;
    while (end < IPV6_GROUPS && group(bytes, end) === 0) end++;
    if (end - index > zeros) {
      zerosAt = index;
      zeros = end - index;
    }
    index = end + 1;
  }
  const embedsIpv4 = zerosAt === 0 && (zeros === 6 || (zeros === 5 && group(bytes, 5) === 0xffff));

  let text = "";
  const groups = embedsIpv4 ? 6 : IPV6_GROUPS;
  for (let index = 0; index < groups;) {
    if (index === zerosAt) {
      text += "::";
      index += zeros;
      continue;
    }
    if (index > 0 && index !== zerosAt + zeros) text += ":";
    text += group(bytes, index).toString(16);
    index++;
  }
  if (!embedsIpv4) return text;
  return (zeros === 6 ? text : text + ":") + dotted(bytes, 12);
}

/** "address/length" of either family, or null; the address is as given, not masked. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf("/");
  if (slash < 0) return null;
  const address = parseAddress(text.slice(0, slash));
  const lengthText = text.slice(slash + 1);
  if (address === null || !/^(0|[1-9][0-9]{0,2})$/.test(lengthText)) return null;
  const length = Number(lengthText);
  return length <= address.length * 8 ? { address, length } : null;
}

/** A copy of the address with the bits after the length cleared. */
export function maskPrefix(address: Uint8Array, length: number): Uint8Array {
  const masked = address.slice();
  const whole = length >> 3;
  if (whole >= masked.length) return masked;
  masked[whole] = (masked[whole] ?? 0) & (0xff00 >> (length & 7));
  masked.fill(0, whole + 1);
  return masked;
}

/** "address/length" with the bits after the length cleared. */
export function formatPrefix(address: Uint8Array, length: number): string {
  const masked = isMasked(address, length) ? address : maskPrefix(address, length);
  return `${formatAddress(masked)}/${length}`;
}

/** Whether the bits after the length are cleared already: as routers send prefixes, and cheaper than a copy. */
function isMasked(address: Uint8Array, length: number): boolean {
  const whole = length >> 3;
  if (((address[whole] ?? 0) & 0xff >> (length & 7)) !== 0) return false;
  for (let index = whole + 1; index < address.length; index++) if (address[index] !== 0) return false;
  return true;
}

/** Whether the address begins with the prefix; never across families. */
export function prefixHasAddress(prefix: Prefix, address: Uint8Array): boolean {
  if (prefix.address.length !== address.length) return false;
  const whole = prefix.length >> 3;
  for (let index = 0; index < whole; index++) {
    if (prefix.address[index] !== address[index]) return false;
  }
  const rest = 0xff00 >> (prefix.length & 7) & 0xff;
  return (((prefix.address[whole] ?? 0) ^ (address[whole] ?? 0)) & rest) === 0;
}

/** Whether every address of `inner` is one of `outer`. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixHasAddress(outer, inner.address);
}

/** Octet by octet equality. */
export function sameAddress(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return false;
  }
  return true;
}

/** fe80::/10 (RFC 4291 2.5.6) or 169.254.0.0/16 (RFC 3927). */
export function isLinkLocal(address: Uint8Array): boolean {
  if (address.length === IPV4_OCTETS) return address[0] === 169 && address[1] === 254;
  return address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80;
}

/** ff00::/8 (RFC 4291 2.7) or 224.0.0.0/4 (RFC 5771). */
export function isMulticast(address: Uint8Array): boolean {
  if (address.length === IPV4_OCTETS) return ((address[0] ?? 0) & 0xf0) === 0xe0;
  return address[0] === 0xff;
}

/** "::" or "0.0.0.0". */
export function isUnspecified(address: Uint8Array): boolean {
  return address.every((octet) => octet === 0);
}

/** "::1" or 127.0.0.0/8. */
export function isLoopback(address: Uint8Array): boolean {
  if (address.length === IPV4_OCTETS) return address[0] === 127;
  return address[15] === 1 && address.every((octet, index) => index === 15 || octet === 0);
}

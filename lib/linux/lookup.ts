// getaddrinfo(3): names looked up as every program of this system looks them up, by whatever nsswitch.conf(5) says.
// Opens these two functions by itself: only who imports this file can ask for a name.

import { formatAddress } from "../ip.ts";
import * as abi from "./abi.ts";
import { libc, openLibc } from "./libc.ts";
import { allocate, cString, view } from "./memory.ts";

const ADDRINFO_BYTES = 48;
const AI_NEXT = 40, AI_ADDR = 24, AI_FAMILY = 4, AI_SOCKTYPE = 8;
/** More than any answer of a resolver can hold. */
const MAX_ADDRESSES = 4096;

export interface Lookup {
  /** EAI_*; 0: there are addresses. */
  readonly code: number;
  readonly addresses: readonly string[];
}

/** The addresses of one family that `name` has. Waits on another thread, as long as resolv.conf(5) says. Throws
 * RangeError where the name holds NUL. */
export async function lookUp(name: string, family: "inet" | "inet6"): Promise<Lookup> {
  const { getaddrinfo, freeaddrinfo } = functions();
  const node = cString(name);
  const hints = allocate(ADDRINFO_BYTES);
  view(hints).setInt32(AI_FAMILY, family === "inet6" ? abi.AF_INET6 : abi.AF_INET, true);
  view(hints).setInt32(AI_SOCKTYPE, abi.SOCK_STREAM, true);
  const result = allocate(8);
  const code = await getaddrinfo(node, null, hints, result);
  // Both are only reachable through the call itself: held until here.
  if (code !== 0 || node.length + hints.length === 0) return { code, addresses: [] };
  const first = view(result).getBigUint64(0, true);
  try {
    return { code, addresses: addressesFrom(first) };
  } finally {
    freeaddrinfo(first);
  }
}

function addressesFrom(first: bigint): string[] {
  const addresses: string[] = [];
  for (let at = first; at !== 0n && addresses.length < MAX_ADDRESSES;) {
    const info = view(peek(at, ADDRINFO_BYTES));
    const isInet6 = info.getInt32(AI_FAMILY, true) === abi.AF_INET6;
    const [offset, length] = isInet6 ? [8n, 16] : [4n, 4];
    addresses.push(formatAddress(peek(info.getBigUint64(AI_ADDR, true) + offset, length)));
    at = info.getBigUint64(AI_NEXT, true);
  }
  return addresses;
}

function peek(address: bigint, length: number): Uint8Array {
  const bytes = allocate(length);
  libc.memcpy(bytes, address, BigInt(length));
  return bytes;
}

const symbols = {
  getaddrinfo: { parameters: ["buffer", "buffer", "buffer", "buffer"], result: "i32", nonblocking: true },
  freeaddrinfo: { parameters: ["usize"], result: "void" },
} as const;

let opened: ReturnType<typeof openLibc<typeof symbols>> | null = null;

function functions() {
  return opened ??= openLibc(symbols);
}

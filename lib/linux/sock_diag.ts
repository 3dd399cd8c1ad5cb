// The IPv6 sockets of a namespace, and their end (sock_diag(7), uapi inet_diag.h). The first needs no privilege, the
// second CAP_NET_ADMIN and a kernel with CONFIG_INET_DIAG_DESTROY.

import { formatAddress } from "../ip.ts";
import * as abi from "./abi.ts";
import { view } from "./memory.ts";
import { type NetlinkMessage, NetlinkWriter, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from "./netlink.ts";

const SOCK_DIAG_BY_FAMILY = 20, SOCK_DESTROY = 21;
/** struct inet_diag_req_v2 and inet_diag_msg begin with four octets; here is struct inet_diag_sockid in each. */
const REQUEST_ID_OFFSET = 8, MESSAGE_ID_OFFSET = 4, ID_BYTES = 48;
const REQUEST_BYTES = REQUEST_ID_OFFSET + ID_BYTES, MESSAGE_BYTES = 72;
const ALL_STATES = 0xffff_ffff;
const TCP_TIME_WAIT = 6;

export type DiagProtocol = typeof abi.IPPROTO_TCP | typeof abi.IPPROTO_UDP;

export interface DiagSocket {
  /** "::" where it is bound to every address. */
  readonly local: string;
  /** "::" where it is not connected. */
  readonly remote: string;
  /** struct inet_diag_sockid, by which the kernel finds it again. */
  readonly id: Uint8Array;
}

/** A dump request for every IPv6 socket of a protocol. */
export function socketDump(protocol: DiagProtocol): Uint8Array {
  const writer = new NetlinkWriter();
  writer.message(
    SOCK_DIAG_BY_FAMILY,
    NLM_F_REQUEST | NLM_F_DUMP,
    1,
    request(protocol, new Uint8Array(ID_BYTES)),
    () => {},
  );
  return writer.bytes();
}

/** A socket in the answer; null for other messages, and for one that waits for nothing but the end of its time. */
export function diagSocket({ type, body }: NetlinkMessage): DiagSocket | null {
  if (type !== SOCK_DIAG_BY_FAMILY || body.length < MESSAGE_BYTES) return null;
  if (body[0] !== abi.AF_INET6 || body[1] === TCP_TIME_WAIT) return null;
  const id = body.slice(MESSAGE_ID_OFFSET, MESSAGE_ID_OFFSET + ID_BYTES);
  return { local: formatAddress(id.subarray(4, 20)), remote: formatAddress(id.subarray(20, 36)), id };
}

/** Ends a socket: whoever waits on it, and whoever uses it next, gets ECONNABORTED (EINVAL from accept(2)). */
export function destroySocket(
  writer: NetlinkWriter,
  sequence: number,
  protocol: DiagProtocol,
  socket: DiagSocket,
): void {
  writer.message(SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK, sequence, request(protocol, socket.id), () => {});
}

function request(protocol: DiagProtocol, id: Uint8Array): Uint8Array {
  const fixed = new Uint8Array(REQUEST_BYTES);
  fixed[0] = abi.AF_INET6;
  fixed[1] = protocol;
  view(fixed).setUint32(4, ALL_STATES, true);
  fixed.set(id, REQUEST_ID_OFFSET);
  return fixed;
}

// Tells when duplicate address detection (RFC 4862 5.4) finds that another host has an address of this namespace: by
// rtnetlink(7) events, of which a filter (socket(7), SO_ATTACH_FILTER) lets only these through, so that thousands of
// addresses that are made and renewed wake nobody. Needs no privilege.

import * as abi from "./abi.ts";
import { LinuxError } from "./error.ts";
import { close } from "./fd.ts";
import { addressOf, allocate, view } from "./memory.ts";
import { ENOBUFS, openNetlink, receiveNetlink } from "./netlink_socket.ts";
import { duplicateAddress, IFA_F_DADFAILED, IFA_FLAGS_OFFSET } from "./rtnetlink.ts";
import { setBytes } from "./sockopt.ts";

const RTMGRP_IPV6_IFADDR = 0x100;

// Classic BPF (uapi filter.h): load an octet, test bits of it, return how much of the message to take.
const BPF_LD_B_ABS = 0x30, BPF_JMP_JSET_K = 0x45, BPF_RET_K = 0x06;
const WHOLE_MESSAGE = 0xffff_ffff;
const PROGRAM = [
  { code: BPF_LD_B_ABS, ifTrue: 0, ifFalse: 0, value: IFA_FLAGS_OFFSET },
  { code: BPF_JMP_JSET_K, ifTrue: 0, ifFalse: 1, value: IFA_F_DADFAILED },
  { code: BPF_RET_K, ifTrue: 0, ifFalse: 0, value: WHOLE_MESSAGE },
  { code: BPF_RET_K, ifTrue: 0, ifFalse: 0, value: 0 },
] as const;

const instructions = allocate(8 * PROGRAM.length);
PROGRAM.forEach(({ code, ifTrue, ifFalse, value }, index) => {
  const v = view(instructions);
  v.setUint16(8 * index, code, true);
  v.setUint8(8 * index + 2, ifTrue);
  v.setUint8(8 * index + 3, ifFalse);
  v.setUint32(8 * index + 4, value, true);
});
/** struct sock_fprog. */
const program = allocate(16);
view(program).setUint16(0, PROGRAM.length, true);
view(program).setBigUint64(8, addressOf(instructions), true);

/** A socket for this thread's namespace that becomes readable when an address turns out to be another host's.
 * Throws LinuxError. */
export function openDuplicateMonitor(): number {
  const fd = openNetlink(RTMGRP_IPV6_IFADDR);
  try {
    setBytes(fd, abi.SOL_SOCKET, abi.SO_ATTACH_FILTER, program, "SO_ATTACH_FILTER");
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** The addresses that wait to be told; null where none does. Throws LinuxError. */
export function readDuplicates(fd: number): string[] | null {
  try {
    const messages = receiveNetlink(fd);
    return messages === null ? null : messages.map(duplicateAddress).filter((each) => each !== null);
  } catch (error) {
    // More than a megabyte of them at once is nobody's network; those that are lost are found at the next apply.
    if (error instanceof LinuxError && error.errno === ENOBUFS) return [];
    throw error;
  }
}

// Tells when duplicate address detection (RFC 4862 5.4) finds that another host has an address of this namespace: by
// rtnetlink(7) events, of which a filter (socket(7), SO_ATTACH_FILTER) lets only these through, so that thousands of
// addresses that are made and renewed wake nobody. Needs no privilege.

import { LinuxError } from "./error.ts";
import { close } from "./fd.ts";
import { ENOBUFS, openNetlink, receiveNetlink } from "./netlink_socket.ts";
import { duplicateAddress, IFA_F_DADFAILED, IFA_FLAGS_OFFSET } from "./rtnetlink.ts";
import {
  attachFilter,
  BPF_JMP_JSET_K,
  BPF_LD_B_ABS,
  BPF_RET_K,
  NOTHING_OF_IT,
  WHOLE_MESSAGE,
} from "./socket_filter.ts";

const RTMGRP_IPV6_IFADDR = 0x100;

const PROGRAM = [
  { code: BPF_LD_B_ABS, ifTrue: 0, ifFalse: 0, value: IFA_FLAGS_OFFSET },
  { code: BPF_JMP_JSET_K, ifTrue: 0, ifFalse: 1, value: IFA_F_DADFAILED },
  { code: BPF_RET_K, ifTrue: 0, ifFalse: 0, value: WHOLE_MESSAGE },
  { code: BPF_RET_K, ifTrue: 0, ifFalse: 0, value: NOTHING_OF_IT },
];

/** A socket for this thread's namespace that becomes readable when an address turns out to be another host's.
 * Throws LinuxError. */
export function openDuplicateMonitor(): number {
  const fd = openNetlink(RTMGRP_IPV6_IFADDR);
  try {
    attachFilter(fd, PROGRAM);
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

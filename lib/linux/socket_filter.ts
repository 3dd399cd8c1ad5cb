// Filters of what a socket receives: classic BPF (socket(7), SO_ATTACH_FILTER; linux/filter.h).

import * as abi from "./abi.ts";
import { addressOf, allocate, view } from "./memory.ts";
import { setBytes, setInteger } from "./sockopt.ts";

/** Load an octet, test bits of it or its value, return how much of the message to take. */
export const BPF_LD_B_ABS = 0x30, BPF_JMP_JSET_K = 0x45, BPF_JMP_JEQ_K = 0x15, BPF_RET_K = 0x06;
export const WHOLE_MESSAGE = 0xffff_ffff, NOTHING_OF_IT = 0;

/** struct sock_filter; jumps are counted from the next one. */
export interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

/** Throws LinuxError. */
export function attachFilter(fd: number, program: readonly Instruction[]): void {
  const instructions = allocate(8 * program.length);
  const v = view(instructions);
  program.forEach(({ code, ifTrue, ifFalse, value }, index) => {
    v.setUint16(8 * index, code, true);
    v.setUint8(8 * index + 2, ifTrue);
    v.setUint8(8 * index + 3, ifFalse);
    v.setUint32(8 * index + 4, value, true);
  });
  /** struct sock_fprog. */
  const header = allocate(16);
  view(header).setUint16(0, program.length, true);
  view(header).setBigUint64(8, addressOf(instructions), true);
  setBytes(fd, abi.SOL_SOCKET, abi.SO_ATTACH_FILTER, header, "SO_ATTACH_FILTER");
  // The instructions are only reachable through their address: held until here.
  if (instructions.length === 0) throw new RangeError("a filter without instructions");
}

/** Whoever has the socket later cannot take its filter away (SO_LOCK_FILTER). Throws LinuxError. */
export function lockFilter(fd: number): void {
  setInteger(fd, abi.SOL_SOCKET, abi.SO_LOCK_FILTER, 1, "SO_LOCK_FILTER");
}

/** Pure: takes messages whose first octet is one of `values`, and no others. */
export function firstOctetIn(values: readonly number[]): Instruction[] {
  const tests = values.map((value, index) => ({
    code: BPF_JMP_JEQ_K,
    ifTrue: values.length - index,
    ifFalse: 0,
    value,
  }));
  return [
    { code: BPF_LD_B_ABS, ifTrue: 0, ifFalse: 0, value: 0 },
    ...tests,
    { code: BPF_RET_K, ifTrue: 0, ifFalse: 0, value: NOTHING_OF_IT },
    { code: BPF_RET_K, ifTrue: 0, ifFalse: 0, value: WHOLE_MESSAGE },
  ];
}

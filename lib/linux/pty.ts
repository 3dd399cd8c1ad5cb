// Terminals (termios(3), pty(7), ioctl_tty(2)): a pseudo-terminal of our own, which needs no privilege, and the
// settings, size and foreground process group of one that somebody else gave us.

import * as abi from "./abi.ts";
import { lastErrno, must, retry } from "./error.ts";
import { close, open } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** sizeof(struct termios) of glibc is 60. */
const TERMIOS_BYTES = 64;
const WINDOW_BYTES = 8;

export interface Pty {
  /** Nonblocking. */
  readonly master: number;
  readonly slave: number;
}

/** A new pseudo-terminal. The slave is opened through the master (TIOCGPTPEER), so whatever is mounted at /dev/pts,
 * the two belong together. Throws LinuxError. */
export function openPty(): Pty {
  const master = open("/dev/ptmx", abi.O_RDWR | abi.O_NOCTTY | abi.O_NONBLOCK);
  try {
    must("ioctl", libc.ioctl(master, BigInt(abi.TIOCSPTLCK), allocate(4)), "TIOCSPTLCK");
    const flags = BigInt(abi.O_RDWR | abi.O_NOCTTY | abi.O_CLOEXEC);
    const slave = must(
      "ioctl",
      libc.ioctl_value(master, BigInt(abi.TIOCGPTPEER), flags),
      "TIOCGPTPEER",
    );
    return { master, slave };
  } catch (error) {
    close(master);
    throw error;
  }
}

/** A terminal's settings, as the C library keeps them. */
export type TerminalSettings = Uint8Array<ArrayBuffer>;

/** Throws LinuxError (ENOTTY, EIO after a hang-up). */
export function terminalSettings(fd: number): TerminalSettings {
  const settings = allocate(TERMIOS_BYTES);
  must("tcgetattr", libc.tcgetattr(fd, settings));
  return settings;
}

/** At once: what waits to be read or written stays as it is. False where the terminal is gone. */
export function setTerminalSettings(fd: number, settings: TerminalSettings): boolean {
  return retry(() => libc.tcsetattr(fd, abi.TCSANOW, settings)) === 0;
}

/** The same with every byte passed on as it is (cfmakeraw(3)). */
export function rawSettings(settings: TerminalSettings): TerminalSettings {
  const raw = settings.slice();
  libc.cfmakeraw(raw);
  return raw;
}

/** Gives terminal `to` the window size of `from`; the kernel tells programs on it by SIGWINCH where it is another. */
export function copyWindowSize(from: number, to: number): void {
  const size = allocate(WINDOW_BYTES);
  if (libc.ioctl(from, BigInt(abi.TIOCGWINSZ), size) === 0) libc.ioctl(to, BigInt(abi.TIOCSWINSZ), size);
}

/** Whether it is this process's controlling terminal. */
export function isControllingTerminal(fd: number): boolean {
  return libc.tcgetpgrp(fd) >= 0;
}

/** Whether this process may read it and change its settings now: it is in the foreground, or job control is not for
 * this terminal (credentials(7)). */
export function isInForeground(fd: number): boolean {
  const group = libc.tcgetpgrp(fd);
  return group < 0 || group === libc.getpgrp();
}

/** How many bytes were read or written: "later" where it would have to wait, "end" after a hang-up and where nobody
 * has the slave open any more. errno can lie, so only what says so itself is an end: it says so again. */
export type Transfer = number | "later" | "end";

/** Bytes that are there, from a terminal or its master; none is a hang-up. */
export function readTerminal(fd: number, into: Uint8Array<ArrayBuffer>): Transfer {
  const transfer = transferred(retry(() => libc.read(fd, into, BigInt(into.length))));
  return transfer === 0 ? "end" : transfer;
}

/** As many of `bytes` as it takes. */
export function writeTerminal(fd: number, bytes: Uint8Array<ArrayBuffer>): Transfer {
  return transferred(retry(() => libc.write(fd, bytes, BigInt(bytes.length))));
}

function transferred(count: number): Transfer {
  if (count >= 0) return count;
  return lastErrno() === abi.EIO ? "end" : "later";
}

/** Columns and rows. Throws LinuxError. */
export function windowSize(fd: number): { readonly columns: number; readonly rows: number } {
  const size = allocate(WINDOW_BYTES);
  must("ioctl", libc.ioctl(fd, BigInt(abi.TIOCGWINSZ), size), "TIOCGWINSZ");
  return { rows: view(size).getUint16(0, true), columns: view(size).getUint16(2, true) };
}

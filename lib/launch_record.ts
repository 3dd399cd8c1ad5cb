// The launch record: what a person's `pvd run` wants started, as bytes in a sealed memfd that only that person's
// process can have made. Plain NUL-separated fields, because arguments and environment are any bytes but NUL.
// Pure; shared by the client, which writes it, and the helper, which reads it as hostile input.

import { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 } from "./linux/abi.ts";
import { HANDLE_PATTERN, MAX_ID_CHARS, MAX_LAUNCH_BYTES } from "./protocol.ts";

/** stdin, stdout, stderr, working folder. */
export const LAUNCH_DESCRIPTORS = 4;

/** First field: a record of another layout is refused. */
const LAYOUT = "pvd-launch-2";
/** What a program may be started with as ignored, in the order of the record: what nohup(1) and shells ignore for a
 * program, and what pvd hands on. */
const IGNORABLE_SIGNALS: readonly number[] = [SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM];
/** execve(2) counts a pointer for each string too. Without, a record of nothing but empty strings would be small, and
 * two million objects for whoever reads it. */
const POINTER_BYTES = 8;

export interface LaunchRecord {
  /** Handle and id of the domain the person named: a broker cannot take the record to another domain. */
  readonly handle: string;
  readonly id: string;
  /** The process that made the record, with its start time (proc_pid_stat(5), field 22): a broker cannot use it
   * again for a later process. */
  readonly pid: number;
  readonly startTime: string;
  readonly umask: number;
  /** Signals by number that the program has ignored from its start (signal(7)), of IGNORABLE_SIGNALS; left out: none. */
  readonly ignored?: readonly number[];
  /** stdin, stdout, stderr and working folder, as device and inode (lib/linux/fd.ts `statusOf().identity`): a
   * broker cannot put other streams in their place. */
  readonly descriptors: readonly string[];
  /** At least one: the program, as a path with a slash in it. */
  readonly argv: readonly Uint8Array[];
  /** "NAME=value", as in environ(7). */
  readonly environment: readonly Uint8Array[];
}

/** The record as bytes. Throws RangeError where they, with POINTER_BYTES a string, are over MAX_LAUNCH_BYTES, a string
 * holds NUL, or a signal is none that may be ignored. */
export function encodeLaunchRecord(record: LaunchRecord): Uint8Array {
  if (record.descriptors.length !== LAUNCH_DESCRIPTORS) throw new RangeError("a launch has four descriptors");
  const ignored = record.ignored ?? [];
  if (!ignored.every((signal) => IGNORABLE_SIGNALS.includes(signal))) {
    throw new RangeError(`of signals ${ignored.join(", ")} one cannot be ignored for a program`);
  }
  const encoder = new TextEncoder();
  const head = [
    LAYOUT,
    record.handle,
    record.id,
    String(record.pid),
    record.startTime,
    String(record.umask),
    listOf(ignored),
    ...record.descriptors,
    String(record.argv.length),
    String(record.environment.length),
  ].map((field) => encoder.encode(field));
  const fields = [...head, ...record.argv, ...record.environment];
  const total = fields.reduce((sum, field) => sum + field.length + 1, 0);
  if (isOver(total, fields.length)) {
    const strings = record.argv.length + record.environment.length;
    throw new RangeError(
      `arguments and environment are ${strings} strings with ${total} bytes together; with ${POINTER_BYTES} ` +
        `more for each string, as the kernel counts, the limit is ${MAX_LAUNCH_BYTES}: pass fewer or shorter ones`,
    );
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const field of fields) {
    if (field.includes(0)) throw new RangeError("an argument or environment entry holds a NUL byte");
    bytes.set(field, at);
    at += field.length + 1;
  }
  return bytes;
}

/** The record that `bytes` hold. Throws SyntaxError with the field that is wrong. */
export function decodeLaunchRecord(bytes: Uint8Array): LaunchRecord {
  const fields = split(bytes);
  let next = 0;
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const take = (name: string): string => {
    const field = fields[next++];
    if (field === undefined) throw new SyntaxError(`launch record: ${name} is missing`);
    try {
      return text.decode(field);
    } catch {
      throw new SyntaxError(`launch record: ${name} is not UTF-8`);
    }
  };
  const number = (name: string, max: number): number => {
    const field = take(name);
    const value = Number(field);
    if (!/^(0|[1-9][0-9]{0,9})$/.test(field) || value > max) {
      throw new SyntaxError(`launch record: bad ${name}`);
    }
    return value;
  };
  if (take("layout") !== LAYOUT) throw new SyntaxError("launch record: unknown layout");
  const handle = take("handle");
  if (!HANDLE_PATTERN.test(handle)) throw new SyntaxError("launch record: bad handle");
  const id = take("id");
  if (id.length === 0 || id.length > MAX_ID_CHARS) throw new SyntaxError("launch record: bad id");
  const pid = number("pid", 0x7fff_ffff);
  const startTime = take("start time");
  if (!/^[0-9]{1,20}$/.test(startTime)) throw new SyntaxError("launch record: bad start time");
  const umask = number("umask", 0o777);
  const signals = take("ignored signals");
  const ignored = signals.split(",").map(Number).filter((signal) => IGNORABLE_SIGNALS.includes(signal));
  if (signals !== listOf(ignored)) throw new SyntaxError("launch record: bad ignored signals");
  const descriptors = Array.from({ length: LAUNCH_DESCRIPTORS }, () => take("descriptor"));
  const argc = number("argument count", MAX_LAUNCH_BYTES);
  const envc = number("environment count", MAX_LAUNCH_BYTES);
  if (argc < 1) throw new SyntaxError("launch record: no program");
  const rest = fields.slice(next);
  if (rest.length !== argc + envc) throw new SyntaxError("launch record: counts do not fit");
  return {
    handle,
    id,
    pid,
    startTime,
    umask,
    ignored,
    descriptors,
    argv: rest.slice(0, argc),
    environment: rest.slice(argc),
  };
}

/** Each once, in one order: there is one way to write them. */
function listOf(signals: readonly number[]): string {
  return IGNORABLE_SIGNALS.filter((each) => signals.includes(each)).join(",");
}

function isOver(bytes: number, fields: number): boolean {
  return bytes + fields * POINTER_BYTES > MAX_LAUNCH_BYTES;
}

/** The fields are counted before anything is made of them. */
function split(bytes: Uint8Array): Uint8Array[] {
  let count = 0;
  for (let at = -1; !isOver(bytes.length, count); count++) {
    at = bytes.indexOf(0, at + 1);
    if (at < 0) break;
  }
  if (isOver(bytes.length, count)) throw new SyntaxError("launch record: too long");
  if (bytes.length === 0 || bytes[bytes.length - 1] !== 0) throw new SyntaxError("launch record: cut short");
  const fields: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
    fields.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return fields;
}

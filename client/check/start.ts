// Starts the part of `pvd check` that runs inside: this very program once more, with its output on a pipe. What fails
// is a finding, not an error: that no program can be started is what a person may want to know.

import { O_RDONLY } from "../../lib/linux/abi.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { close, closeAll, open } from "../../lib/linux/fd.ts";
import { ownArguments } from "../../lib/linux/own.ts";
import { makePipe, readPipe } from "../../lib/linux/pipe.ts";
import { waitReadable } from "../../lib/linux/reactor.ts";
import { allocate } from "../../lib/linux/memory.ts";
import { type DomainView, MAX_LAUNCH_BYTES } from "../../lib/protocol.ts";
import type { Broker } from "../api.ts";
import { ClientError } from "../errors.ts";
import { failureSentence } from "../output.ts";
import { environmentBytes } from "../own_words.ts";
import { follow, type HeldSignals, holdSignals, ignoredSignals } from "../program.ts";
import { requestRun } from "../run.ts";
import { type Found, INSIDE, readFound } from "./found.ts";

/** So that silent resolvers take seconds and not half a minute (resolv.conf(5)). */
const RESOLVER_OPTIONS = "RES_OPTIONS=timeout:3 attempts:1";
const MAX_OUTPUT_BYTES = 1 << 20;
const STANDARD_ERROR = 2;

/** `name` null: no name is to be looked up. */
export async function findInside(
  broker: Broker,
  domain: DomainView,
  name: string | null,
  interactive: boolean,
): Promise<Found | { readonly problem: string }> {
  try {
    return readFound(JSON.parse(await outputInside(broker, domain, name, interactive)));
  } catch (error) {
    if (error instanceof ClientError) return { problem: failureSentence(error) };
    if (error instanceof SyntaxError) {
      return { problem: `what was found inside is not understood: ${error.message}` };
    }
    if (error instanceof LinuxError || error instanceof RangeError) return { problem: error.message };
    throw error;
  }
}

async function outputInside(
  broker: Broker,
  { namespace: handle, id, link }: DomainView,
  name: string | null,
  interactive: boolean,
): Promise<string> {
  const { reading, writing } = makePipe();
  const input = open("/dev/null", O_RDONLY);
  const ours = [writing, input];
  let signals: HeldSignals | null = null;
  try {
    const program = { argv: ownCommand(name), environment: environment() };
    const streams = [input, writing, STANDARD_ERROR];
    const ignored = ignoredSignals();
    requestRun(broker, { handle, id, link }, program, { ...program, ignored }, streams, interactive);
    signals = holdSignals(ignored);
    closeAll(ours.splice(0));
    const [output, end] = await Promise.all([
      readToEnd(reading),
      follow(broker.connection, signals, null, () => {}),
    ]);
    if (end.type === "error") throw new ClientError(end.code, end.message);
    if (end.type === "exited" && end.status === 0) return output;
    const how = end.type === "exited" ? `with status ${end.status}` : "without a status";
    throw new ClientError("failed", `the program started in it ended ${how}`);
  } finally {
    signals?.end();
    closeAll(ours);
    close(reading);
  }
}

/** The command line of this process, with other arguments for pvd itself. */
function ownCommand(name: string | null): Uint8Array[] {
  const own = ownArguments(MAX_LAUNCH_BYTES);
  const runtime = own.slice(1, own.length - Deno.args.length);
  const args = [INSIDE, ...(name === null ? [] : [name])];
  const encoder = new TextEncoder();
  return [encoder.encode(Deno.execPath()), ...runtime, ...args.map((each) => encoder.encode(each))];
}

function environment(): Uint8Array[] {
  return [...environmentBytes(), new TextEncoder().encode(RESOLVER_OPTIONS)];
}

/** Until every writer has closed. Throws LinuxError, RangeError. */
async function readToEnd(fd: number): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = allocate(65_536);
  let text = "";
  for (;;) {
    await waitReadable(fd);
    const length = readPipe(fd, buffer);
    if (length === 0) return text;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
    if (text.length > MAX_OUTPUT_BYTES) throw new RangeError("the program started in it wrote too much");
  }
}

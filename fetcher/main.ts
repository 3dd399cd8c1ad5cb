// pvd-fetcher: one process, one fetch, one line, and it is gone. Hostile DNS, TLS, HTTP and JSON are met here and
// nowhere else, so there is nothing here to win.
//
// What it has, as a timeline:
//   1. The helper starts it in the domain's network namespace, with the domain's resolver file, as a user of its own,
//      without a capability, with no new privileges, with limits on memory, processor time, files and threads;
//      without environment, /dev/null as standard input and error, a pipe of the broker's as standard output.
//   2. The runtime gives it the network and no file, no program, no variable; its compiler is off (--jitless), which
//      is what lets the limit on memory be a tight one.
//   3. Its only argument says what to fetch. It connects, reads at most 64 KiB, checks that it is I-JSON.
//   4. It prints one line (FetchLine in lib/protocol.ts), and ends; after 10 seconds it ends whatever it is doing.

import {
  FETCH_MS,
  type FetchLine,
  type FetchProblem,
  type JsonValue,
  MAX_INFORMATION_BYTES,
} from "../lib/protocol.ts";
import { FetchFailure } from "./failure.ts";
import { fetchInformation } from "./fetch.ts";
import { readRequest } from "./request.ts";

/** What a server sent may be in it. */
const MAX_MESSAGE_CHARS = 300;

function main(args: readonly string[]): Promise<FetchLine> {
  const late = new Promise<FetchLine>((resolve) => {
    setTimeout(() => resolve(failed("timeout", `no answer within ${FETCH_MS / 1000} s`)), FETCH_MS);
  });
  return Promise.race([fetchLine(args), late]);
}

async function fetchLine(args: readonly string[]): Promise<FetchLine> {
  try {
    return fitting(await fetchInformation(readRequest(args)));
  } catch (error) {
    if (error instanceof FetchFailure) return failed(error.kind, error.message);
    return failed("failed", error instanceof Error ? error.message : "unknown error");
  }
}

/** A value can be longer written anew than it came: 1E20 has 21 digits. */
function fitting(value: JsonValue): FetchLine {
  const length = new TextEncoder().encode(JSON.stringify(value)).length;
  if (length <= MAX_INFORMATION_BYTES) return { value };
  return failed("format", `the answer is over ${MAX_INFORMATION_BYTES} bytes`);
}

function failed(kind: FetchProblem, message: string): FetchLine {
  return { error: { kind, message: message.slice(0, MAX_MESSAGE_CHARS).toWellFormed() } };
}

if (import.meta.main) {
  const bytes = new TextEncoder().encode(`${JSON.stringify(await main(Deno.args))}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  Deno.exit(0);
}

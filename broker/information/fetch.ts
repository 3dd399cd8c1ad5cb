// One fetch of additional information: a pipe, a request to the helper, and the one line that comes back, bounded in
// size and time. The fetcher met a hostile server, so it is not believed: its line is checked as the server's was.

import { asObject, member, oneOf, text } from "../../lib/check.ts";
import { EPOLLIN } from "../../lib/linux/abi.ts";
import { close } from "../../lib/linux/fd.ts";
import { allocate } from "../../lib/linux/memory.ts";
import { makePipe, readPipe } from "../../lib/linux/pipe.ts";
import type { Reactor } from "../../lib/linux/reactor.ts";
import {
  FETCH_KILL_MS,
  type FetchProblem,
  type JsonValue,
  MAX_INFORMATION_BYTES,
  MAX_INFORMATION_DEPTH,
  MAX_INFORMATION_VALUES,
} from "../../lib/protocol.ts";
import { parseStrictJson } from "../../lib/strict_json.ts";
import type { Helper } from "../helper_client.ts";
import { describeError } from "../log.ts";
import type { After } from "../timers.ts";
import { isJsonObject } from "./validate.ts";
import type { Source } from "./types.ts";

export type FetchResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly kind: FetchProblem | "notAsked"; readonly problem: string };

/** Asks once. Never rejects. */
export type FetchInformation = (handle: string, source: Source) => Promise<FetchResult>;

export interface FetchOptions {
  readonly helper: Helper;
  readonly reactor: Pick<Reactor, "add" | "remove">;
  readonly after: After;
  /** PEM of authorities beside the usual ones. */
  readonly authorities: string | null;
}

/** The value, and `{"value":` and so on around it. */
const MAX_LINE_BYTES = MAX_INFORMATION_BYTES + 64;
const MAX_MESSAGE_CHARS = 1024;
/** The helper ends a fetch by then; the pipe of one that it cannot end is not waited for. */
const MOST_MS = FETCH_KILL_MS + 2_000;
const PROBLEMS: readonly FetchProblem[] = [
  "certificate",
  "tls",
  "http",
  "redirect",
  "format",
  "dns",
  "unreachable",
  "timeout",
  "failed",
];

/** The real one, by way of the helper. */
export function fetchByHelper(options: FetchOptions): FetchInformation {
  return async (handle, { source, name }) => {
    let pipe;
    try {
      pipe = makePipe();
    } catch (error) {
      return { ok: false, kind: "notAsked", problem: describeError(error) };
    }
    const { reading, writing } = pipe;
    try {
      const { authorities } = options;
      const body = { type: "fetch", handle, source, name, authorities } as const;
      const wasThere = options.helper.problem === null;
      const answer = await options.helper.request(body, [writing]);
      // Ours is closed before the fetcher's is, or the end would never come.
      close(writing);
      if (!answer.ok) {
        // A helper that went away before it answered may have started it.
        const isRefused = answer.code === "limitExceeded" || answer.code === "noSuchDomain";
        const isUnasked = answer.lost ? !wasThere : isRefused;
        return { ok: false, kind: isUnasked ? "notAsked" : "failed", problem: answer.message };
      }
      const line = await readLine(options, reading);
      return typeof line === "string" ? readFetchLine(line) : line;
    } catch (error) {
      return { ok: false, kind: "failed", problem: describeError(error) };
    } finally {
      close(reading);
    }
  };
}

function readLine(
  { reactor, after }: FetchOptions,
  fd: number,
): Promise<string | Extract<FetchResult, { ok: false }>> {
  const line = new Uint8Array(MAX_LINE_BYTES);
  const buffer = allocate(16_384);
  let length = 0;
  return new Promise((resolve) => {
    const finish = (result: string | Extract<FetchResult, { ok: false }>) => {
      cancel();
      reactor.remove(fd);
      resolve(result);
    };
    const cancel = after(MOST_MS, () => finish(failure("timeout", "the fetch did not end")));
    reactor.add(fd, EPOLLIN, () => {
      try {
        const count = readPipe(fd, buffer);
        if (count === 0) return finish(decode(line.subarray(0, length)));
        if (length + count > line.length) return finish(failure("format", "the fetcher says too much"));
        line.set(buffer.subarray(0, count), length);
        length += count;
      } catch (error) {
        finish(failure("failed", describeError(error)));
      }
    });
  });
}

function decode(bytes: Uint8Array): string | Extract<FetchResult, { ok: false }> {
  if (bytes.length === 0) return failure("failed", "the fetcher ended without a word");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return failure("format", "the fetcher's line is not UTF-8");
  }
}

/** What the fetcher's line means. Pure. */
export function readFetchLine(line: string): FetchResult {
  try {
    const limits = { depth: MAX_INFORMATION_DEPTH + 1, values: MAX_INFORMATION_VALUES + 4 };
    const parsed = parseStrictJson(line, limits);
    const fields = asObject(parsed, ["value", "error"], "the fetcher's line");
    const error = member(fields, "error");
    if (error === undefined && isJsonObject(parsed)) {
      const { value } = parsed;
      if (value === undefined) throw new SyntaxError("the fetcher's line is empty");
      return { ok: true, value };
    }
    const { kind, message } = asObject(error, ["kind", "message"], "the fetcher's error");
    return {
      ok: false,
      kind: oneOf({ kind }, "kind", PROBLEMS),
      problem: text({ message }, "message", MAX_MESSAGE_CHARS),
    };
  } catch (error) {
    return failure("format", `the fetcher is not understood: ${describeError(error)}`);
  }
}

function failure(kind: FetchProblem, problem: string): Extract<FetchResult, { ok: false }> {
  return { ok: false, kind, problem };
}

// The broker's part in `pvd run`: is the domain there, may this person use it, and then the client's own socket goes
// to the helper, which asks the kernel who it is. The broker never sees the program's arguments.

import { escapeText } from "../lib/escape.ts";
import type { ClientRequest } from "../lib/protocol.ts";
import type { RunOutcome } from "./clients.ts";
import type { Helper } from "./helper_client.ts";
import type { AuthoriseClient } from "./polkit/door.ts";
import type { Domain } from "./state/types.ts";
import type { DomainRuntime } from "./view.ts";

type RunRequest = Extract<ClientRequest, { type: "run" }>;

export interface RunDomain {
  readonly domain: Domain;
  readonly runtime: DomainRuntime;
}

export interface RunContext {
  readonly authorise: AuthoriseClient;
  readonly helper: Helper;
  /** The domain with this handle now; null where there is none. */
  readonly domainOf: (handle: string) => RunDomain | null;
}

/** Never takes over a descriptor: all stay the caller's. `handOver` is called before the helper gets the client. */
export async function runProgram(
  context: RunContext,
  request: RunRequest,
  clientFd: number,
  fds: readonly number[],
  handOver: () => boolean,
  left: AbortSignal,
): Promise<RunOutcome> {
  const before = usable(context, request);
  if ("code" in before) return before;
  const { domain } = before;
  const { id, kind, link } = domain;
  const details = { domain: id, kind, link, program: request.program };
  const authorisation = await context.authorise(clientFd, "net.pvd1.use", details, request.interactive, left);
  if (!authorisation.allowed) return refusal("notAuthorized", authorisation.reason);
  // Asking may take as long as a person needs; the domain may have ended meanwhile.
  const after = usable(context, request);
  if ("code" in after) return after;
  if (!handOver()) return refusal("failed", "the client left before its program was started");
  const answer = await context.helper.request({ type: "spawn", handle: request.handle }, [clientFd, ...fds]);
  return answer.ok ? { ok: true } : refusal(answer.code, answer.message);
}

function usable(context: RunContext, request: RunRequest): RunDomain | Extract<RunOutcome, { ok: false }> {
  const found = context.domainOf(request.handle);
  if (found === null || found.domain.id !== request.id) {
    return refusal(
      "noSuchDomain",
      `no domain "${escapeText(request.id)}" in ${request.handle}; see pvd list`,
    );
  }
  const { state, problem } = found.runtime;
  if (state === "ready") return found;
  const why = problem === null ? "" : `: ${escapeText(problem)}`;
  return refusal(
    "notReady",
    `${escapeText(found.domain.id)} is ${state}${why}; see pvd show ${request.handle}`,
  );
}

function refusal(
  code: Extract<RunOutcome, { ok: false }>["code"],
  message: string,
): Extract<RunOutcome, { ok: false }> {
  return { ok: false, type: "error", code, message };
}

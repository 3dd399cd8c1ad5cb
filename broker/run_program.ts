// The broker's part in `pvd run` and `pvd socket`: is the domain there, may this person use it. Then, for a program, the
// client's own socket goes to the helper, which asks the kernel who it is; the broker never sees the arguments.

import { escapeName, escapeText } from "../lib/escape.ts";
import type { ClientRequest } from "../lib/protocol.ts";
import type { RunOutcome, SocketOutcome } from "./client_service.ts";
import type { Helper } from "./helper_client.ts";
import type { AuthoriseClient } from "./polkit/door.ts";
import type { Domain } from "./state/types.ts";
import type { DomainRuntime } from "./view.ts";

type RunRequest = Extract<ClientRequest, { type: "run" }>;
type SocketRequest = Extract<ClientRequest, { type: "openSocket" }>;
type Refusal = Extract<RunOutcome, { ok: false }>;

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
  const refused = await refusalFor(context, request, clientFd, left);
  if (refused !== null) return refused;
  if (!handOver()) return refusal("failed", "the client left before its program was started");
  const answer = await context.helper.request({ type: "spawn", handle: request.handle }, [clientFd, ...fds]);
  return answer.ok ? { ok: true } : refusal(answer.code, answer.message);
}

/** Opens a socket in a domain for a client. The descriptor is the caller's. */
export async function openSocket(
  context: RunContext,
  request: SocketRequest,
  clientFd: number,
  left: AbortSignal,
): Promise<SocketOutcome> {
  const refused = await refusalFor(context, request, clientFd, left);
  if (refused !== null) return refused;
  const { handle, family, socketType, protocol } = request;
  const answer = await context.helper.request({ type: "openSocket", handle, family, socketType, protocol });
  if (!answer.ok) return refusal(answer.code, answer.message);
  const [fd] = answer.fds;
  return fd === undefined ? refusal("failed", "the helper sent no socket") : { ok: true, fd };
}

/** Why this client may not use the domain now; null where it may. */
async function refusalFor(
  context: RunContext,
  request: RunRequest | SocketRequest,
  clientFd: number,
  left: AbortSignal,
): Promise<Refusal | null> {
  const before = usable(context, request);
  if ("code" in before) return before;
  const { id, kind, link } = before.domain;
  const details = { domain: id, kind, link, program: request.program };
  const authorisation = await context.authorise(clientFd, "net.pvd1.use", details, request.interactive, left);
  if (!authorisation.allowed) return refusal("notAuthorized", authorisation.reason);
  // Asking may take as long as a person needs; the domain may have ended meanwhile.
  const after = usable(context, request);
  return "code" in after ? after : null;
}

function usable(context: RunContext, request: RunRequest | SocketRequest): RunDomain | Refusal {
  const found = context.domainOf(request.handle);
  if (found === null || found.domain.id !== request.id) {
    return refusal(
      "noSuchDomain",
      `no domain "${escapeName(request.id)}" in ${request.handle}; see pvd list`,
    );
  }
  const { state, problem } = found.runtime;
  if (state === "ready") return found;
  const why = problem === null ? "" : `: ${escapeText(problem)}`;
  return refusal(
    "notReady",
    `${escapeName(found.domain.id)} is ${state}${why}; see pvd show ${request.handle}`,
  );
}

function refusal(code: Refusal["code"], message: string): Refusal {
  return { ok: false, type: "error", code, message };
}

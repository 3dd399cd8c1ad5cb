// The domains as the installed `pvd list --json` shows them, waiting until they are as somebody wants, and their end.
// Runs the programs that people run, and reads nothing else.

import type { DomainView } from "../../lib/protocol.ts";

/** What `pvd list --json` prints. */
interface DomainList {
  readonly version: number;
  readonly domains: readonly DomainView[];
}

/** A namespace that appears or goes is an event; a domain that becomes ready is none, so that is looked for. */
const LOOK_AGAIN_MS = 50;

/** The domains now. Throws with what `pvd` said. */
export async function listDomains(): Promise<readonly DomainView[]> {
  const command = new Deno.Command("pvd", {
    args: ["list", "--json"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`pvd list --json: ${new TextDecoder().decode(stderr).trim()}`);
  const list: DomainList = JSON.parse(new TextDecoder().decode(stdout));
  return list.domains;
}

/** As an administrator, over the bus; it comes back with its router's next word. Throws with what the broker said. */
export async function removeDomain({ namespace }: Pick<DomainView, "namespace">): Promise<void> {
  const to = [
    "--dest",
    "net.pvd1",
    "--object-path",
    "/net/pvd1",
    "--method",
    "net.pvd1.Manager.RemoveDomain",
  ];
  const path = `/net/pvd1/domain/${namespace.replace("-", "_")}`;
  const command = new Deno.Command("gdbus", {
    args: ["call", "--system", ...to, path],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`RemoveDomain ${namespace}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** The domains as soon as they are as wanted, or an error with what they were when the time was over. */
export async function waitForDomains(
  wanted: (domains: readonly DomainView[]) => boolean,
  ms = 15_000,
): Promise<readonly DomainView[]> {
  const end = performance.now() + ms;
  using watcher = Deno.watchFs("/run/netns");
  const events = watcher[Symbol.asyncIterator]();
  let event = events.next();
  while (true) {
    const domains = await listDomains();
    if (wanted(domains)) return domains;
    if (performance.now() > end) {
      const seen = domains.map(({ id, state, namespace }) => `${id} ${state} ${namespace}`).join(", ");
      throw new Error(`the domains are not as wanted after ${ms} ms: ${seen || "none"}`);
    }
    const happened = await Promise.race([event.then(() => true), pause(LOOK_AGAIN_MS)]);
    if (happened) event = events.next();
  }
}

/** Whether so many domains are there, all of them ready. */
export function allReady(count: number): (domains: readonly DomainView[]) => boolean {
  return (domains) => domains.length === count && domains.every((domain) => domain.state === "ready");
}

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}

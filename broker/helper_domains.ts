// What the helper has, asked for page by page. Speaks to the helper alone.

import type { HelperDomain } from "../lib/protocol.ts";
import type { Helper, HelperAnswer } from "./helper_client.ts";

type Refused = Extract<HelperAnswer, { readonly ok: false }>;

/** All of its domains, or why it does not say. Null: the answer is no list, or is `isCurrent` no more, and is to be
 * forgotten. */
export async function listDomains(
  helper: Helper,
  isCurrent: () => boolean,
): Promise<{ readonly ok: true; readonly domains: readonly HelperDomain[] } | Refused | null> {
  const domains: HelperDomain[] = [];
  for (let after: string | null = null;;) {
    const answer = await helper.request({ type: "listDomains", after });
    if (!isCurrent()) return null;
    if (!answer.ok) return answer;
    if (answer.reply.type !== "domains") return null;
    domains.push(...answer.reply.domains);
    const last: HelperDomain | undefined = answer.reply.domains.at(-1);
    if (!answer.reply.more || last === undefined) return { ok: true, domains };
    after = last.handle;
  }
}

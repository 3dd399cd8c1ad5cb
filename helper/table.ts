// Every request that the helper answers: its descriptors, how it is read, and what is done. What is not here does not
// exist, and a peer that asks for it is disconnected.

import { asObject, type Fields, flag, integer, member, text, textOrNull } from "../lib/check.ts";
import { openIcmp6Socket } from "../lib/linux/icmp6.ts";
import { duplicate } from "../lib/linux/fd.ts";
import type { Home } from "../lib/linux/namespace.ts";
import { linkIndexOf } from "../lib/linux/process.ts";
import * as protocol from "../lib/protocol.ts";
import type { Channels } from "./channels.ts";
import { openSocketIn, readSocketKind, SOCKET_MEMBERS } from "./domain_socket.ts";
import type { Domains } from "./domains.ts";
import { Failure } from "./failure.ts";
import { answerFetch, type Fetches } from "./fetch.ts";
import type { Programs } from "./programs.ts";
import { checkLink, checkWanted } from "./wanted_check.ts";

/** ICMPv6 type of a Router Advertisement (RFC 4861 4.2). */
const ROUTER_ADVERTISEMENT = 134;
/** So that a page of domains stays below MAX_MESSAGE_BYTES: ids and keys are the bulk. */
const PAGE_BYTES = 48_000;

export interface Rooms {
  readonly home: Home;
  readonly domains: Domains;
  readonly programs: Programs;
  readonly fetches: Fetches;
  readonly channels: Channels;
}

/** What goes back: the reply's own members, and descriptors that are sent and then closed. */
export interface Answer {
  readonly reply: Reply;
  readonly fds: readonly number[];
}
type Reply =
  | { readonly type: "done" }
  | { readonly type: "domain"; readonly handle: string }
  | { readonly type: "domains"; readonly domains: readonly protocol.HelperDomain[]; readonly more: boolean };

interface Entry {
  /** Members beside `type` and `serial`. */
  readonly members: readonly string[];
  /** Exactly so many come with it. */
  readonly fds: number;
  /** Throws SyntaxError where a member is wrong (the peer is disconnected), and Failure where it cannot be done. */
  readonly answer: (fields: Fields, fds: readonly number[], rooms: Rooms) => Answer | Promise<Answer>;
}

export const TABLE: Readonly<Record<protocol.HelperRequestType, Entry>> = {
  openRouterSocket: {
    members: ["link", "linkIndex"],
    fds: 0,
    answer: (fields) => {
      const link = checkLink(text(fields, "link", protocol.MAX_LINK_NAME_CHARS));
      const linkIndex = integer(fields, "linkIndex", 1, 0x7fff_ffff);
      if (linkIndexOf(link) !== linkIndex) throw new Failure("noSuchLink", `there is no link ${link}`);
      return { reply: { type: "done" }, fds: [openIcmp6Socket(linkIndex, link, [ROUTER_ADVERTISEMENT])] };
    },
  },
  applyDomain: {
    members: ["handle", "wanted"],
    fds: 0,
    answer: (fields, _fds, { domains }) => {
      const handle = member(fields, "handle") === null ? null : readHandle(fields);
      return {
        reply: { type: "domain", handle: domains.apply(handle, checkWanted(member(fields, "wanted"))) },
        fds: [],
      };
    },
  },
  listDomains: {
    members: ["after"],
    fds: 0,
    answer: (fields, _fds, { domains }) => {
      const rest = domains.list(textOrNull(fields, "after", 32));
      const page: protocol.HelperDomain[] = [];
      for (let bytes = 0; page.length < rest.length;) {
        const next = rest[page.length];
        if (next === undefined) break;
        bytes += JSON.stringify(next).length * 3;
        if (page.length > 0 && bytes > PAGE_BYTES) break;
        page.push(next);
      }
      return { reply: { type: "domains", domains: page, more: page.length < rest.length }, fds: [] };
    },
  },
  removeDomain: {
    members: ["handle", "force"],
    fds: 0,
    answer: (fields, _fds, { domains, fetches, channels }) => {
      const handle = readHandle(fields);
      const force = flag(fields, "force");
      fetches.endIn(handle);
      domains.remove(handle, force);
      channels.endIn(handle);
      return { reply: { type: "done" }, fds: [] };
    },
  },
  openSocket: {
    members: ["handle", ...SOCKET_MEMBERS],
    fds: 0,
    answer: (fields, _fds, { home, domains }) => {
      // All of it is read before anything is looked up: what breaks the protocol is a hang-up, whatever there is.
      const kind = readSocketKind(fields);
      return { reply: { type: "done" }, fds: [openSocketIn(home, domains.get(readHandle(fields)), kind)] };
    },
  },
  openChannel: {
    members: ["handle"],
    fds: 1,
    answer: (fields, fds, { domains, channels }) => ({
      reply: { type: "done" },
      fds: [channels.open(() => domains.get(readHandle(fields)), fds)],
    }),
  },
  openNamespace: {
    members: ["handle"],
    fds: 0,
    // The domain keeps its own descriptor: an answer's are closed when they are sent.
    answer: (fields, _fds, { domains }) => ({
      reply: { type: "done" },
      fds: [duplicate(domains.get(readHandle(fields)).namespace)],
    }),
  },
  spawn: {
    members: ["handle"],
    fds: 6,
    answer: async (fields, fds, { domains, programs }) => {
      // Which takes over the descriptors, whatever happens; also where there is no such domain.
      await programs.launch(() => domains.get(readHandle(fields)), fds);
      return { reply: { type: "done" }, fds: [] };
    },
  },
  fetch: {
    members: ["handle", "source", "name", "authorities"],
    fds: 1,
    answer: (fields, fds, { domains, fetches }) => {
      answerFetch(fetches, () => domains.get(readHandle(fields)), fields, fds);
      return { reply: { type: "done" }, fds: [] };
    },
  },
};

function readHandle(fields: Fields): string {
  const handle = text(fields, "handle", 32);
  if (!protocol.HANDLE_PATTERN.test(handle)) throw new SyntaxError("handle is not one that the helper made");
  return handle;
}

/** The entry for a message, or null: then the peer is to be disconnected. */
export function entryFor(
  message: unknown,
): { readonly entry: Entry; readonly fields: Fields; readonly serial: number } | null {
  try {
    if (typeof message !== "object" || message === null || !("type" in message)) return null;
    const type = message.type;
    if (typeof type !== "string" || !isRequestType(type)) return null;
    const entry = TABLE[type];
    const fields = asObject(message, ["type", "serial", ...entry.members], "request");
    return { entry, fields, serial: integer(fields, "serial", 0, Number.MAX_SAFE_INTEGER) };
  } catch {
    return null;
  }
}

function isRequestType(type: string): type is protocol.HelperRequestType {
  return Object.hasOwn(TABLE, type);
}

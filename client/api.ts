// The broker's API for TypeScript: one function a request of ClientRequest. Every answer is checked before it is
// given out; text in it may still be what a router chose, so escape it (lib/escape.ts) before showing it.

import {
  CLIENT_SOCKET,
  type ClientReply,
  type ClientRequest,
  type DomainView,
  HELPER_REPLY_MS,
  MAX_DOMAINS,
  MAX_ID_CHARS,
  MAX_LINK_NAME_CHARS,
  type MonitorEvent,
  type StatusView,
} from "../lib/protocol.ts";
import { isObject } from "../lib/check.ts";
import { closeAll } from "../lib/linux/socket.ts";
import { connect, type Connection } from "./connection.ts";
import { ClientError } from "./errors.ts";
import { readClientReply } from "./replies.ts";

/** The broker itself may wait HELPER_REPLY_MS for the helper; this long after that, nobody is there. */
const ANSWER_MS = HELPER_REPLY_MS + 5_000;

/** And so long may a person take to answer polkit. */
const QUESTION_MS = 120_000;

/** The one domain that a person's word means. */
export interface ResolvedDomain {
  readonly id: string;
  readonly handle: string;
  readonly link: string;
}

/** A connected broker; one request at a time. All throw ClientError. */
export interface Broker {
  list(): Promise<DomainView[]>;
  resolve(domain: string): Promise<ResolvedDomain>;
  status(): Promise<StatusView>;
  /** A socket in the domain, the caller's to close; waits as long as polkit may ask the person. */
  openSocket(request: Extract<ClientRequest, { type: "openSocket" }>): Promise<number>;
  /** null: on every link. */
  solicit(link: string | null): Promise<void>;
  /** Calls `each` for each event, until it throws or the broker is gone; nothing else can be asked from then on. */
  monitor(link: string | null, renewals: boolean, each: (event: MonitorEvent) => void): Promise<never>;
  /** The socket itself: `run` leaves the broker on it and speaks with the helper. */
  readonly connection: Connection;
  close(): void;
}

/** Connects. Throws ClientError `unavailable` where no broker is there. */
export function connectBroker(path = CLIENT_SOCKET): Broker {
  return brokerOver(connect(path));
}

/** The same over a connection that is there already. */
export function brokerOver(connection: Connection): Broker {
  const answer = async (): Promise<Exclude<ClientReply, { type: "error" }>> => {
    const reply = checked(await connection.receive(ANSWER_MS));
    if (reply.type === "error") throw new ClientError(reply.code, reply.message);
    return reply;
  };
  const ask = (request: ClientRequest) => {
    connection.send(request);
    return answer();
  };
  return {
    async list() {
      const domains: DomainView[] = [];
      for (let reply = await ask({ type: "list" }); reply.type !== "end"; reply = await answer()) {
        if (reply.type !== "domain" || domains.length >= MAX_DOMAINS) throw unexpected(reply);
        domains.push(reply.domain);
      }
      return domains;
    },
    async resolve(domain) {
      // The broker hangs up on what is longer than anything that exists.
      if (domain.length > MAX_ID_CHARS) throw new ClientError("noSuchDomain", "no PvD has so long an id");
      const reply = await ask({ type: "resolve", domain });
      if (reply.type !== "resolved") throw unexpected(reply);
      return { id: reply.id, handle: reply.handle, link: reply.link };
    },
    async status() {
      const reply = await ask({ type: "status" });
      if (reply.type !== "status") throw unexpected(reply);
      return reply.status;
    },
    async openSocket(request) {
      connection.send(request);
      const { message, fds } = await connection.receiveWithFds(QUESTION_MS + ANSWER_MS, 1);
      const [fd] = fds;
      if (fd !== undefined && isObject(message) && message["type"] === "socket") return fd;
      closeAll(fds);
      const reply = checked(message);
      if (reply.type === "error") throw new ClientError(reply.code, reply.message);
      throw unexpected(reply);
    },
    async solicit(link) {
      checkLink(link);
      const reply = await ask({ type: "solicit", link });
      if (reply.type !== "end") throw unexpected(reply);
    },
    async monitor(link, renewals, each) {
      checkLink(link);
      const { readMonitorReply } = await import("./event_replies.ts");
      connection.send({ type: "monitor", link, renewals });
      for (let withinMs: number | null = ANSWER_MS;; withinMs = null) {
        const message = await connection.receive(withinMs);
        if (message === null) {
          throw new ClientError("unavailable", "the pvd broker has ended; start it and try again");
        }
        const reply = understood(message, readMonitorReply);
        if ("code" in reply) throw new ClientError(reply.code, reply.message);
        each(reply);
      }
    },
    connection,
    close: () => connection.close(),
  };
}

function unexpected(reply: ClientReply): ClientError {
  return new ClientError("badAnswer", `the broker answered something else (${reply.type}) than was asked`);
}

function checked(message: unknown): ClientReply {
  if (message === null) {
    throw new ClientError("unavailable", "the pvd broker ended the connection before it answered; try again");
  }
  return understood(message, readClientReply);
}

/** The broker hangs up on what is longer than anything that exists. */
function checkLink(link: string | null): void {
  if (link !== null && link.length > MAX_LINK_NAME_CHARS) {
    throw new ClientError("noSuchLink", "no link has so long a name");
  }
}

function understood<T>(message: unknown, read: (message: unknown) => T): T {
  try {
    return read(message);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ClientError("badAnswer", `the broker's answer is not understood: ${error.message}`);
  }
}

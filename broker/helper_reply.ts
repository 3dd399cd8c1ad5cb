// Reads what the helper says. The helper is trusted, its bytes are checked all the same: a reply of another shape
// means that the two programs do not fit together, and is better said than acted on. Pure.

import { asObject, type Fields, flag, integer, list, oneOf, text, textOrNull } from "../lib/check.ts";
import { parseIpv6 } from "../lib/ip.ts";
import {
  ERROR_CODES,
  HANDLE_PATTERN,
  type HelperDomain,
  type HelperReply,
  type HelperRequestType,
  MAX_ID_CHARS,
  MAX_LINK_NAME_CHARS,
} from "../lib/protocol.ts";

/** What a request is answered with where it is done, and how many descriptors come along. */
export const EXPECTED: Readonly<
  Record<HelperRequestType, { type: "done" | "domain" | "domains"; fds: number }>
> = {
  openRouterSocket: { type: "done", fds: 1 },
  applyDomain: { type: "domain", fds: 0 },
  listDomains: { type: "domains", fds: 0 },
  removeDomain: { type: "done", fds: 0 },
  openSocket: { type: "done", fds: 1 },
  openNamespace: { type: "done", fds: 1 },
  spawn: { type: "done", fds: 0 },
  openChannel: { type: "done", fds: 1 },
  fetch: { type: "done", fds: 0 },
};

const MAX_SERIAL = Number.MAX_SAFE_INTEGER;
/** A page of domains fits into one message; no more can. */
const MAX_PAGE = 1024;

/** Throws SyntaxError. */
export function readHelperReply(bytes: Uint8Array): HelperReply {
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  const members = ["type", "serial", "handle", "domains", "more", "code", "message", "address"];
  const fields = asObject(value, members, "reply");
  const type = oneOf(fields, "type", ["done", "domain", "domains", "error", "idle", "duplicateAddress"]);
  const serial = () => integer(fields, "serial", 1, MAX_SERIAL);
  switch (type) {
    case "done":
      return { type, serial: serial() };
    case "domain":
      return { type, serial: serial(), handle: handle(fields) };
    case "domains":
      return {
        type,
        serial: serial(),
        domains: list(fields, "domains", MAX_PAGE, readDomain),
        more: flag(fields, "more"),
      };
    case "error":
      return {
        type,
        serial: serial(),
        code: oneOf(fields, "code", ERROR_CODES),
        message: text(fields, "message", 65_536),
      };
    case "idle":
      return { type, handle: handle(fields) };
    case "duplicateAddress":
      return { type, handle: handle(fields), address: address(fields) };
  }
}

function readDomain(value: unknown): HelperDomain {
  const fields = asObject(value, ["handle", "key", "id", "link", "mac", "broken"], "domain");
  return {
    handle: handle(fields),
    key: text(fields, "key", 2 * MAX_ID_CHARS),
    id: text(fields, "id", MAX_ID_CHARS),
    link: text(fields, "link", MAX_LINK_NAME_CHARS),
    mac: textOrNull(fields, "mac", 17),
    broken: flag(fields, "broken"),
  };
}

function address(fields: Fields): string {
  const value = text(fields, "address", 64);
  if (parseIpv6(value) === null) throw new SyntaxError("address is none");
  return value;
}

function handle(fields: Fields): string {
  const value = text(fields, "handle", 32);
  if (!HANDLE_PATTERN.test(value)) throw new SyntaxError("handle is none");
  return value;
}

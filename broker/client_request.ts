// Reads what a client asks: hostile input, a closed table, default deny. Pure.

import { asObject, type Fields, flag, oneOf, text, textOrNull } from "../lib/check.ts";
import {
  type ClientRequest,
  HANDLE_PATTERN,
  MAX_ID_CHARS,
  MAX_LINK_NAME_CHARS,
  MAX_MESSAGE_BYTES,
} from "../lib/protocol.ts";

/** A path, for messages and for rules to match: PATH_MAX. */
export const MAX_PROGRAM_CHARS = 4096;

/** The members of each request, beside its type. */
const MEMBERS: Readonly<Record<ClientRequest["type"], readonly string[]>> = {
  list: [],
  resolve: ["domain"],
  status: [],
  run: ["handle", "id", "program", "interactive"],
  openSocket: ["handle", "id", "family", "socketType", "protocol", "program", "interactive"],
  solicit: ["link"],
  monitor: ["link", "renewals"],
};

/** How many descriptors come with each request: exactly these. */
export const REQUEST_FDS: Readonly<Record<ClientRequest["type"], number>> = {
  list: 0,
  resolve: 0,
  status: 0,
  // stdin, stdout, stderr, working folder, sealed memfd.
  run: 5,
  openSocket: 0,
  solicit: 0,
  monitor: 0,
};

/** Throws SyntaxError or TypeError: whoever sent this does not speak the protocol. */
export function readClientRequest(bytes: Uint8Array): ClientRequest {
  if (bytes.length > MAX_MESSAGE_BYTES) throw new SyntaxError("request is too long");
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  const all = asObject(value, ["type", ...Object.values(MEMBERS).flat()], "request");
  const type = oneOf(all, "type", ["list", "resolve", "status", "run", "openSocket", "solicit", "monitor"]);
  const fields = asObject(value, ["type", ...MEMBERS[type]], "request");
  switch (type) {
    case "list":
    case "status":
      return { type };
    case "resolve":
      return { type, domain: text(fields, "domain", MAX_ID_CHARS) };
    case "run":
      return { type, ...readUse(fields) };
    case "openSocket":
      return {
        type,
        ...readUse(fields),
        family: oneOf(fields, "family", ["inet", "inet6"]),
        socketType: oneOf(fields, "socketType", ["stream", "datagram"]),
        protocol: oneOf(fields, "protocol", ["tcp", "udp", "icmp"]),
      };
    case "solicit":
      return { type, link: textOrNull(fields, "link", MAX_LINK_NAME_CHARS) };
    case "monitor":
      return {
        type,
        link: textOrNull(fields, "link", MAX_LINK_NAME_CHARS),
        renewals: flag(fields, "renewals"),
      };
  }
}

/** What every use of a domain says. */
function readUse(fields: Fields) {
  const handle = text(fields, "handle", 32);
  if (!HANDLE_PATTERN.test(handle)) throw new SyntaxError("handle is none");
  return {
    handle,
    id: text(fields, "id", MAX_ID_CHARS),
    program: text(fields, "program", MAX_PROGRAM_CHARS),
    interactive: flag(fields, "interactive"),
  };
}

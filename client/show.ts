// `pvd show DOMAIN`: every datum of one PvD with the lifetime that it has left. Formatting is pure; text that a
// router chose goes through escapeText.

import { escapeName, escapeText, safeJson } from "../lib/escape.ts";
import type { DomainView, JsonValue } from "../lib/protocol.ts";
import type { Broker } from "./api.ts";
import { ClientError } from "./errors.ts";
import { STATE_STYLES } from "./list.ts";
import { jsonDocument } from "./output.ts";
import { print, standardOutput, styled, type Terminal } from "./terminal.ts";
import { durationText, lifetimeText, messageText, padded, widthOf } from "./text.ts";

/** Runs the command. Throws ClientError. */
export async function show(broker: Broker, word: string, json: boolean): Promise<number> {
  const domain = await findDomain(broker, word);
  print(json ? jsonDocument({ domain }) : formatDomain(domain, standardOutput()));
  return 0;
}

/** The domain that the broker says `word` means. One that is not ready has no namespace, and can be seen all the
 * same by its whole id. */
export async function findDomain(broker: Broker, word: string): Promise<DomainView> {
  const domains = await broker.list();
  const sameId = domains.filter((domain) => domain.id.toLowerCase() === word.toLowerCase());
  const [only] = sameId;
  if (only !== undefined && sameId.length === 1) return only;
  const { id, handle, link } = await broker.resolve(word);
  const found = domains.find((domain) => domain.namespace === handle) ??
    (await broker.list()).find((domain) => domain.id === id && domain.link === link);
  if (found === undefined) throw new ClientError("noSuchDomain", `PvD ${id} ended just now`);
  return found;
}

const ENCODINGS: Readonly<Record<DomainView["encoding"], string>> = {
  rfc8801: "RFC 8801 option",
  mif: "MIF container option",
  ra: "Router Advertisement without a PvD option",
};

/** The whole description, ended by a newline. */
export function formatDomain(domain: DomainView, terminal: Terminal): string {
  const heading = (text: string) => styled(terminal, "heading", text);
  const lines = [heading(escapeName(domain.id)), ...columns(facts(domain, terminal))];
  for (const [title, rows] of sections(domain)) {
    if (rows.length > 0) lines.push("", heading(title), ...columns(rows));
  }
  return `${lines.join("\n")}\n`;
}

type Rows = readonly (readonly string[])[];

function facts(domain: DomainView, terminal: Terminal): Rows {
  const flags = [
    ...(domain.flags.http ? ["additional information by HTTPS"] : []),
    ...(domain.flags.legacy ? ["also for hosts that do not know PvDs"] : []),
    ...(domain.flags.header ? ["with a header of its own"] : []),
  ];
  const namespace = domain.namespace === "" ? "none yet" : escapeText(domain.namespace);
  return [
    ["state", styled(terminal, STATE_STYLES[domain.state], domain.state)],
    ...(domain.problem === null ? [] : [["problem", messageText(domain.problem)]]),
    ["kind", `${domain.kind}, ${ENCODINGS[domain.encoding]}`],
    ["link", escapeText(domain.link)],
    ["namespace", `${namespace}, interface ${escapeText(domain.interface)}`],
    ["MTU", domain.mtu === null ? "the link's" : `${domain.mtu}`],
    ["flags", flags.length === 0 ? "none" : flags.join(", ")],
    ...(domain.kind === "explicit" ? [["sequence", `${domain.sequence}, delay ${domain.delay}`]] : []),
    ...(domain.informationProblem === null
      ? []
      : [["no information", messageText(domain.informationProblem)]]),
    ...(domain.captivePortal === null ? [] : [["captive portal", escapeText(domain.captivePortal)]]),
  ];
}

function sections(domain: DomainView): [string, Rows][] {
  return [
    [
      "routers",
      domain.routers.map((each) => [
        escapeText(each.address),
        `preference ${each.preference}`,
        lifetimeText(each.lifetimeS),
      ]),
    ],
    [
      "addresses",
      domain.addresses.map((
        each,
      ) => [`${escapeText(each.address)}/${each.prefixLength}`, ...twoLifetimes(each)]),
    ],
    [
      "prefixes",
      domain.prefixes.map((each) => [
        escapeText(each.prefix),
        ...twoLifetimes(each),
        [each.onLink ? "on-link" : "not on-link", each.autonomous ? "autonomous" : "not autonomous"].join(
          ", ",
        ),
      ]),
    ],
    [
      "routes",
      domain.routes.map((each) => [
        escapeText(each.prefix),
        `by ${escapeText(each.router)}`,
        `preference ${each.preference}`,
        lifetimeText(each.lifetimeS),
      ]),
    ],
    ["resolvers", domain.rdnss.map((each) => [escapeText(each.address), lifetimeText(each.lifetimeS)])],
    ["search domains", domain.dnssl.map((each) => [escapeName(each.domain), lifetimeText(each.lifetimeS)])],
    ["NAT64 prefixes", domain.pref64.map((each) => [escapeText(each.prefix), lifetimeText(each.lifetimeS)])],
    [
      "encrypted resolvers",
      domain.encryptedDns.map((each) => [
        escapeName(each.authenticationName),
        `priority ${each.priority}`,
        each.addresses.map(escapeText).join(" ") || "-",
        escapeText(each.parameters) || "-",
        lifetimeText(each.lifetimeS),
      ]),
    ],
    ["additional information", Object.entries(domain.information ?? {}).map(informationRow)],
  ];
}

/** Whatever a server says, on one line a member; texts without their quotes. */
function informationRow([name, value]: readonly [string, JsonValue]): string[] {
  return [escapeText(name), typeof value === "string" ? escapeText(value) : safeJson(value)];
}

function twoLifetimes(
  datum: { readonly validS: number | null; readonly preferredS: number | null },
): string[] {
  const { preferredS } = datum;
  const preferred = preferredS === null
    ? "preferred without end"
    : preferredS === 0
    ? "deprecated"
    : `preferred for ${durationText(preferredS)}`;
  return [lifetimeText(datum.validS), preferred];
}

function columns(rows: Rows): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from(
    { length: count },
    (_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ""))),
  );
  return rows.map((row) =>
    `  ${row.map((cell, at) => at === row.length - 1 ? cell : padded(cell, widths[at] ?? 0)).join("  ")}`
  );
}

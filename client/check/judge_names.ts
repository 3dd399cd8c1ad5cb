// The part of `pvd check` about names: whether the PvD's resolvers answer, and whether anybody else could. Pure.

import { DOMAIN_INTERFACE, type DomainView } from "../../lib/protocol.ts";
import { EAI } from "./eai.ts";
import type { Found } from "./found.ts";
import { type Evidence, FAMILIES, listed, type Row, row, wordOf } from "./rows.ts";

/** By what a program gets names through it (nsswitch.conf(5)): its own file, the resolver file, or a service. */
const LOCAL_SOURCES = ["files", "dns", "myhostname", "libvirt", "libvirt_guest", "db", "compat"];
const SERVICE_OF: Readonly<Record<string, string>> = {
  resolve: "systemd-resolved",
  mdns: "avahi-daemon",
  mdns4: "avahi-daemon",
  mdns6: "avahi-daemon",
  mdns_minimal: "avahi-daemon",
  mdns4_minimal: "avahi-daemon",
  mdns6_minimal: "avahi-daemon",
  sss: "sssd",
  ldap: "nslcd",
  wins: "winbindd",
  winbind: "winbindd",
  mymachines: "systemd-machined",
};
/** The C library asks it first, whatever nsswitch.conf names (nscd(8)). */
const ALWAYS_ASKED = "nscd";
/** Programs ask these past the C library too; the others have users and groups to serve. */
const FOR_NAMES_ALONE = ["systemd-resolved", "avahi-daemon"];
const RESPONSE_NAMES: Readonly<Record<number, string>> = {
  1: "FORMERR",
  2: "SERVFAIL",
  4: "NOTIMP",
  5: "REFUSED",
};

export function judgeNames({ domain, name }: Evidence, found: Found): Row[] {
  return [
    judgeResolverFile(domain, found),
    ...judgeResolvers(found),
    ...judgeLookups(name, found),
    judgeNameSources(found),
    ...judgeServices(found),
  ];
}

function judgeResolverFile({ rdnss }: DomainView, { resolvers }: Found): Row {
  const announced = rdnss.map(({ address }) => address);
  const there = resolvers.map(({ address }) => address.replace(`%${DOMAIN_INTERFACE}`, ""));
  const foreign = there.filter((address) => !announced.includes(address));
  if (foreign.length > 0) {
    return row(
      "resolverFile",
      "problem",
      `/etc/resolv.conf names ${listed(foreign)}, which the PvD does not announce`,
      "names may go to the host's resolvers: see the log of pvd-helper",
    );
  }
  if (there.length > 0) return row("resolverFile", "ok", "/etc/resolv.conf is the PvD's");
  if (announced.length > 0) {
    const text = `/etc/resolv.conf names none of ${listed(announced)}`;
    return row("resolverFile", "problem", text, "see the log of pvd-helper, and `pvd status`");
  }
  return row(
    "resolverFile",
    "warning",
    "the PvD announces no resolvers: names cannot be looked up",
    "use addresses, or ask who runs the router for the RDNSS option (RFC 8106)",
  );
}

function judgeResolvers({ resolvers }: Found): Row[] {
  if (resolvers.length === 0) return [row("resolver", "notTried", "there is none to ask")];
  const works = resolvers.some(({ answer }) => answer === "answer");
  return resolvers.map(({ address, answer, responseCode, ms }) => {
    const of = { subject: address };
    const bad = works ? "warning" : "problem";
    switch (answer) {
      case "answer": {
        const refusal = RESPONSE_NAMES[responseCode ?? 0];
        return refusal === undefined ? row("resolver", "ok", `answers after ${ms} ms`, null, of) : row(
          "resolver",
          "warning",
          `answers ${refusal}`,
          "ask who runs it whether it serves this network",
          of,
        );
      }
      case "refused":
        return row("resolver", bad, "no name server listens there", RESOLVER_ADVICE, of);
      case "unreachable":
        return row("resolver", bad, "cannot be reached from the PvD", RESOLVER_ADVICE, of);
      case "none":
        return row("resolver", bad, "gives no answer", RESOLVER_ADVICE, of);
    }
  });
}

const RESOLVER_ADVICE = "ask who runs the router: it announces this resolver (RFC 8106)";

function judgeLookups(name: Evidence["name"], { lookups, resolvers, nameSources }: Found): Row[] {
  const answered = resolvers.some(({ answer }) => answer === "answer");
  if (name === null) {
    const text = "the PvD has no name of its own to look up";
    return FAMILIES.map((family) => row("lookup", "notTried", text, "name one with --name", { family }));
  }
  const nowhere = lookups.every(({ code }) => code !== 0);
  return lookups.map((lookup) => {
    const of = { family: lookup.family, subject: name.text };
    const { verdict, found, advice } = judgeLookup(lookup, answered, name.asked && nowhere, nameSources);
    return row("lookup", verdict, found, advice, of);
  });
}

function judgeLookup(
  { family, code, addresses, ms }: Found["lookups"][number],
  answered: boolean,
  missed: boolean,
  sources: readonly string[],
): Pick<Row, "verdict" | "found" | "advice"> {
  const records = `${wordOf(family)} address`;
  if (code === 0) {
    const found = `${listed(addresses)} after ${ms} ms`;
    if (answered) return { verdict: "ok", found, advice: null };
    return {
      verdict: "warning",
      found: `${found}, though none of the PvD's resolvers answers`,
      advice: "is the name in /etc/hosts? Otherwise it came from elsewhere: see the rows below",
    };
  }
  if (!sources.includes("dns")) {
    return {
      verdict: "warning",
      found: "the PvD's resolvers are not asked: the line for hosts in /etc/nsswitch.conf has no dns",
      advice: "add dns to that line",
    };
  }
  if (code === EAI.NONAME || code === EAI.NODATA) {
    const found = `answered: it has no ${records}`;
    if (!missed) return { verdict: answered ? "ok" : "warning", found, advice: null };
    return { verdict: "warning", found, advice: "check how the name is spelled; other networks may know it" };
  }
  const found = code === EAI.AGAIN ? "no resolver gives an answer" : `the lookup fails (EAI ${code})`;
  return { verdict: "problem", found, advice: "see the rows of the resolvers above" };
}

function judgeNameSources({ nameSources, services }: Found): Row {
  const shown = nameSources.join(" ");
  const reachable = services.filter(({ reachable }) => reachable).map(({ name }) => name);
  const open = nameSources.filter((source) => reachable.includes(SERVICE_OF[source] ?? ""));
  if (open.length > 0) {
    return row(
      "nameSources",
      "problem",
      `/etc/nsswitch.conf asks ${listed(open)}, which answers from the host's network`,
      "take it off the line for hosts, or stop the service",
    );
  }
  const unknown = nameSources.filter((source) =>
    !LOCAL_SOURCES.includes(source) && SERVICE_OF[source] === undefined
  );
  if (unknown.length > 0) {
    return row(
      "nameSources",
      "warning",
      `/etc/nsswitch.conf asks ${listed(unknown)}, which pvd does not know`,
      "find out whether it asks a service of the host; if so, take it off the line for hosts",
    );
  }
  return row("nameSources", "ok", `/etc/nsswitch.conf: ${shown}; nothing of it leads out of the PvD`);
}

function judgeServices({ nameSources, services }: Found): Row[] {
  return services.map(({ name, reachable }) => {
    const of = { subject: name };
    if (!reachable) return row("hostService", "ok", "cannot be reached", null, of);
    if (name === ALWAYS_ASKED || nameSources.some((source) => SERVICE_OF[source] === name)) {
      const advice = `stop ${name}, or start pvd-helper anew, which should have closed it`;
      return row("hostService", "problem", "can be reached, and answers from the host's network", advice, of);
    }
    const found = "can be reached; getaddrinfo(3) does not ask it";
    if (!FOR_NAMES_ALONE.includes(name)) return row("hostService", "ok", found, null, of);
    return row(
      "hostService",
      "warning",
      found,
      "programs that ask it by themselves get the host's answers",
      of,
    );
  });
}

/** What the person asked for, the PvD's own id, or its first search domain: a name that it is sure to know of. */
export function nameFor(domain: DomainView, asked: string | null): Evidence["name"] {
  if (asked !== null) return { text: asked, asked: true };
  const own = [domain.id, ...domain.dnssl.map(({ domain: each }) => each)].find(isHostName);
  return own === undefined ? null : { text: `${own.replace(/\.$/, "")}.`, asked: false };
}

const LABEL = "[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?";
const NAME = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)*${LABEL}\\.?$`);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A name of several labels without escapes. */
function isHostName(text: string): boolean {
  return isLookupName(text) && text.replace(/\.$/, "").includes(".") && !UUID.test(text);
}

/** What can be looked up: letters, digits, hyphens and underscores in labels. */
export function isLookupName(text: string): boolean {
  return NAME.test(text);
}

// What `pvd check` makes of what was found: a verdict for each thing that can be wrong with a PvD, in the order in
// which one needs the other, and what to do. Pure. Text from a network is as it came; who shows it escapes it.

import { DOMAIN_INTERFACE, type DomainView } from "../../lib/protocol.ts";
import type { Family, Found } from "./found.ts";
import { judgeNames } from "./judge_names.ts";
import { type Evidence, FAMILIES, listed, type Row, row } from "./rows.ts";

/** Every check, in the order in which they are shown. */
export function judge(evidence: Evidence): Row[] {
  const { domain, hostNamespace, inside } = evidence;
  const state = judgeState(domain);
  if ("problem" in inside) {
    return [state, row("start", "problem", inside.problem, START_ADVICE), ...notTried()];
  }
  return [
    state,
    row("start", "ok", "a program was started in it"),
    judgeNamespace(inside, hostNamespace),
    judgeInterfaces(inside),
    ...FAMILIES.flatMap((family) => [
      judgeAddress(family, domain, inside),
      judgeDefaultRoute(family, domain, inside),
    ]),
    ...judgeRouters(inside),
    ...judgeNames(evidence, inside),
  ];
}

const START_ADVICE = "nothing else can be tried before this works";
const HELPER_ADVICE = "see the log of pvd-helper, and `pvd status`";
const REPORT_ADVICE = "this is a defect: stop using this PvD for what must stay in it, and report it";

function notTried(): Row[] {
  const skip = (check: Row["check"], family?: Family) =>
    row(check, "notTried", "no program could be started", null, family === undefined ? {} : { family });
  return [
    skip("namespace"),
    skip("interfaces"),
    ...FAMILIES.flatMap((family) => [skip("address", family), skip("defaultRoute", family)]),
    skip("router"),
    skip("resolverFile"),
    skip("resolver"),
    ...FAMILIES.map((family) => skip("lookup", family)),
    skip("nameSources"),
    skip("hostService"),
  ];
}

function judgeState({ state, problem }: DomainView): Row {
  switch (state) {
    case "ready":
      return problem === null
        ? row("state", "ok", "ready")
        : row("state", "warning", `ready, but ${problem}`, "`pvd status` may tell more");
    case "configuring":
      return row("state", "problem", "still being configured", "try again in a moment");
    case "ending":
      return row(
        "state",
        "warning",
        "ending: no router announces it any more",
        "`pvd solicit` asks the routers to advertise",
      );
    case "failed":
      return row(
        "state",
        "problem",
        `it could not be made: ${problem ?? "no reason is known"}`,
        HELPER_ADVICE,
      );
  }
}

function judgeNamespace({ namespace }: Found, hostNamespace: string): Row {
  if (namespace !== "" && namespace !== hostNamespace) {
    return row("namespace", "ok", "a network namespace of its own");
  }
  return row("namespace", "problem", "programs run in the host's own network", REPORT_ADVICE);
}

/** Fallback devices of tunnel drivers are in every namespace, and down. */
function judgeInterfaces({ interfaces }: Found): Row {
  const own = interfaces.find(({ name }) => name === DOMAIN_INTERFACE);
  const others = interfaces.filter(({ name, up, loopback }) => up && !loopback && name !== DOMAIN_INTERFACE);
  if (others.length > 0) {
    const names = others.map(({ name }) => name).join(", ");
    return row("interfaces", "problem", `there is more than the PvD's own in it: ${names}`, REPORT_ADVICE);
  }
  if (own === undefined) {
    return row("interfaces", "problem", `it has no interface ${DOMAIN_INTERFACE}`, HELPER_ADVICE);
  }
  if (own.up) return row("interfaces", "ok", `${DOMAIN_INTERFACE}, and no other that is up`);
  return row("interfaces", "problem", `${DOMAIN_INTERFACE} is down`, HELPER_ADVICE);
}

function judgeAddress(family: Family, domain: DomainView, { addresses }: Found): Row {
  const of = { family };
  const mine = addresses.filter((each) => each.family === family && each.interface === DOMAIN_INTERFACE);
  const usable = mine.filter(({ state }) => state === "usable");
  const [first] = usable;
  if (first !== undefined) {
    return row("address", "ok", listed(usable.map(({ address }) => address)), null, of);
  }
  if (family === "inet") {
    const [prefix] = domain.pref64;
    const through = prefix === undefined ? "" : `; IPv4 servers are behind NAT64, ${prefix.prefix}`;
    return row(
      "address",
      mine.length === 0 ? "ok" : "warning",
      `none: the PvD is IPv6 only${through}`,
      null,
      of,
    );
  }
  const duplicate = mine.find(({ state }) => state === "duplicate");
  if (duplicate !== undefined) {
    const found = `another host on the link has ${duplicate.address}`;
    return row("address", "problem", found, "`pvd show` tells which addresses are left", of);
  }
  if (mine.some(({ state }) => state === "tentative")) {
    return row("address", "problem", "still being checked for duplicates", "try again in a few seconds", of);
  }
  if (mine.length > 0) {
    const found = "deprecated ones only: the router wants no new connections from them";
    return row(
      "address",
      "warning",
      found,
      "ask who runs the router whether the network is being renumbered",
      of,
    );
  }
  return domain.addresses.length > 0
    ? row(
      "address",
      "problem",
      `none, though ${listed(domain.addresses.map(({ address }) => address))} should be there`,
      HELPER_ADVICE,
      of,
    )
    : row(
      "address",
      "problem",
      "none: no router announces a prefix for addresses (RFC 4862)",
      "`pvd show` tells what is announced; who runs the router can change it",
      of,
    );
}

function judgeDefaultRoute(family: Family, domain: DomainView, { routes }: Found): Row {
  const of = { family };
  const mine = routes.filter((route) => route.family === family && route.interface === DOMAIN_INTERFACE);
  const defaults = mine.filter(({ prefix }) => prefix.endsWith("/0"));
  if (defaults.length > 0) {
    return row(
      "defaultRoute",
      "ok",
      `by ${listed(defaults.map(({ gateway }) => gateway ?? "the link itself"))}`,
      null,
      of,
    );
  }
  if (family === "inet") return row("defaultRoute", "ok", "none: nothing leaves by IPv4", null, of);
  if (domain.routers.length > 0) {
    const found = `none, though ${listed(domain.routers.map(({ address }) => address))} should be one`;
    return row("defaultRoute", "problem", found, HELPER_ADVICE, of);
  }
  const behind = mine.filter(({ gateway }) => gateway !== null).map(({ prefix }) => prefix);
  const reached = behind.length === 0 ? "nothing beyond the link" : `only ${listed(behind)}`;
  return row(
    "defaultRoute",
    "warning",
    `none is announced: ${reached} can be reached`,
    "nothing, where the PvD is meant for these alone",
    of,
  );
}

/** One that is gone matters less where another one answers. */
function judgeRouters({ routers }: Found): Row[] {
  if (routers.length === 0) return [row("router", "notTried", "there is none to ask")];
  const isThere = routers.some(({ answer }) => answer === "answer" || answer === "neighbor");
  return routers.map(({ address, answer, ms }) => {
    const of = { subject: address };
    switch (answer) {
      case "answer":
        return row("router", "ok", `answers after ${ms} ms`, null, of);
      case "neighbor":
        return row(
          "router",
          "ok",
          "is on the link, and answers nothing but Neighbor Solicitations",
          null,
          of,
        );
      case "none":
        return row(
          "router",
          isThere ? "warning" : "problem",
          "is not on the link: it does not answer Neighbor Solicitations",
          "is the link plugged in, and the router running?",
          of,
        );
      case "unknown":
        return row("router", "warning", "gave no answer that tells", "try again", of);
    }
  });
}

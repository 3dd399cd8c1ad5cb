// A domain as people and programs see it (`pvd list`, `pvd show`, the bus): lifetimes as seconds left. Pure.

import {
  DOMAIN_INTERFACE,
  type DomainState,
  type DomainView,
  type JsonObject,
  MAX_MESSAGE_BYTES,
} from "../lib/protocol.ts";
import type { Secrets } from "./identifier.ts";
import { lifetimeLeftS } from "./lifetime.ts";
import type { Domain } from "./state/types.ts";
import { wantedAddresses } from "./wanted.ts";

/** What the state does not know: how far the helper is with the domain. */
export interface DomainRuntime {
  readonly state: DomainState;
  readonly problem: string | null;
  /** The helper's handle, which is the namespace's name; null until it made one. */
  readonly handle: string | null;
}

/** What the PvD's server says of it, or why that is not known. */
export interface InformationView {
  readonly object: JsonObject | null;
  readonly problem: string | null;
}

/** The domain at `now`; what has ended by then is not in it. */
export function domainView(
  domain: Domain,
  runtime: DomainRuntime,
  now: number,
  secrets: Secrets,
  information: InformationView = { object: null, problem: null },
): DomainView {
  return fitting({
    id: domain.id,
    kind: domain.kind,
    encoding: domain.encoding,
    state: runtime.state,
    problem: runtime.problem,
    link: domain.link,
    namespace: runtime.handle ?? "",
    interface: DOMAIN_INTERFACE,
    flags: domain.flags,
    delay: domain.delay,
    sequence: domain.sequence,
    routers: left(domain.routers, now).map(({ datum: { router, preference }, lifetimeS }) => ({
      address: router,
      preference,
      lifetimeS,
    })),
    addresses: wantedAddresses(domain, now, secrets),
    ...dataViews(domain, now),
    information: information.object,
    informationProblem: information.problem,
  });
}

/** What routers say of a domain beside themselves; what has ended by `now` is not in it. */
export function dataViews(
  domain: Domain,
  now: number,
): Pick<
  DomainView,
  "mtu" | "prefixes" | "routes" | "rdnss" | "dnssl" | "pref64" | "captivePortal" | "encryptedDns"
> {
  return {
    mtu: domain.mtu,
    prefixes: prefixViews(domain, now),
    routes: left(domain.routes, now).map(({ datum: { prefix, router, preference }, lifetimeS }) => ({
      prefix,
      router,
      preference,
      lifetimeS,
    })),
    rdnss: left(domain.rdnss, now).map(({ datum: { address }, lifetimeS }) => ({ address, lifetimeS })),
    dnssl: left(domain.dnssl, now).map(({ datum: { domain }, lifetimeS }) => ({ domain, lifetimeS })),
    pref64: left(domain.pref64, now).map(({ datum: { prefix }, lifetimeS }) => ({ prefix, lifetimeS })),
    captivePortal: domain.captivePortal,
    encryptedDns: left(domain.encryptedDns, now).map(({ datum, lifetimeS }) => ({
      priority: datum.priority,
      authenticationName: datum.authenticationName,
      addresses: datum.addresses,
      parameters: datum.parameters,
      lifetimeS,
    })),
  };
}

function left<T extends { readonly validUntil: number }>(data: readonly T[], now: number) {
  return data.filter((datum) => datum.validUntil > now)
    .map((datum) => ({ datum, lifetimeS: lifetimeLeftS(datum.validUntil, now) }));
}

/** A message about a domain, with its type and name around it. */
const MAX_VIEW_BYTES = MAX_MESSAGE_BYTES - 256;

/** A server and a router together must not make a domain too large to be told of. */
function fitting(view: DomainView): DomainView {
  if (view.information === null) return view;
  const bytes = new TextEncoder().encode(JSON.stringify(view)).length;
  if (bytes <= MAX_VIEW_BYTES) return view;
  const informationProblem = `the information is too large to be shown: ${bytes} bytes with the domain`;
  return { ...view, information: null, informationProblem };
}

/** Prefixes that a router stands for; one that only an address outlives shows among the addresses alone. */
function prefixViews(domain: Domain, now: number): DomainView["prefixes"] {
  return domain.prefixes
    .filter((prefix) => Math.max(prefix.validUntil, prefix.onLinkUntil) > now)
    .map((prefix) => ({
      prefix: prefix.prefix,
      onLink: prefix.onLinkUntil > now,
      autonomous: prefix.addressValidUntil > now,
      validS: lifetimeLeftS(Math.max(prefix.validUntil, prefix.onLinkUntil), now),
      preferredS: lifetimeLeftS(prefix.preferredUntil, now),
    }));
}

// The broker as the bus sees it: domains from its state and its keeper, sockets from the helper. Computes a domain
// again only when it changed, or when an address of it becomes deprecated; speaks to the helper by the broker's own
// connection to it.

import { escapeText } from "../../lib/escape.ts";
import { closeAll } from "../../lib/linux/fd.ts";
import { socketPair } from "../../lib/linux/socket.ts";
import { DOMAIN_INTERFACE } from "../../lib/protocol.ts";
import type { Broker } from "../broker.ts";
import { Deadline } from "../deadline.ts";
import type { Helper, HelperRequestBody } from "../helper_client.ts";
import type { Secrets } from "../identifier.ts";
import { AUTONOMOUS_PREFIX_LENGTH } from "../state/prefix.ts";
import type { Domain } from "../state/types.ts";
import type { After } from "../timers.ts";
import type { DomainRuntime, InformationView } from "../view.ts";
import { domainAddresses } from "../wanted.ts";
import { BackendError, type BusBackend, type BusDomain } from "./backend.ts";

export interface BrokerBackendOptions {
  readonly broker: Pick<Broker, "state"> & {
    readonly answers: Pick<Broker["answers"], "answer">;
    readonly keeper: Pick<Broker["keeper"], "runtime" | "endingDomains">;
    readonly events: Pick<Broker["events"], "onRouterEvent">;
  };
  readonly helper: Helper;
  readonly secrets: Secrets;
  /** CLOCK_BOOTTIME, milliseconds. */
  readonly now: () => number;
  readonly after: After;
  readonly informationOf: (domain: Domain) => InformationView;
  /** Ends the domain with this key until a router announces it again. */
  readonly removeDomain: (key: string) => void;
}

interface Remembered extends DomainRuntime {
  readonly information: string;
  readonly view: BusDomain;
  /** Then it is another by itself. */
  readonly deprecatesAt: number;
}

/** `changed` is to be called after each change of the broker's state, its keeper's, or information. */
export function brokerBackend(options: BrokerBackendOptions): BusBackend & { readonly changed: () => void } {
  const { broker, helper, secrets, now, after, informationOf } = options;
  let remembered = new Map<Domain, Remembered>();
  let listed: readonly BusDomain[] | null = null;
  let tell = () => {};
  let deprecatesAt = Infinity;
  const changed = () => {
    listed = null;
    tell();
  };
  const deprecation: Deadline = new Deadline({
    now,
    after,
    // It comes early where the moment is far away.
    onReached: () => now() < deprecatesAt ? deprecation.set(deprecatesAt) : changed(),
  });

  const list = (): BusDomain[] => {
    const next = new Map<Domain, Remembered>();
    const views: BusDomain[] = [];
    const at = now();
    for (const domain of [...broker.state.domains.values(), ...broker.keeper.endingDomains()]) {
      const { state, problem, handle } = broker.keeper.runtime(domain.key);
      if (handle === null) continue;
      const said = state === "ending" ? null : informationOf(domain);
      const information = JSON.stringify(said);
      const known = remembered.get(domain);
      const isSame = known?.state === state && known.problem === problem && known.handle === handle &&
        known.information === information && at < known.deprecatesAt;
      const view = isSame ? known.view : busDomain(domain, { state, problem, handle }, said, at, secrets);
      next.set(domain, { state, problem, handle, information, view, deprecatesAt: nextDeprecation(view) });
      views.push(view);
    }
    remembered = next;
    deprecatesAt = Math.min(Infinity, ...[...next.values()].map((each) => each.deprecatesAt));
    deprecation.set(deprecatesAt);
    return views;
  };

  const ask = async (body: HelperRequestBody, sent: readonly number[]): Promise<readonly number[]> => {
    const answer = await helper.request(body, sent);
    if (answer.ok) return answer.fds;
    throw new BackendError(answer.code, escapeText(answer.message));
  };
  const askForOne = async (body: HelperRequestBody, sent: readonly number[] = []): Promise<number> => {
    const [fd, ...others] = await ask(body, sent);
    closeAll(others);
    if (fd === undefined) throw new BackendError("failed", "the helper sent no descriptor");
    return fd;
  };

  return {
    // What ends by itself changes the state too, so a list holds until the next change, or the next deprecation.
    domains: () => listed ??= list(),
    onChange: (told) => {
      tell = told;
    },
    onRouterEvent: (told) => {
      broker.events.onRouterEvent = told;
    },
    changed,
    openSocket: (handle, family, socketType, protocol) =>
      askForOne({ type: "openSocket", handle, family, socketType, protocol }),
    openChannel: async (handle) => {
      const [lease, theirs] = socketPair();
      try {
        return { channel: await askForOne({ type: "openChannel", handle }, [theirs]), lease };
      } catch (error) {
        closeAll([lease]);
        throw error;
      } finally {
        closeAll([theirs]);
      }
    },
    openNamespace: (handle) => askForOne({ type: "openNamespace", handle }),
    solicit: (link) => {
      for (const reply of broker.answers.answer({ type: "solicit", link })) {
        if (reply.type === "error") throw new BackendError(reply.code, reply.message);
      }
    },
    removeDomain: (handle) => {
      const domain = [...broker.state.domains.values()]
        .find(({ key }) => broker.keeper.runtime(key).handle === handle);
      if (domain === undefined) {
        const message = `${handle} has ended already, and stays while a program uses it`;
        return Promise.reject(new BackendError("inUse", message));
      }
      options.removeDomain(domain.key);
      return Promise.resolve();
    },
  };
}

/** The domain at `now`; what has ended by then is not in it. `information` null: nothing is to be told of it. */
export function busDomain(
  domain: Domain,
  runtime: DomainRuntime & { readonly handle: string },
  information: InformationView | null,
  now: number,
  secrets: Secrets,
): BusDomain {
  const living = <T extends { readonly validUntil: number }>(data: readonly T[]) =>
    data.filter((datum) => datum.validUntil > now);
  const { id, kind, encoding, link, flags, delay, sequence, mtu, captivePortal } = domain;
  return {
    ...{ id, kind, encoding, link, flags, delay, sequence, mtu, captivePortal },
    ...runtime,
    information: information?.object ?? null,
    informationProblem: information?.problem ?? null,
    interface: DOMAIN_INTERFACE,
    routers: living(domain.routers).map(({ router, preference, validUntil }) => ({
      address: router,
      preference,
      validUntil,
    })),
    addresses: addressesOf(domain, now, secrets),
    prefixes: domain.prefixes
      .filter((each) => Math.max(each.validUntil, each.onLinkUntil) > now)
      .map((each) => ({
        prefix: each.prefix,
        onLink: each.onLinkUntil > now,
        autonomous: each.addressValidUntil > now,
        validUntil: Math.max(each.validUntil, each.onLinkUntil),
        preferredUntil: each.preferredUntil,
      })),
    routes: living(domain.routes),
    rdnss: living(domain.rdnss),
    dnssl: living(domain.dnssl),
    pref64: living(domain.pref64),
    encryptedDns: living(domain.encryptedDns),
  };
}

/** As wanted.ts makes them, with the moments themselves. */
function addressesOf(domain: Domain, now: number, secrets: Secrets): BusDomain["addresses"] {
  return domainAddresses(domain, now, secrets).map(({ address, prefix }) => ({
    address,
    prefixLength: AUTONOMOUS_PREFIX_LENGTH,
    validUntil: prefix.addressValidUntil,
    preferredUntil: prefix.addressPreferredUntil,
    deprecated: prefix.addressPreferredUntil <= now,
  }));
}

/** The first moment when an address of it that is preferred is so no more; Infinity: none. */
function nextDeprecation({ addresses }: BusDomain): number {
  const preferred = addresses.filter((each) => !each.deprecated);
  return Math.min(Infinity, ...preferred.map((each) => each.preferredUntil));
}

// net.pvd1.Manager: domains found, sockets and namespaces opened, routers asked, domains removed. Everybody may look
// and ask routers, as on the client socket; for the rest the table names the polkit action.

import { INTERNET_SOCKETS } from "../../lib/linux/inet_socket.ts";
import type { SocketFamily, SocketProtocol, SocketType } from "../../lib/protocol.ts";
import type { Grant } from "../polkit/recheck.ts";
import type { BusBackend, BusDomain } from "./backend.ts";
import { asBusError, pvdError } from "./errors.ts";
import type { BusChannels } from "./channels.ts";
import type { Body, Variant } from "./message.ts";
import { domainPath, handleOfPath } from "./net_pvd1_domain.ts";
import { ROUTER_SIGNALS } from "./router_signals.ts";
import { text } from "./standard.ts";
import type { ActionDetails, Answer, Call, Interface, Method } from "./table.ts";

export const MANAGER = "net.pvd1.Manager";

/** What FindDomains can look for. */
const CRITERIA: ReadonlyMap<string, (domain: BusDomain) => string> = new Map([
  ["id", (domain: BusDomain) => domain.id],
  ["kind", (domain: BusDomain) => domain.kind],
  ["encoding", (domain: BusDomain) => domain.encoding],
  ["state", (domain: BusDomain) => domain.state],
  ["link", (domain: BusDomain) => domain.link],
  ["namespace", (domain: BusDomain) => domain.handle],
]);

export function managerInterface(backend: BusBackend, channels: BusChannels): Interface {
  /** Of the rules that a call was decided by. */
  const epochs = new WeakMap<Call, number>();
  const methods = new Map<string, Method>([
    ["FindDomains", {
      in: [["criteria", "a{sv}"]],
      out: [["domains", "ao"]],
      action: null,
      run: ({ args: [criteria] }) => ({ body: [find(backend.domains(), criteria)] }),
    }],
    ["OpenSocket", {
      in: [["domain", "o"], ["family", "s"], ["type", "s"], ["protocol", "s"]],
      out: [["socket", "h"]],
      action: "net.pvd1.use",
      details: (call) => {
        socketKind(call.args);
        return details(ready(backend, call));
      },
      run: async (call) => {
        const { family, type, protocol } = socketKind(call.args);
        const { handle } = ready(backend, call);
        return await withFd(() => backend.openSocket(handle, family, type, protocol));
      },
    }],
    ["OpenChannel", {
      in: [["domain", "o"]],
      out: [["channel", "h"]],
      action: "net.pvd1.use",
      details: (call) => {
        epochs.set(call, channels.epoch);
        return details(ready(backend, call));
      },
      run: async (call, { asked, uid }) => {
        const domain = ready(backend, call);
        const { sender } = call;
        const grant: Grant = {
          subject: { kind: "bus", sender },
          action: "net.pvd1.use",
          details: details(domain),
          asked,
          epoch: epochs.get(call) ?? -1,
        };
        return await withFd(() =>
          channels.open({ sender, uid }, grant, () => backend.openChannel(domain.handle))
        );
      },
    }],
    ["OpenNamespace", {
      in: [["domain", "o"]],
      out: [["namespace", "h"]],
      action: "net.pvd1.open-namespace",
      details: (call) => details(ready(backend, call)),
      run: async (call) => {
        const { handle } = ready(backend, call);
        return await withFd(() => backend.openNamespace(handle));
      },
    }],
    ["Solicit", {
      in: [["link", "s"]],
      out: [],
      action: null,
      run: ({ args: [link] }) => {
        try {
          backend.solicit(text(link) === "" ? null : text(link));
        } catch (error) {
          throw asBusError(error);
        }
        return { body: [] };
      },
    }],
    ["RemoveDomain", {
      in: [["domain", "o"]],
      out: [],
      action: "net.pvd1.manage",
      details: (call) => details(known(backend, call)),
      run: async (call) => {
        await backend.removeDomain(known(backend, call).handle).catch((error) => {
          throw asBusError(error);
        });
        return { body: [] };
      },
    }],
  ]);
  return { name: MANAGER, methods, signals: ROUTER_SIGNALS, properties: new Map() };
}

/** One descriptor as the answer. */
async function withFd(open: () => Promise<number>): Promise<Answer> {
  try {
    return { body: [0], fds: [await open()] };
  } catch (error) {
    throw asBusError(error);
  }
}

function known(backend: BusBackend, { args: [path] }: Call): BusDomain {
  const handle = handleOfPath(text(path));
  const domain = backend.domains().find((each) => each.handle === handle);
  if (handle !== null && domain !== undefined) return domain;
  throw pvdError("NoSuchDomain", `there is no domain ${text(path)}; FindDomains lists them`);
}

function ready(backend: BusBackend, call: Call): BusDomain {
  const domain = known(backend, call);
  if (domain.state === "ready") return domain;
  const why = domain.problem === null ? "" : `: ${domain.problem}`;
  throw pvdError("NotReady", `${domain.id} is ${domain.state}${why}`);
}

function details({ id, kind, link }: BusDomain): ActionDetails {
  return { domain: id, kind, link, program: "" };
}

/** By name, so that no number of the kernel's can open something else. */
function socketKind([, family, type, protocol]: Body): {
  readonly family: SocketFamily;
  readonly type: SocketType;
  readonly protocol: SocketProtocol;
} {
  const kind = `${text(family)} ${text(type)} ${text(protocol)}`;
  if (!Object.hasOwn(INTERNET_SOCKETS, kind)) {
    const kinds = Object.keys(INTERNET_SOCKETS).join(", ");
    throw pvdError("InvalidArgument", `there is no such socket; there are ${kinds}`);
  }
  return {
    family: oneOf(family, ["inet", "inet6"]),
    type: oneOf(type, ["stream", "datagram"]),
    protocol: oneOf(protocol, ["tcp", "udp", "icmp"]),
  };
}

function oneOf<T extends string>(value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw pvdError("InvalidArgument", `it is not one of ${choices.join(", ")}`);
  return found;
}

function find(domains: readonly BusDomain[], criteria: unknown): string[] {
  const wanted: [string, Variant][] = typeof criteria === "object" && criteria !== null
    ? Object.entries(criteria)
    : [];
  for (const [name, { signature }] of wanted) {
    if (!CRITERIA.has(name)) {
      throw pvdError("InvalidArgument", `domains are found by ${[...CRITERIA.keys()].join(", ")}`);
    }
    if (signature !== "s") throw pvdError("InvalidArgument", `${name} is text, not "${signature}"`);
  }
  return domains
    .filter((domain) => wanted.every(([name, { value }]) => CRITERIA.get(name)?.(domain) === value))
    .map(({ handle }) => domainPath(handle));
}

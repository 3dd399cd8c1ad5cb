// What nobody should send, over the real bus: each gets an error by its name, none leaves a descriptor behind, and
// the service goes on. Runs in the lab, as alice, who may use every domain.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, pidOf, SERVER_ADDRESS } from "../lab/lab.ts";
import { type BusCall, callAs, errorNames, MANAGER, OLD, openSocket, pathOf } from "./bus_caller.ts";
import { fdsAreBack, openFds } from "./fd_count.ts";

const STANDARD = "org.freedesktop.DBus.Error";
const OURS = "net.pvd1.Error";
const DBUS = "org.freedesktop.DBus";
/** What JavaScript's own objects have. */
const BUILT_IN = ["constructor", "__proto__", "prototype", "toString", "hasOwnProperty", "valueOf"];
/** As many as the bus carries in one message. */
const MOST_FDS = 16;
const ID = DOCUMENTED_IDS.R1.explicit;

/** A test of calls that all end in these errors, in their order. */
function refused(name: string, make: (path: string) => readonly (readonly [string, BusCall])[]): void {
  Deno.test(name, async () => {
    const broker = await pidOf("broker");
    const path = await pathOf(ID);
    const before = openFds(broker);
    const cases = make(path);
    const answers = await callAs("alice", ...cases.map(([, call]) => call), openSocket(path, GOOD));
    deepStrictEqual(errorNames(answers.slice(0, -1)), cases.map(([error]) => error));
    deepStrictEqual(answers.at(-1), { value: "S1" });
    await fdsAreBack(broker, before);
    strictEqual(await pidOf("broker"), broker);
  });
}

const GOOD = { fetch: SERVER_ADDRESS.S1 };

refused("somebody sends arguments of another signature: an error, and none of them is read", (path) => {
  const wrong = (call: BusCall) => [`${STANDARD}.InvalidArgs`, call] as const;
  return [
    wrong(openSocket(path, { signature: "ssss" })),
    wrong(openSocket(path, { signature: "osssv", args: [path, "inet6", "stream", "tcp", "more"] })),
    wrong({ ...MANAGER, member: "OpenSocket" }),
    wrong({ ...MANAGER, member: "FindDomains", signature: "a{ss}", args: [{ id: ID }] }),
    wrong({ ...MANAGER, member: "Solicit", signature: "u", args: [11] }),
    wrong({ ...OLD, member: "get_by_id", signature: "as", args: [["*"]] }),
    wrong({ ...OLD, member: "activate", signature: "su", args: [ID, 1] }),
    wrong({ path, interface: `${DBUS}.Properties`, member: "Get", signature: "s", args: ["Id"] }),
    wrong({ ...MANAGER, interface: `${DBUS}.Peer`, member: "Ping", signature: "s", args: ["pong"] }),
  ];
});

refused(
  "somebody asks for members that nobody declared, with names that JavaScript's objects have",
  (path) => {
    const properties = { path, interface: `${DBUS}.Properties` };
    return [
      [`${STANDARD}.UnknownMethod`, { ...MANAGER, member: "Shutdown" }],
      ...BUILT_IN.flatMap((name) =>
        [
          [`${STANDARD}.UnknownMethod`, { ...MANAGER, member: name }],
          [`${STANDARD}.UnknownMethod`, { ...OLD, member: name }],
          [`${STANDARD}.UnknownObject`, {
            path: `/net/pvd1/domain/${name}`,
            interface: "net.pvd1.Domain",
            member: name,
          }],
          [`${STANDARD}.UnknownProperty`, {
            ...properties,
            member: "Get",
            signature: "ss",
            args: ["net.pvd1.Domain", name],
          }],
          [`${OURS}.InvalidArgument`, {
            ...MANAGER,
            member: "FindDomains",
            signature: "a{sv}",
            args: [{ [name]: "x" }],
          }],
          [`${OURS}.InvalidArgument`, openSocket(path, { args: [path, name, name, name] })],
          [`${OURS}.NoSuchDomain`, openSocket(`/net/pvd1/domain/${name}`)],
          [`${OURS}.InvalidArgument`, { ...MANAGER, member: "Solicit", signature: "s", args: [name] }],
        ] as const
      ),
      // What the bus policy does not list never comes to us.
      [`${STANDARD}.AccessDenied`, { ...MANAGER, interface: "net.pvd1.constructor", member: "toString" }],
    ];
  },
);

refused(
  "somebody sends sixteen descriptors that nobody asked for: an error, and none of them is kept",
  (path) => {
    const wrong = (call: BusCall) => [`${STANDARD}.InvalidArgs`, { ...call, fds: MOST_FDS }] as const;
    return [
      wrong({ ...MANAGER, member: "FindDomains", signature: "a{sv}", args: [{}] }),
      wrong(openSocket(path)),
      wrong({ ...OLD, member: "get_by_id", signature: "s", args: ["*"] }),
      wrong({ ...MANAGER, interface: `${DBUS}.ObjectManager`, member: "GetManagedObjects" }),
      wrong({ ...MANAGER, interface: `${DBUS}.Peer`, member: "Ping" }),
      [`${STANDARD}.UnknownMethod`, { ...MANAGER, member: "Take", fds: MOST_FDS }],
    ];
  },
);

refused("somebody writes a domain's properties: they are read only", (path) => {
  const set = (signature: string, name: string, value: unknown): BusCall => ({
    ...{ path, interface: `${DBUS}.Properties`, member: "Set", signature },
    args: ["net.pvd1.Domain", name, value],
  });
  return [
    [`${STANDARD}.PropertyReadOnly`, set("ssv", "State", "ready")],
    [`${STANDARD}.PropertyReadOnly`, set("ssv", "Id", "evil.example")],
    [`${STANDARD}.PropertyReadOnly`, set("ssv", "Rdnss", ["2001:db8::666"])],
    [`${STANDARD}.UnknownProperty`, set("ssv", "Evil", "x")],
    [`${STANDARD}.InvalidArgs`, set("sss", "State", "ready")],
  ];
});

refused("somebody sends a hundred kilobytes, and texts with control characters", (path) => [
  [`${STANDARD}.LimitsExceeded`, {
    ...OLD,
    member: "get_by_id",
    signature: "s",
    args: ["x".repeat(100_000)],
  }],
  [`${OURS}.InvalidArgument`, { ...MANAGER, member: "Solicit", signature: "s", args: ["eth1\n\u001b[2J"] }],
  [`${OURS}.InvalidArgument`, openSocket(path, { args: [path, "inet6\n", "stream", "tcp"] })],
  [`${OURS}.InvalidArgument`, openSocket(path, { args: [path, "packet", "raw", "all"] })],
  [`${OURS}.NoSuchDomain`, openSocket("/")],
  ["", { ...MANAGER, member: "FindDomains", signature: "a{sv}", args: [{ id: "\u0007" }] }],
]);

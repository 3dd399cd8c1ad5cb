// A broker that was taken over: as the broker's user it asks the helper for what no broker may have, and prints what it
// got as JSON. Bundled by the test and run in the machine, as root, with the broker's uid, a domain's handle and id, and
// the path of a file that must not come about.

import { encodeLaunchRecord } from "../../lib/launch_record.ts";
import { open, statusOf } from "../../lib/linux/fd.ts";
import { sealedMemfd } from "../../lib/linux/memfd.ts";
import { ownStartTime } from "../../lib/linux/own.ts";
import { accept, connectUnix, listenUnix } from "../../lib/linux/socket.ts";
import { waitReadable } from "../../lib/linux/reactor.ts";
import { HELPER_SOCKET } from "../../lib/protocol.ts";
import { answer, asUid, closeFd, connectAs, tell } from "../system/raw_peer.ts";

/** What was tried, and what the helper answered; null for a hang-up. */
export interface Attempt {
  readonly tried: string;
  readonly answered: string | null;
}

const O_RDONLY = 0;

async function main([uid = "", handle = "", id = "", file = ""]: readonly string[]): Promise<Attempt[]> {
  const broker = Number(uid);
  const attempts: Attempt[] = [];
  const ask = async (tried: string, request: unknown, fds: readonly number[] = []) => {
    const peer = connectAs(broker, HELPER_SOCKET);
    attempts.push({ tried, answered: await tell(peer, JSON.stringify(request), fds) });
    closeFd(peer);
  };
  const socket = { type: "openSocket", serial: 1, family: "inet6", socketType: "stream", protocol: "tcp" };
  await ask("a socket in the machine's own namespace, by a path", { ...socket, handle: "/proc/1/ns/net" });
  await ask("a socket in a namespace of an administrator's", { ...socket, handle: "mifpvd-999" });
  await ask("a raw socket", { ...socket, handle, socketType: "raw" });
  await ask("a packet socket", { ...socket, handle, family: "packet" });
  await ask("the removal of a namespace of an administrator's", {
    type: "removeDomain",
    serial: 1,
    handle: "mifpvd-999",
    force: true,
  });
  await ask("a domain on the loopback", {
    type: "applyDomain",
    serial: 1,
    handle: null,
    wanted: wantedOn("lo", 1),
  });
  await ask("a socket for advertisements on a link of another number", {
    type: "openRouterSocket",
    serial: 1,
    link: "lo",
    linkIndex: 4096,
  });
  const people: readonly (readonly [whom: string, uid: number])[] = [
    ["root", 0],
    ["a person who asked for something else", 1000],
    ["the broker itself", broker],
  ];
  for (const [whom, person] of people) {
    attempts.push(...await spawnAs(broker, person, whom, { handle, id, file }));
  }
  return attempts;
}

/** The connection of somebody who is connected to the broker for `pvd list`, and a record that the broker has made. */
async function spawnAs(
  broker: number,
  person: number,
  whom: string,
  { handle, id, file }: { handle: string; id: string; file: string },
): Promise<Attempt[]> {
  const path = `/run/boot-test-${person}.sock`;
  const listener = listenUnix(path, 0o666);
  const client = person === 0 ? connectUnix(path) : connectAs(person, path);
  await waitReadable(listener);
  const connection = accept(listener);
  if (connection === null) throw new Error("nobody connected");
  const streams = [0, 1, 2].map(() => open("/dev/null", O_RDONLY));
  const folder = open("/", O_RDONLY);
  const encoder = new TextEncoder();
  const record = asUid(broker, () =>
    sealedMemfd(
      "pvd-launch",
      encodeLaunchRecord({
        handle,
        id,
        pid: Deno.pid,
        startTime: ownStartTime() ?? "",
        umask: 0o022,
        descriptors: [...streams, folder].map((fd) => statusOf(fd).identity),
        argv: ["/usr/bin/touch", file].map((word) => encoder.encode(word)),
        environment: [encoder.encode("PATH=/usr/bin:/bin")],
      }),
    ));
  const peer = connectAs(broker, HELPER_SOCKET);
  const answered = await tell(peer, JSON.stringify({ type: "spawn", serial: 1, handle }), [
    connection,
    ...streams,
    folder,
    record,
  ]);
  for (const fd of [connection, listener, ...streams, folder, record]) closeFd(fd);
  const heard = await answer(client);
  for (const fd of [peer, client]) closeFd(fd);
  Deno.removeSync(path);
  const tried = `a program as ${whom}`;
  return [{ tried, answered }, { tried: `${tried}, as that one hears it`, answered: heard }];
}

function wantedOn(link: string, linkIndex: number): unknown {
  return {
    key: "taken-over",
    id: "taken-over.example.org",
    link,
    linkIndex,
    interfaceKind: "macvlan",
    mac: "02:00:00:00:00:01",
    mtu: null,
    hopLimit: null,
    reachableTimeMs: null,
    retransTimerMs: null,
    addresses: [],
    routes: [],
    neighbors: [],
    resolvers: [],
    searchDomains: [],
  };
}

if (import.meta.main) {
  console.log(JSON.stringify(await main(Deno.args)));
  Deno.exit();
}

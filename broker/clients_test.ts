import assert from "node:assert/strict";
import { close } from "../lib/linux/fd.ts";
import { peerCredentials } from "../lib/linux/peer.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import { connectUnix, listenUnix, receiveMessage, sendMessage, socketPair } from "../lib/linux/socket.ts";
import { CLIENT_IDLE_MS, type ClientReply, MAX_CONNECTIONS_PER_UID } from "../lib/protocol.ts";
import type { ClientService, RunOutcome, SocketOutcome } from "./client_service.ts";
import { ClientServer } from "./clients.ts";
import { encodeEvent, MAX_WAITING_EVENTS, Subscriber } from "./events/subscriber.ts";
import { FakeClock, openDescriptors, withReactor } from "./testing.ts";

interface Room {
  readonly connect: () => number;
  readonly service: TestService;
  readonly clock: FakeClock;
}

class TestService implements ClientService {
  outcome: RunOutcome | Promise<RunOutcome> = { ok: true };
  readonly runs: { uid: number; fds: number; clientFd: number; there: boolean }[] = [];

  openSocket(): Promise<SocketOutcome> {
    return Promise.resolve({ ok: false, type: "error", code: "failed", message: "none here" });
  }

  monitors: Subscriber[] = [];
  readonly asked: { link: string | null; uid: number }[] = [];

  monitor(
    { link }: Parameters<ClientService["monitor"]>[0],
    uid: number,
  ): ReturnType<ClientService["monitor"]> {
    this.asked.push({ link, uid });
    if (link === "eth9") return { type: "error", code: "noSuchLink", message: "no eth9 here" };
    const subscriber = new Subscriber(() => [() => ({ event: "now", timeMs: 7 })], () => 7);
    this.monitors.push(subscriber);
    return subscriber;
  }

  endMonitor(subscriber: Subscriber): void {
    this.monitors = this.monitors.filter((each) => each !== subscriber);
  }

  answer(): ClientReply[] {
    return [{ type: "end" }];
  }

  async run(...[, clientFd, fds, handOver]: Parameters<ClientService["run"]>): Promise<RunOutcome> {
    const outcome = await this.outcome;
    this.runs.push({ uid: peerCredentials(clientFd).uid, fds: fds.length, clientFd, there: handOver() });
    return outcome;
  }
}

async function withServer(body: (room: Room) => Promise<void>): Promise<void> {
  await withReactor(async (reactor, folder) => {
    const clock = new FakeClock();
    const service = new TestService();
    const path = `${folder}/client.sock`;
    const listener = listenUnix(path, 0o666);
    const server = new ClientServer({ listener, reactor, after: clock.after, log: () => {}, service });
    server.start();
    try {
      await body({ connect: () => connectUnix(path), service, clock });
    } finally {
      server.stop();
    }
  });
}

const RUN = { type: "run", handle: "mifpvd-1", id: "example.org", program: "/bin/true", interactive: true };

function send(fd: number, request: unknown, fds: readonly number[] = []): void {
  const bytes = request instanceof Uint8Array ? request : new TextEncoder().encode(JSON.stringify(request));
  assert.ok(sendMessage(fd, bytes, fds));
}

/** The next message's value, or "end". */
async function receive(fd: number): Promise<unknown> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    let message;
    try {
      message = receiveMessage(fd, buffer, 8);
    } catch {
      return "end";
    }
    if (message === null) await waitReadable(fd);
    else if (message.length === 0) return "end";
    else return JSON.parse(new TextDecoder().decode(buffer.subarray(0, message.length)));
  }
}

Deno.test("ClientServer answers one request after the other", () =>
  withServer(async ({ connect }) => {
    const client = connect();
    for (let count = 0; count < 3; count++) {
      send(client, { type: "list" });
      assert.deepEqual(await receive(client), { type: "end" });
    }
    close(client);
  }));

Deno.test("ClientServer disconnects whoever does not speak the protocol, and keeps no descriptor", () =>
  withServer(async ({ connect, service }) => {
    const [one, other] = socketPair();
    const many = Array.from({ length: 253 }, () => one);
    const hostile: [request: unknown, fds: readonly number[]][] = [
      [{ type: "openSocket" }, []],
      [new Uint8Array([0]), []],
      [new TextEncoder().encode('{"type":"list"'), []],
      [{ type: "list" }, [one]],
      [RUN, []],
      [RUN, [one, one, one, one]],
      [RUN, [one, one, one, one, one, one]],
      [RUN, many],
      [new Uint8Array(65_536).fill(0x20), []],
    ];
    let before: number | null = null;
    for (let round = 0; round < 20; round++) {
      for (const [request, fds] of hostile) {
        const client = connect();
        send(client, request, fds);
        assert.equal(await receive(client), "end");
        close(client);
        before ??= openDescriptors();
        // Sockets are closed by other threads.
        while (openDescriptors() !== before) await new Promise((done) => setTimeout(done));
      }
    }
    assert.deepEqual(service.runs, []);
    close(one);
    close(other);
  }));

Deno.test("ClientServer hands a run's six descriptors over and then closes its own", () =>
  withServer(async ({ connect, service }) => {
    const before = openDescriptors();
    const client = connect();
    send(client, RUN, [0, 1, 2, 0, 1]);
    assert.equal(await receive(client), "end", "nobody else holds the socket here");
    assert.equal(service.runs.length, 1);
    assert.deepEqual([service.runs[0]?.fds, service.runs[0]?.uid, service.runs[0]?.there], [
      5,
      Deno.uid(),
      true,
    ]);
    close(client);
    // Files are closed by another thread.
    while (openDescriptors() !== before) await new Promise((done) => setTimeout(done));
  }));

Deno.test("ClientServer tells the client why a run was refused, and goes on", () =>
  withServer(async ({ connect, service }) => {
    service.outcome = { ok: false, type: "error", code: "notAuthorized", message: "uid 5 may not" };
    const client = connect();
    for (let count = 0; count < 2; count++) {
      send(client, RUN, [0, 1, 2, 0, 1]);
      assert.deepEqual(await receive(client), {
        type: "error",
        code: "notAuthorized",
        message: "uid 5 may not",
      });
    }
    send(client, { type: "list" });
    assert.deepEqual(await receive(client), { type: "end" });
    close(client);
  }));

Deno.test("ClientServer never hands over a client that left while it was decided", () =>
  withServer(async ({ connect, service }) => {
    const decision = Promise.withResolvers<RunOutcome>();
    service.outcome = decision.promise;
    const client = connect();
    send(client, RUN, [0, 1, 2, 0, 1]);
    close(client);
    // One that comes later is served: by then the first one's end was seen.
    const later = connect();
    send(later, { type: "list" });
    await receive(later);
    send(later, { type: "list" });
    await receive(later);
    decision.resolve({ ok: true });
    await decision.promise;
    close(later);
    await Promise.resolve();
    assert.deepEqual(service.runs.map((run) => run.there), [false]);
  }));

Deno.test("ClientServer lets a silent client go", () =>
  withServer(async ({ connect, clock }) => {
    const client = connect();
    send(client, { type: "list" });
    await receive(client);
    await clock.advance(CLIENT_IDLE_MS);
    assert.equal(await receive(client), "end");
    close(client);
  }));

Deno.test("ClientServer refuses one person's connections over the limit, and takes new ones when old ones go", () =>
  withServer(async ({ connect }) => {
    const clients = Array.from({ length: MAX_CONNECTIONS_PER_UID }, connect);
    for (const client of clients) send(client, { type: "list" });
    for (const client of clients) await receive(client);
    const refused = connect();
    const answer = await receive(refused);
    assert.ok(
      typeof answer === "object" && answer !== null && "code" in answer && answer.code === "limitExceeded",
    );
    close(refused);
    for (const client of clients) {
      send(client, { type: "nonsense" });
      assert.equal(await receive(client), "end");
      close(client);
    }
    const served = connect();
    send(served, { type: "list" });
    assert.deepEqual(await receive(served), { type: "end" });
    close(served);
  }));

const MONITOR = { type: "monitor", link: null, renewals: false };
const HEARD = encodeEvent({ event: "routerLost", timeMs: 8, link: "eth1", address: "fe80::1" });

function theOne(room: Room): Subscriber {
  const [subscriber] = room.service.monitors;
  assert.ok(subscriber !== undefined);
  return subscriber;
}

Deno.test("ClientServer: who monitors gets what there is, then events, for longer than others may be idle", async () => {
  await withServer(async (room) => {
    const fd = room.connect();
    send(fd, MONITOR);
    assert.deepEqual(await receive(fd), { type: "event", event: { event: "now", timeMs: 7 } });
    await room.clock.advance(CLIENT_IDLE_MS * 2);
    theOne(room).push(HEARD);
    assert.deepEqual(await receive(fd), JSON.parse(new TextDecoder().decode(HEARD)));
    assert.deepEqual(room.service.asked.map(({ link }) => link), [null]);
    close(fd);
    // The next one's answer comes after the server saw that end.
    const next = room.connect();
    send(next, { type: "list" });
    assert.deepEqual(await receive(next), { type: "end" });
    assert.deepEqual(room.service.monitors, []);
    close(next);
  });
});

Deno.test("ClientServer: monitoring refused is said, and the client may ask something else", async () => {
  await withServer(async (room) => {
    const fd = room.connect();
    send(fd, { ...MONITOR, link: "eth9" });
    assert.deepEqual(await receive(fd), { type: "error", code: "noSuchLink", message: "no eth9 here" });
    send(fd, { type: "list" });
    assert.deepEqual(await receive(fd), { type: "end" });
    close(fd);
  });
});

Deno.test("ClientServer: who monitors and says more is hung up on", async () => {
  await withServer(async (room) => {
    const fd = room.connect();
    send(fd, MONITOR);
    await receive(fd);
    send(fd, { type: "list" });
    assert.equal(await receive(fd), "end");
    assert.deepEqual(room.service.monitors, []);
    close(fd);
  });
});

Deno.test("ClientServer: who monitors and does not read loses events, others are served, and it is told how many", async () => {
  await withServer(async (room) => {
    const fd = room.connect();
    send(fd, MONITOR);
    await receive(fd);
    const subscriber = theOne(room);
    const sent = 3 * MAX_WAITING_EVENTS;
    for (let count = 0; count < sent; count++) subscriber.push(HEARD);
    const other = room.connect();
    send(other, { type: "list" });
    assert.deepEqual(await receive(other), { type: "end" });
    close(other);
    let heard = 0;
    let lost = 0;
    while (lost === 0) {
      const text = JSON.stringify(await receive(fd));
      lost = Number(/"event":"lost".*"count":(\d+)/.exec(text)?.[1] ?? 0);
      if (lost === 0) heard++;
    }
    assert.ok(lost > 0 && heard > 0);
    assert.equal(heard + lost, sent);
    assert.deepEqual(await receive(fd), { type: "event", event: { event: "now", timeMs: 7 } });
    close(fd);
  });
});

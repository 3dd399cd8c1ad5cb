// A PvD that ends while polkit is still asked about a program in it: a real client's socket, the broker's own parts
// behind it, and neither polkit nor a helper.

import assert from "node:assert/strict";
import { close } from "../lib/linux/fd.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import { connectUnix, listenUnix, receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import type { ClientService } from "./client_service.ts";
import { ClientServer } from "./clients.ts";
import { type RunDomain, runProgram } from "./run_program.ts";
import { hear } from "./state/hear.ts";
import { advertisement } from "./state/testing.ts";
import { EMPTY_STATE } from "./state/types.ts";
import { FakeClock, FakeHelper, openDescriptors, withReactor } from "./testing.ts";

const RUN = { type: "run", handle: "mifpvd-1", id: "example.org", program: "/bin/true", interactive: true };

function exampleDomain(): RunDomain {
  const hearing = { link: "eth1", linkIndex: 2, router: "fe80::1", now: 0 };
  const [domain] = hear(EMPTY_STATE, hearing, [advertisement()]).state.domains.values();
  assert.ok(domain !== undefined);
  return { domain, runtime: { state: "ready", problem: null, handle: "mifpvd-1" } };
}

Deno.test("a PvD that ends while polkit's answer is outstanding: one sentence, nothing is started, every descriptor is closed", () =>
  withReactor(async (reactor, folder) => {
    let domain: RunDomain | null = exampleDomain();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const helper = new FakeHelper();
    const context = {
      helper,
      domainOf: () => domain,
      authorise: async () => {
        asked.resolve();
        await answer.promise;
        return { allowed: true, asked: true } as const;
      },
    };
    const service: ClientService = {
      openSocket: () => Promise.reject(new Error("not here")),
      monitor: () => ({ type: "error", code: "failed", message: "not here" }),
      endMonitor: () => {},
      answer: () => [{ type: "end" }],
      run: (...given) => runProgram(context, ...given),
    };
    const path = `${folder}/client.sock`;
    const options = {
      listener: listenUnix(path, 0o666),
      reactor,
      after: new FakeClock().after,
      log: () => {},
    };
    const server = new ClientServer({ ...options, service });
    server.start();
    try {
      const client = connectUnix(path);
      const say = (message: unknown, fds: readonly number[] = []) =>
        assert.ok(sendMessage(client, new TextEncoder().encode(JSON.stringify(message)), fds));
      // So that the broker's end of the connection is there when descriptors are counted.
      say({ type: "list" });
      assert.deepEqual(await received(client), { type: "end" });
      const before = openDescriptors();
      say(RUN, [0, 1, 2, 0, 1]);
      await asked.promise;
      assert.ok(openDescriptors() > before);
      domain = null;
      answer.resolve();
      assert.deepEqual(await received(client), {
        type: "error",
        code: "noSuchDomain",
        message: 'no domain "example.org" in mifpvd-1; see pvd list',
      });
      assert.deepEqual(helper.requests, []);
      // Files are closed by another thread.
      while (openDescriptors() !== before) await new Promise((done) => setTimeout(done));
      close(client);
    } finally {
      server.stop();
    }
  }));

async function received(fd: number): Promise<unknown> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const message = receiveMessage(fd, buffer, 8);
    if (message !== null) return JSON.parse(new TextDecoder().decode(buffer.subarray(0, message.length)));
    await waitReadable(fd);
  }
}

// For tests of `pvd run` only: a fake broker and helper that take a launch and go on as the test says.

import { decodeLaunchRecord, type LaunchRecord } from "../lib/launch_record.ts";
import { closeAll } from "../lib/linux/fd.ts";
import { readSealedMemfd } from "../lib/linux/memfd.ts";
import { MAX_LAUNCH_BYTES } from "../lib/protocol.ts";
import { type CommandResult, endOf, type FakePeer, startPvd, withFakeBroker } from "./testing.ts";

const OFFICE = { type: "resolved", id: "office.example.com", handle: "mifpvd-7", link: "eth1" };

export interface Launch {
  readonly request: unknown;
  readonly record: LaunchRecord;
  readonly fds: readonly number[];
}

/** Answers `resolve`, takes `run`, then goes on as `afterwards` says. */
export function helperThat(
  afterwards: (peer: FakePeer, launch: Launch) => Promise<void> | void,
  resolved: unknown = OFFICE,
) {
  return async (peer: FakePeer) => {
    await peer.next();
    peer.say(resolved);
    const request = await peer.next();
    if (request === null) return;
    try {
      const memfd = request.fds[4] ?? -1;
      const record = decodeLaunchRecord(readSealedMemfd(memfd, Deno.uid() ?? -1, MAX_LAUNCH_BYTES));
      await afterwards(peer, { request: request.message, record, fds: request.fds });
    } finally {
      closeAll(request.fds);
    }
  };
}

/** `pvd run` with these arguments, to its end. */
export function running(
  script: (peer: FakePeer) => Promise<void>,
  args: readonly string[],
  options: Partial<Deno.CommandOptions> = {},
): Promise<CommandResult> {
  return withFakeBroker(script, (path) => endOf(startPvd(["run", "--socket", path, ...args], options)));
}

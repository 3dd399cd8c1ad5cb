// Who is asking, and for what: checks a launch before anything is started. The broker that forwards it is not
// believed. Who asks comes from the kernel by the client's own socket; what is asked comes from a sealed memfd that
// only that person's process can have made, for this domain, with these streams.

import { decodeLaunchRecord, type LaunchRecord } from "../lib/launch_record.ts";
import { identityOf } from "../lib/linux/fd.ts";
import { readSealedMemfd } from "../lib/linux/memfd.ts";
import { type PeerCredentials, peerCredentials, peerGroups } from "../lib/linux/peer.ts";
import { MAX_LAUNCH_BYTES } from "../lib/protocol.ts";
import { type Inherited, inheritedFrom } from "./caller.ts";
import type { Domain } from "./domains.ts";
import { Failure } from "./failure.ts";

/** The descriptors that come with `spawn`, in this order. */
export interface LaunchDescriptors {
  readonly client: number;
  readonly streams: readonly [stdin: number, stdout: number, stderr: number];
  readonly folder: number;
  readonly memfd: number;
}

export interface Launch {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly inherited: Inherited;
  readonly record: LaunchRecord;
}

/** Null unless there are exactly the six that belong to a launch. */
export function launchDescriptors(fds: readonly number[]): LaunchDescriptors | null {
  const [client, stdin, stdout, stderr, folder, memfd] = fds;
  if (
    fds.length !== 6 || client === undefined || stdin === undefined || stdout === undefined ||
    stderr === undefined || folder === undefined || memfd === undefined
  ) return null;
  return { client, streams: [stdin, stdout, stderr], folder, memfd };
}

/** Who asks, before anything of what he asks is read. `services` as below. Throws Failure, LinuxError (no client's socket
 * at all). */
export function callerOf(client: number, services: readonly number[]): PeerCredentials {
  const peer = peerCredentials(client);
  if (isService(peer.uid, services)) {
    throw new Failure("notAuthorized", `uid ${peer.uid} is a service of pvd's, and starts no programs`);
  }
  return peer;
}

/** Pure: whether that is the broker or the fetcher, by their uids. One that was taken over would leave its unit's
 * confinement by asking as itself. Root is a person also where the broker is root. */
export function isService(uid: number, services: readonly number[]): boolean {
  return uid !== 0 && services.includes(uid);
}

/** `caller` by `callerOf`, `startTime` of that process. Throws Failure, SyntaxError (what is wrong with the record). */
export function checkLaunch(
  domain: Domain,
  fds: LaunchDescriptors,
  caller: PeerCredentials,
  startTime: string,
): Launch {
  const { pid, uid, gid } = caller;
  const groups = peerGroups(fds.client);
  const record = decodeLaunchRecord(readSealedMemfd(fds.memfd, uid, MAX_LAUNCH_BYTES));
  if (record.handle !== domain.handle || record.id !== domain.record.id) {
    throw new Failure("invalidArgument", `${domain.record.id}: the launch names another domain`);
  }
  if (record.pid !== pid || record.startTime !== startTime) {
    throw new Failure("invalidArgument", `${domain.record.id}: the launch was made by another process`);
  }
  [...fds.streams, fds.folder].forEach((fd, index) => {
    if (identityOf(fd) !== record.descriptors[index]) {
      throw new Failure("invalidArgument", `${domain.record.id}: a stream of the launch was replaced`);
    }
  });
  return { uid, gid, groups, inherited: inheritedFrom(fds.client, caller), record };
}

// For tests of `pvd decode` only: runs it on bytes. No process is started: the world is given as functions.

import assert from "node:assert/strict";
import { captureFiles } from "../tests/fuzz/ndp_data.ts";
import { decode } from "./decode.ts";

export async function run(args: string[], file: Uint8Array | Error) {
  let out = "";
  let err = "";
  const read = () => {
    if (file instanceof Error) throw file;
    return file;
  };
  const status = await decode(args, {
    out: (text) => out += text,
    err: (text) => err += text,
    readFile: read,
    readStdin: read,
  });
  return { status, out, err };
}

/** What it prints with --json, line by line; it has nothing to complain about. */
export async function json(file: Uint8Array) {
  const { status, out, err } = await run(["--json", "capture"], file);
  assert.deepEqual([status, err], [0, ""]);
  return out.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** A capture of tests/data by its name. */
export function capture(name: string): Uint8Array {
  const file = captureFiles().find((each) => each.name === `${name}.pcap`);
  assert.ok(file !== undefined);
  return file.bytes;
}

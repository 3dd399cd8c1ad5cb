import assert from "node:assert/strict";
import { machineOf, runtimeOf } from "./runtime.ts";

const ELF = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0];

Deno.test("machineOf: the machine of an ELF file, and null for anything else", () => {
  assert.equal(machineOf(new Uint8Array([...ELF, 62, 0])), 62);
  assert.equal(machineOf(new Uint8Array([...ELF, 183, 0, 1])), 183);
  assert.equal(machineOf(new Uint8Array(ELF)), null);
  assert.equal(machineOf(new TextEncoder().encode('#!/bin/sh\nexec deno "$@"\n')), null);
  const bigEndian = [...ELF, 0, 22];
  bigEndian[5] = 2;
  assert.equal(machineOf(new Uint8Array(bigEndian)), null);
});

Deno.test("runtimeOf: this Deno for its own architecture, and for no other", async () => {
  const [own, other] = Deno.build.arch === "x86_64"
    ? ["amd64", "arm64"] as const
    : ["arm64", "amd64"] as const;
  assert.equal(await runtimeOf(own, null, "/nonexistent"), Deno.execPath());
  assert.equal(await runtimeOf(own, Deno.execPath(), "/nonexistent"), Deno.execPath());
  await assert.rejects(runtimeOf(other, Deno.execPath(), "/nonexistent"), /is no program for/);
  await assert.rejects(runtimeOf(other, "/nonexistent/deno", "/nonexistent"), /there is no such file/);
});

import assert from "node:assert/strict";
import * as abi from "./abi.ts";
import { close, open, writeAll } from "./fd.ts";
import { libc } from "./libc.ts";
import { readSealedMemfd, sealedMemfd } from "./memfd.ts";
import { cString } from "./memory.ts";

const MFD_NOEXEC_SEAL = 8, F_SEAL_EXEC = 0x20;
const content = Uint8Array.of(1, 2, 3);
const uid = Deno.uid() ?? -1;

/** Linux before 6.3 has no such flag. */
const knowsNoExec = using(
  libc.memfd_create(cString("test"), abi.MFD_CLOEXEC | MFD_NOEXEC_SEAL),
  (fd) => fd >= 0,
);

/** With other flags and seals than sealedMemfd gives. */
function memfd(flags: number, seals: number): number {
  const fd = libc.memfd_create(cString("test"), abi.MFD_CLOEXEC | flags);
  assert.ok(fd >= 0);
  writeAll(fd, content);
  assert.equal(libc.fcntl(fd, abi.F_ADD_SEALS, seals), 0);
  return fd;
}

function using<T>(fd: number, work: (fd: number) => T): T {
  try {
    return work(fd);
  } finally {
    close(fd);
  }
}

Deno.test("readSealedMemfd: what sealedMemfd made comes back", () => {
  assert.deepEqual(using(sealedMemfd("test", content), (fd) => readSealedMemfd(fd, uid, 3)), content);
});

Deno.test("readSealedMemfd: a memfd is as good with one seal more, as vm.memfd_noexec gives every one", {
  ignore: !knowsNoExec,
}, () => {
  using(memfd(MFD_NOEXEC_SEAL, abi.ALL_SEALS), (fd) => {
    assert.equal(libc.fcntl(fd, abi.F_GET_SEALS, 0), abi.ALL_SEALS | F_SEAL_EXEC);
    assert.deepEqual(readSealedMemfd(fd, uid, 3), content);
  });
});

Deno.test("readSealedMemfd: with any of the four seals missing it is refused", () => {
  for (const missing of [1, 2, 4, 8]) {
    using(memfd(abi.MFD_ALLOW_SEALING, abi.ALL_SEALS & ~missing), (fd) => {
      assert.throws(() => readSealedMemfd(fd, uid, 3), /not a sealed memfd/);
    });
  }
});

Deno.test("readSealedMemfd: what has no seals at all, another person's and too long ones are refused", () => {
  for (const path of ["/dev/null", "/etc/passwd"]) {
    using(open(path, abi.O_RDONLY), (fd) => {
      assert.throws(() => readSealedMemfd(fd, 0, 100_000), /not a sealed memfd/);
    });
  }
  assert.throws(() => readSealedMemfd(-1, uid, 3), /not a sealed memfd/);
  using(sealedMemfd("test", content), (fd) => {
    assert.throws(() => readSealedMemfd(fd, uid + 1, 3), /somebody else/);
    assert.throws(() => readSealedMemfd(fd, uid, 2), /too long/);
  });
});

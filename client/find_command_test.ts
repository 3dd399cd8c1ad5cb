// Finding a program as a shell does; the last tests ask the real kernel.

import assert from "node:assert/strict";
import { type Files, findCommand } from "./find_command.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Paths with "x" executable, "-" not, "d" a folder. */
function filesWith(table: Readonly<Record<string, "x" | "-" | "d">>): Files {
  const kind = (path: Uint8Array) => table[decode(path)];
  return {
    exists: (path) => kind(path) !== undefined,
    isFolder: (path) => kind(path) === "d",
    mayExecute: (path) => kind(path) === "x" || kind(path) === "d",
  };
}

function find(command: string, path: string | null, files: Files): string {
  const environment = ["APATH=/wrong", "HOME=/", ...(path === null ? [] : [`PATH=${path}`]), "PATH=/later"]
    .map(encode);
  const found = findCommand(encode(command), path === null ? environment.slice(0, 2) : environment, files);
  return found.type === "notFound" ? `notFound: ${found.why}` : `${found.type} ${decode(found.path)}`;
}

Deno.test("findCommand takes the first executable file on PATH, past folders and files that are not", () => {
  const files = filesWith({ "/a/ls": "-", "/b/ls": "d", "/c/ls": "x", "/d/ls": "x" });
  assert.equal(find("ls", "/a:/b:/c:/d", files), "found /c/ls");
});

Deno.test("findCommand tells a file that is not executable from one that is not there", () => {
  const files = filesWith({ "/a/ls": "-", "/b/ls": "d", "/b/make": "d" });
  assert.equal(find("ls", "/b:/a", files), "notExecutable /a/ls");
  assert.equal(find("make", "/a:/b", files), "notFound: no folder on PATH has it");
  assert.equal(find("", "/a", files), "notFound: its name is empty");
});

Deno.test("findCommand takes a path with a slash as it is, relative ones too", () => {
  const files = filesWith({ "./tool": "x", "/etc": "d", "/etc/passwd": "-", "/bin/./tool": "x" });
  assert.equal(find("./tool", "/bin", files), "found ./tool");
  assert.equal(find("/etc", "/bin", files), "notExecutable /etc");
  assert.equal(find("/etc/passwd", "/bin", files), "notExecutable /etc/passwd");
  assert.equal(find("bin/tool", "/bin", files), "notFound: there is no such file");
});

Deno.test("findCommand takes an empty entry of PATH for the working folder and gives a path with a slash", () => {
  const files = filesWith({ "./tool": "x", "bin/other": "x" });
  assert.equal(find("tool", "/a::/b", files), "found ./tool");
  assert.equal(find("tool", "", files), "found ./tool");
  assert.equal(find("other", "bin", files), "found bin/other");
});

Deno.test("findCommand looks where execvp does when there is no PATH", () => {
  assert.equal(find("tool", null, filesWith({ "/usr/bin/tool": "x" })), "found /usr/bin/tool");
});

Deno.test("findCommand asks the kernel, and keeps bytes that are not UTF-8", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/tool`, "#!/bin/sh\n", { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/data`, "", { mode: 0o644 });
    await Deno.mkdir(`${folder}/folder`);
    const environment = [encode(`PATH=/nowhere-\x00`.replace("\x00", "")), encode("X=1")];
    const real = (path: string) => findCommand(encode(path), environment).type;
    assert.equal(real(`${folder}/tool`), "found");
    assert.equal(real(`${folder}/data`), "notExecutable");
    assert.equal(real(`${folder}/folder`), "notExecutable");
    assert.equal(real(`${folder}/none`), "notFound");
    assert.equal(real(`${folder}/tool/`), "notFound");
    const onPath = findCommand(encode("tool"), [
      new Uint8Array([...encode("PATH=/\xff:"), 0xff, 0x3a, ...encode(folder)]),
    ]);
    assert(onPath.type === "found");
    assert.equal(decode(onPath.path), `${folder}/tool`);
    assert.equal(findCommand(new Uint8Array([0x2f, 0xff, 0x00, 0x61]), []).type, "notFound");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

// Debian packages that the tests run without installing them: name services, whose installation would change the host's
// own. Downloaded with apt-get and unpacked into one folder of root's, once; in the lab their modules are copied
// beside the C library's, in the lab's own /usr/lib.

import { download, UNPACKED_PACKAGES } from "./packages.ts";

const FOLDER = "/var/cache/pvd-lab";
/** The root of what is unpacked. */
export const UNPACKED_ROOT = `${FOLDER}/root`;
const TRIPLET = `${Deno.build.arch}-linux-gnu`;
/** Says what is unpacked completely. */
const DONE = `${FOLDER}/packages`;

/** Downloads and unpacks what is not there yet. Throws with the reason. */
export function unpack(say: (line: string) => void): void {
  const wanted = `${UNPACKED_PACKAGES.join("\n")}\n`;
  if (textOf(DONE) === wanted) return;
  say(
    `unpacking the Debian packages ${UNPACKED_PACKAGES.join(", ")} into ${UNPACKED_ROOT}; none is installed`,
  );
  Deno.mkdirSync(FOLDER, { recursive: true, mode: 0o755 });
  const downloads = Deno.makeTempDirSync({ dir: FOLDER });
  try {
    download(UNPACKED_PACKAGES, downloads);
    for (const { name } of Deno.readDirSync(downloads)) {
      const { success, stderr } = new Deno.Command("dpkg-deb", {
        args: ["--extract", `${downloads}/${name}`, UNPACKED_ROOT],
      }).outputSync();
      if (!success) throw new Error(`cannot unpack ${name}: ${new TextDecoder().decode(stderr).trim()}`);
    }
    Deno.writeTextFileSync(DONE, wanted);
  } finally {
    Deno.removeSync(downloads, { recursive: true });
  }
}

/** An unpacked program. Throws where nothing was unpacked. */
export function unpackedProgram(name: string): string {
  const found = ["usr/sbin", "usr/lib/systemd", "lib/systemd"]
    .map((folder) => `${UNPACKED_ROOT}/${folder}/${name}`).find((path) =>
      textOf(DONE) !== null && isThere(path)
    );
  if (found === undefined) {
    throw new Error(`${name} is not unpacked: run tests/lab/packages.ts as root, outside of the lab`);
  }
  return found;
}

/** For LD_LIBRARY_PATH of an unpacked program. */
export const UNPACKED_LIBRARIES = ["usr/lib", "lib"]
  .flatMap((folder) => [`${folder}/${TRIPLET}`, `${folder}/${TRIPLET}/systemd`])
  .map((folder) => `${UNPACKED_ROOT}/${folder}`).join(":");

/** Makes the unpacked modules of the name service switch available in the lab; to be called inside it. */
export function installModules(): void {
  for (const folder of ["lib", "usr/lib"].map((each) => `${UNPACKED_ROOT}/${each}/${TRIPLET}`)) {
    if (!isThere(folder)) continue;
    for (const { name } of Deno.readDirSync(folder)) {
      if (name.startsWith("libnss_")) Deno.copyFileSync(`${folder}/${name}`, `/usr/lib/${TRIPLET}/${name}`);
    }
  }
}

function textOf(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

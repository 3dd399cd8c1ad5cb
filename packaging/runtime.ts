// Which Deno is packaged: this one, one that is given, or for another architecture the one of the same version that npm
// has. Writes to one folder, and fetches from npm's registry in the last case alone.

import { type Architecture, ARCHITECTURES, ownArchitecture } from "./paths.ts";
import { filesIn } from "./tree.ts";
import { runTool } from "./tools.ts";

/** The beginning of a file that elf(5) describes, to the end of e_machine. */
const HEADER_BYTES = 20;
const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const MACHINES: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 };

/** Its path; `given` is one that is there already, `work` a folder. Throws Error: there is none, or it is for another
 * architecture. */
export async function runtimeOf(
  architecture: Architecture,
  given: string | null,
  work: string,
): Promise<string> {
  const path = given ??
    (architecture === ownArchitecture() ? Deno.execPath() : await fetched(architecture, work));
  if (machineOf(await beginningOf(path)) === MACHINES[architecture]) return path;
  throw new Error(`${path} is no program for ${architecture}`);
}

async function fetched(architecture: Architecture, work: string): Promise<string> {
  const name = `${ARCHITECTURES[architecture].npm}@${Deno.version.deno}`;
  const folder = `${work}/runtime`;
  await Deno.mkdir(folder);
  try {
    await runTool("npm", ["pack", "--loglevel=error", name], folder);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot fetch ${name}; --runtime FILE takes one that you have (${detail})`);
  }
  const [archive = ""] = filesIn(folder);
  await runTool("tar", ["-xzf", archive, "package/deno"], folder);
  return `${folder}/package/deno`;
}

async function beginningOf(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) throw new Error(`${path}: there is no such file`);
    throw error;
  });
  const bytes = new Uint8Array(HEADER_BYTES);
  return bytes.subarray(0, await file.read(bytes) ?? 0);
}

/** e_machine of elf(5); null: no ELF file of a machine with the little end first. Pure. */
export function machineOf(beginning: Uint8Array): number | null {
  if (beginning.length < HEADER_BYTES || MAGIC.some((byte, index) => beginning[index] !== byte)) return null;
  const littleEndian = beginning[5] === 1;
  return littleEndian ? new DataView(beginning.buffer, beginning.byteOffset).getUint16(18, true) : null;
}

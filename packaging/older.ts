// Takes packages away that a newer one replaces. Removes files of one folder.

import type { Architecture } from "./paths.ts";

/** Removes what `deno task package` has made in `folder` for this architecture before; `made` stays: paths. */
export async function removeOlder(
  folder: string,
  architecture: Architecture,
  made: readonly string[],
): Promise<void> {
  const ours = new RegExp(`^pvd_[^_]+_${architecture}\\.(?:deb|tar\\.gz)$`);
  const kept = made.map((path) => path.slice(path.lastIndexOf("/") + 1));
  for (const { name, isFile } of [...Deno.readDirSync(folder)]) {
    if (isFile && ours.test(name) && !kept.includes(name)) await Deno.remove(`${folder}/${name}`);
  }
}

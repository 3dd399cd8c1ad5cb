// Domains as an administrator makes them with ip(8): the peer of what the broker and the helper do.

import { bootTimeMs } from "../../lib/linux/time.ts";
import { run } from "../lab/lab.ts";
import { LAB_FOLDER } from "../lab/paths.ts";

/** What is done inside a namespace. */
export function insideByHand(number: number): string[] {
  return [
    "link set lo up",
    "link set mifpvd up",
    `addr add 2001:db8:1:1::${(number + 0x1000).toString(16)}/64 dev mifpvd`,
    "route add default via fe80::1 dev mifpvd",
  ];
}

/** The lines that make the namespace `name` with a macvlan on eth1 and `insideByHand` in it. */
export async function domainByHand(name: string, number: number): Promise<string[]> {
  const path = `${LAB_FOLDER}/${name}.batch`;
  await Deno.writeTextFile(path, `${insideByHand(number).join("\n")}\n`);
  return [
    `netns add ${name}`,
    `link add link eth1 name mifpvd netns ${name} type macvlan mode bridge`,
    `netns exec ${name} ip -batch ${path}`,
  ];
}

/** How long one `ip -batch` takes for so many, in milliseconds; they are gone afterwards. */
export async function manyByHand(count: number): Promise<number> {
  const names = Array.from({ length: count }, (_, number) => `peer-${number}`);
  const lines = (await Promise.all(names.map(domainByHand))).flat();
  const start = bootTimeMs();
  await batch(lines);
  const took = bootTimeMs() - start;
  await batch(names.map((name) => `netns del ${name}`));
  return took;
}

export async function batch(lines: readonly string[]): Promise<void> {
  const { status, stderr } = await run(["ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  if (status !== 0) throw new Error(`ip -batch: ${stderr}`);
}

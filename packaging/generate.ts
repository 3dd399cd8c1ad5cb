// What is installed beside the programs and is made at build time: man pages, completions, the settings file. Run as
// `deno run -A packaging/generate.ts [FOLDER]`; it writes below FOLDER (else dist) and nothing else.

import config from "../deno.json" with { type: "json" };
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { pvdPage } from "./man/pvd_1.ts";
import { pvdAdvertiseTomlPage } from "./man/pvd_advertise_toml_5.ts";
import { pvdTomlFile, pvdTomlPage } from "./man/pvd_toml_5.ts";
import type { PageFacts } from "./man/roff.ts";

const ADVERTISE_DOCUMENT = new URL("../docs/advertise.md", import.meta.url);

/** Path below the folder, and content. Where each is installed is the path's own business, below /usr/share but for
 * the last, which is /etc/pvd/pvd.toml. */
export function generated(facts: PageFacts, advertiseDocument: string): ReadonlyMap<string, string> {
  return new Map([
    ["man/man1/pvd.1", pvdPage(facts)],
    ["man/man5/pvd.toml.5", pvdTomlPage(facts)],
    ["man/man5/pvd-advertise.toml.5", pvdAdvertiseTomlPage(facts, advertiseDocument)],
    ["bash-completion/completions/pvd", bashCompletion()],
    ["zsh/vendor-completions/_pvd", zshCompletion()],
    ["fish/vendor_completions.d/pvd.fish", fishCompletion()],
    ["etc/pvd/pvd.toml", pvdTomlFile()],
  ]);
}

/** The day that a build says it was made on: SOURCE_DATE_EPOCH (reproducible-builds.org), in seconds, or now. */
export function buildDate(epoch: string | undefined, nowMs: number): string {
  const ms = epoch !== undefined && /^\d{1,11}$/.test(epoch) ? Number(epoch) * 1000 : nowMs;
  return new Date(ms).toISOString().slice(0, 10);
}

/** Writes all of them below `folder`; `version` is what the pages say theirs is. */
export function generate(folder: string, version: string = config.version): void {
  const date = buildDate(Deno.env.get("SOURCE_DATE_EPOCH"), Date.now());
  const files = generated({ version, date }, Deno.readTextFileSync(ADVERTISE_DOCUMENT));
  for (const [path, text] of files) {
    const file = `${folder}/${path}`;
    Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(file, text);
  }
}

if (import.meta.main) generate(Deno.args[0] ?? "dist");

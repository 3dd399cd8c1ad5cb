// `pvd advertise --config FILE [--check | --once]`: be a router that advertises provisioning domains. Reads the
// command line and the settings file; what it does then is in run.ts. docs/advertise.md describes it.

import { escapeName, escapeText } from "../../lib/escape.ts";
import { EXIT_USAGE } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { print } from "../terminal.ts";
import { writeError } from "../write.ts";
import { advertisements, sendsImplicit } from "./messages.ts";
import { run } from "./run.ts";
import { type InterfaceSettings, readSettings, type SettingsResult } from "./settings.ts";

/** EX_CONFIG of sysexits(3). */
const EXIT_CONFIG = 78;
/** What --check, which looks at no link, takes for the MTU: Ethernet's. */
const ASSUMED_MTU = 1500;

interface Arguments {
  readonly config: string;
  readonly mode: "run" | "check" | "once";
}

/** Runs the command; `args` are those after its name. The exit status. */
export async function advertise(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args);
  if (typeof parsed === "string") {
    log(parsed);
    log("usage: pvd advertise --config FILE [--check | --once]");
    return EXIT_USAGE;
  }
  const read = () => readFile(parsed.config);
  const settings = read();
  if (!settings.ok) {
    for (const problem of settings.problems) log(problem);
    return EXIT_CONFIG;
  }
  if (parsed.mode === "check") {
    for (const each of settings.interfaces) print(`${summary(each).join("\n")}\n`);
    return 0;
  }
  return await run(settings.interfaces, { once: parsed.mode === "once", reload: read, log });
}

/** What is asked for, or the sentence that says why not. */
export function parseArguments(args: readonly string[]): Arguments | string {
  let config: string | null = null;
  let mode: Arguments["mode"] = "run";
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--config" || arg.startsWith("--config=")) {
      config = arg === "--config" ? args[++index] ?? "" : arg.slice("--config=".length);
    } else if (arg === "--check" || arg === "--once") {
      const wanted = arg === "--check" ? "check" : "once";
      if (mode !== "run" && mode !== wanted) return "--check and --once exclude each other";
      mode = wanted;
    } else {
      const near = nearest(arg, ["--config", "--check", "--once"]);
      return `${escapeText(arg)} is not known${near === null ? "" : `; did you mean ${near}?`}`;
    }
  }
  return config === null || config === "" ? "--config FILE is missing" : { config, mode };
}

function readFile(fileName: string): SettingsResult {
  let text: string;
  try {
    text = Deno.readTextFileSync(fileName);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/: .*/s, "") : String(error);
    return { ok: false, problems: [`${escapeText(fileName)} cannot be read: ${escapeText(why)}`] };
  }
  return readSettings(text, fileName);
}

/** What --check says of an interface. */
function summary(settings: InterfaceSettings): string[] {
  const { messages, problems } = advertisements(settings, { mac: "", mtu: settings.mtu ?? ASSUMED_MTU });
  const domains = settings.pvds.map(({ id, encoding }) => `${escapeName(id)} (${encoding})`);
  if (sendsImplicit(settings)) domains.unshift("implicit");
  return [
    `${settings.name}: ${messages.length} advertisement${messages.length === 1 ? "" : "s"} a round: ${
      domains.join(", ")
    }`,
    ...problems.map((problem) => `${settings.name}: left out: ${problem}`),
  ];
}

function log(line: string): void {
  writeError(`pvd advertise: ${line}\n`);
}

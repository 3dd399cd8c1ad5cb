// Where the time of a start goes, once the runtime runs: request and broker, polkit, helper, the started process. As an
// unprivileged person, each start beside polkit's own time in it. Prints; asserts nothing.

import { INSTALLED_DENO } from "../../packaging/paths.ts";
import { run, runAs } from "../lab/lab.ts";
import { LAB_FOLDER } from "../lab/paths.ts";
import type { LaunchTimes } from "./launch_client.ts";
import { PolkitWatch, type Question } from "./launch_polkit.ts";
import { missed } from "./missed.ts";
import { median, spread } from "./numbers.ts";

const STARTS = 60;
/** The first ones, which the runtime has yet to compile. */
const LEFT_OUT = 10;
const MOST_MS = 2.5;
const CLIENT = `${LAB_FOLDER}/launch_client.js`;

/** `id`: of a PvD that alice may use; `timer`: launch_timer.c, built. */
export async function launchSplit(id: string, timer: string): Promise<void> {
  await bundleClient();
  const watch = await PolkitWatch.start();
  const command = [INSTALLED_DENO, "run", "--quiet", "--no-config", "--allow-all", CLIENT];
  const { status, stdout, stderr } = await runAs("alice", [...command, id, String(STARTS), timer]);
  const questions = await watch.end();
  if (status !== 0) throw new Error(`launch_client.ts: status ${status}: ${stderr}`);
  const starts = stdout.trim().split("\n").map((line): LaunchTimes => JSON.parse(line));
  const parts = starts.slice(LEFT_OUT).map((start) => partsOf(start, questions));
  const line = (name: string, of: (part: Parts) => number) =>
    console.log(`    ${name}: ${spread(parts.map(of))}`);
  console.log(
    `a start as an unprivileged person, from a client that runs already, each part by the clock (${parts.length} starts)`,
  );
  line(
    "request made, sent, checked by the broker, until the bus has the question to polkit",
    (p) => p.before,
  );
  line("polkit, until the bus has its answer", (p) => p.polkit);
  line(
    "broker and helper, until the client has the helper's word that the process is there",
    (p) => p.helper,
  );
  line("that process, until the program's main (it does not wait for the word)", (p) => p.child);
  const own = parts.map(({ before, helper, child }) => before + helper + child);
  console.log(
    `    from the request to the program's main without polkit's part: ${spread(own)}; wanted: at most ` +
      `${MOST_MS} ms${missed(median(own) <= MOST_MS)}`,
  );
}

/** Milliseconds; together from the request to main. `child` is negative where main came before the word. */
interface Parts {
  readonly before: number;
  readonly polkit: number;
  readonly helper: number;
  readonly child: number;
}

/** With the question that was asked during that start. Throws Error where there was none. */
function partsOf(start: LaunchTimes, questions: readonly Question[]): Parts {
  const [from, to] = [start.askedMs + start.realMs, start.mainMs + start.realMs];
  const question = questions.find(({ askedMs, answeredMs }) => askedMs >= from && answeredMs <= to);
  if (question === undefined) throw new Error("a program was started without a question to polkit");
  return {
    before: question.askedMs - from,
    polkit: question.answeredMs - question.askedMs,
    helper: start.startedMs + start.realMs - question.answeredMs,
    child: start.mainMs - start.startedMs,
  };
}

async function bundleClient(): Promise<void> {
  const [source, config] = ["launch_client.ts", "../../deno.json"].map((name) =>
    new URL(name, import.meta.url).pathname
  );
  const { status, stderr } = await run([
    ...[Deno.execPath(), "bundle", "--quiet", `--config=${config}`, "-o", CLIENT, source ?? ""],
  ]);
  if (status !== 0) throw new Error(`cannot bundle launch_client.ts: ${stderr}`);
  Deno.chmodSync(CLIENT, 0o644);
}

// A client that starts a program in a PvD again and again, and tells when it asked and when it was answered: what
// `pvd run` does, without the start of the runtime. A program of its own, bundled and started as an unprivileged person
// by launch_split.ts: ID COUNT TIMER. Prints a LaunchTimes a line.

import { connectBroker } from "../../client/api.ts";
import { requestRun } from "../../client/run.ts";
import { close } from "../../lib/linux/fd.ts";
import { makePipe, readPipe } from "../../lib/linux/pipe.ts";
import { bootTimeMs } from "../../lib/linux/time.ts";

/** Of one start, milliseconds of CLOCK_BOOTTIME. */
export interface LaunchTimes {
  /** Before the request is made. */
  readonly askedMs: number;
  /** The helper's word that it has started. */
  readonly startedMs: number;
  /** The program's main. */
  readonly mainMs: number;
  /** To be added for CLOCK_REALTIME. */
  readonly realMs: number;
}

const NS_PER_MS = 1e6;

async function launch(id: string, timer: string): Promise<LaunchTimes> {
  const broker = connectBroker();
  const { reading, writing } = makePipe();
  try {
    const domain = await broker.resolve(id);
    const command = { argv: [new TextEncoder().encode(timer)], environment: [] };
    const askedMs = bootTimeMs();
    requestRun(broker, domain, command, { ...command, ignored: [] }, [0, writing, 2], false);
    const first = await broker.connection.receive(null);
    const startedMs = bootTimeMs();
    if (JSON.stringify(first)?.includes('"started"') !== true) {
      throw new Error(`${id}: ${JSON.stringify(first)}`);
    }
    // Its end.
    await broker.connection.receive(null);
    const text = new Uint8Array(64);
    const length = readPipe(reading, text);
    const [boot, real] = new TextDecoder().decode(text.subarray(0, length)).trim().split(" ").map(Number);
    if (boot === undefined || real === undefined) throw new Error(`${timer} told no time`);
    return { askedMs, startedMs, mainMs: boot / NS_PER_MS, realMs: (real - boot) / NS_PER_MS };
  } finally {
    broker.close();
    close(reading);
    close(writing);
  }
}

if (import.meta.main) {
  const [id = "", count = "0", timer = ""] = Deno.args;
  for (let left = Number(count); left > 0; left--) console.log(JSON.stringify(await launch(id, timer)));
}

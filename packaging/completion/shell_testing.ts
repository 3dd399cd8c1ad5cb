// For tests only: a shell with a person at it. Starts the shell on a terminal of its own (script(1)), has it load our
// completion, and types. Touches a folder for the test, in which a file appears where something is executed that
// should not be.

import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

export type Shell = "bash" | "zsh" | "fish";
export const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** Whether a program is on this machine. */
export function isInstalled(program: string): boolean {
  return ["/usr/bin", "/bin"].some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

const COMMAND_LINES: Readonly<Record<Shell, string>> = {
  bash: "bash --norc --noprofile -i",
  zsh: "zsh -f -i",
  fish: "fish --no-config -i",
};

/** `pvd` itself is a function that shows its arguments. The words in two pieces: what is typed is echoed. */
const LOADS: Readonly<Record<Shell, string>> = {
  bash: `. ./pvd.bash; pvd() { printf 'ARG<%s>\\n' "$@"; echo EN""D; }; echo REA""DY`,
  zsh: `fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; ` +
    `pvd() { printf 'ARG<%s>\\n' "$@"; echo EN""D }; echo REA""DY`,
  fish: `source ./pvd.fish; function pvd; printf 'ARG<%s>\\n' $argv; echo EN""D; end; echo REA""DY`,
};

const WATCHDOG_MS = 60_000;

export interface Person {
  /** What stands in the broker's file from now on. */
  names(lines: readonly string[]): void;
  /** Types a line, tabs too, and Enter; gives the arguments that pvd got. */
  line(text: string): Promise<string[]>;
  /** What is in the test's folder and was not put there. */
  strangers(): string[];
  leave(): Promise<void>;
}

/** Starts a shell on a terminal. */
export async function sitAt(shell: Shell): Promise<Person> {
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${folder}/pvd.bash`, bashCompletion());
  Deno.writeTextFileSync(`${folder}/_pvd`, zshCompletion());
  Deno.writeTextFileSync(`${folder}/pvd.fish`, fishCompletion());
  Deno.mkdirSync(`${folder}/home`);
  Deno.mkdirSync(`${folder}/run`);
  const child = new Deno.Command("script", {
    args: ["-q", "-c", COMMAND_LINES[shell], "/dev/null"],
    cwd: folder,
    clearEnv: true,
    env: {
      PATH: "/usr/bin:/bin",
      HOME: `${folder}/home`,
      TERM: "dumb",
      LC_ALL: "C.UTF-8",
      PVD_SOCKET: `${folder}/run/client.sock`,
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const own = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const writer = child.stdin.getWriter();
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let seen = "";
  const until = async (mark: string) => {
    for (;;) {
      const at = seen.indexOf(mark);
      if (at >= 0) {
        const before = seen.slice(0, at);
        seen = seen.slice(at + mark.length);
        return before;
      }
      const { value, done } = await reader.read();
      if (done) throw new Error(`${shell} ended, or did not answer: ${seen}`);
      seen += decoder.decode(value, { stream: true });
    }
  };
  // A shell that waits for a quote to be closed would wait for ever.
  const watchdog = setTimeout(() => child.kill("SIGKILL"), WATCHDOG_MS);
  const type = (text: string) => writer.write(new TextEncoder().encode(text));
  await type(`${LOADS[shell]}\n`);
  await until("READY\r\n");
  return {
    names: (lines) =>
      Deno.writeTextFileSync(`${folder}/run/domains`, lines.map((line) => `${line}\n`).join("")),
    async line(text) {
      await type(`${text}\n`);
      const shown = await until("END\r\n");
      return [...shown.matchAll(/ARG<([^\r\n]*)>\r\n/g)].map(([, argument = ""]) => argument);
    },
    strangers: () =>
      [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => !own.includes(name)),
    async leave() {
      await type("exit\n").catch(() => {});
      await writer.close().catch(() => {});
      for (;;) if ((await reader.read()).done) break;
      await child.status;
      clearTimeout(watchdog);
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

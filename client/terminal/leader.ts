// The leader of a program's session on a terminal of its own: a small shell that does for one program what the
// person's shell does for its jobs (credentials(7), POSIX 2.11). Without such a parent in its session the kernel would
// discard the program's SIGTSTP, and Ctrl-Z in an editor would do nothing. Pure: how the leader is called.

const ENV = "/usr/bin/env";
const EQUALS = "=".charCodeAt(0);
/** Linux: MAX_ARG_STRLEN, one string of an argument list. */
const MAX_SCRIPT_CHARS = 131_000;

/** Shells that give a job the terminal also where they are not interactive, best first. */
export const JOB_SHELLS = ["/bin/dash", "/usr/bin/dash"] as const;
export const ANY_SHELL = "/bin/sh";

/** Signals that the leader understands, with SIGCONT after them: let the program go on in the foreground of its
 * terminal, or in the background. SIGURG tells pvd that the program has stopped: it harms nobody. */
export const CONTINUE_IN_FOREGROUND = "USR1";
export const CONTINUE_IN_BACKGROUND = "USR2";
export const STOPPED = "URG";

export interface Command {
  readonly argv: readonly Uint8Array[];
  readonly environment: readonly Uint8Array[];
}

/** The command that leads the session of `program`, whose standard input is the terminal. The environment travels in
 * the leader's own, which nobody else may read, under other names: as arguments it would stand in `ps`. Throws
 * RangeError where it has too many entries. */
export function leaderOf(
  program: Command,
  { shell, foreground, pid, ignored }: {
    /** One of JOB_SHELLS, or ANY_SHELL: then the program is the leader itself, and only shells in it can stop jobs. */
    readonly shell: string;
    /** Whether it may use the terminal at once, or asks for it first by reading (SIGTTIN). */
    readonly foreground: boolean;
    /** Whom to tell. */
    readonly pid: number;
    /** Signals by number that the program has ignored; not the leader, which could set no traps for them. */
    readonly ignored: readonly number[];
  },
): Command {
  const encoder = new TextEncoder();
  // Entries that are no assignment cannot be passed on by env, and mean nothing to programs.
  const entries = program.environment.filter((entry) => entry.indexOf(EQUALS) > 0);
  const names = entries.map((_, index) => `e${index}`);
  const script = scriptFor(names, shell !== ANY_SHELL, ignored);
  if (script.length > MAX_SCRIPT_CHARS) {
    throw new RangeError(
      `an environment of ${entries.length} entries is too long for a program on a terminal`,
    );
  }
  const words = [shell, "-c", script, "pvd", foreground ? "foreground" : "background", String(pid)];
  // env(1) would take a path with "=" in it for a variable.
  const wrapped = program.argv[0]?.includes(EQUALS) ? [ANY_SHELL, "-c", 'exec "$0" "$@"'] : [];
  return {
    argv: [...[...words, ...wrapped].map((word) => encoder.encode(word)), ...program.argv],
    environment: entries.map((entry, index) => join(encoder.encode(`e${index}=`), entry)),
  };
}

/** A session leader's first terminal becomes its controlling one when it opens it, here with the person's own rights.
 * The shell's own messages about jobs go nowhere; the job has the standard error that was given. */
function scriptFor(names: readonly string[], jobControl: boolean, ignored: readonly number[]): string {
  const values = names.map((name) => `"$${name}" `).join("");
  const take = [
    ": </proc/self/fd/0 || exit 125",
    "how=$1 pid=$2",
    "shift 2",
    `set -- ${values}"$@"`,
    ...(names.length > 0 ? [`unset ${names.join(" ")}`] : []),
  ];
  const ignore = ignored.length === 0 ? "" : `--ignore-signal=${ignored.join(",")} `;
  const become = `exec ${ENV} ${ignore}-i -- "$@"`;
  if (!jobControl) return [...take, become].join("\n");
  return [
    ...take,
    "exec 3>&2 2>/dev/null",
    "set -m",
    // A key pressed while the terminal is still the leader's, before the program has it or has it back, is the program's.
    "trap 'kill -INT %1' INT",
    "trap 'kill -QUIT %1' QUIT",
    `trap 'how=foreground' ${CONTINUE_IN_FOREGROUND}`,
    `trap 'how=background' ${CONTINUE_IN_BACKGROUND}`,
    `if [ $how = foreground ]; then (exec 2>&3 3>&-; ${become})`,
    `else (exec 2>&3 3>&-; ${become}) & wait %1; fi`,
    "status=$?",
    // The first `jobs` would still show one that has just ended.
    "while jobs %1 >/dev/null && jobs %1 >/dev/null; do",
    `kill -${STOPPED} $pid`,
    "kill -STOP $$",
    "if [ $how = foreground ]; then fg %1 >/dev/null; else bg %1 >/dev/null; wait %1; fi",
    "status=$?",
    "done",
    "exit $status",
  ].join("\n");
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

// Reads the lab's command line. Pure: it touches nothing.

/** Who plays router: ours, Debian's radvd for the implicit domains beside ours, a program of the caller's, nobody. */
export type RouterMode = "pvd" | "radvd" | "none" | "command";

/** What the outer process tells the one inside, as JSON. */
export interface LabOptions {
  /** Whom COMMAND runs as; null: root. */
  readonly user: string | null;
  readonly routers: RouterMode;
  /** Path of the executable that plays router; only with `routers` "command". */
  readonly routerCommand: string | null;
  /** Empty: a shell. */
  readonly command: readonly string[];
}

/** The text for --help, and for a command line that is not understood. */
export const USAGE =
  `usage: deno task lab [--as USER] [--routers pvd|radvd|none] [--router-command FILE] [--] [COMMAND...]

Brings up a client, two routers and two servers in network namespaces of their own, runs COMMAND on the
client (a shell where none is given), takes everything down, and ends with COMMAND's status.

  --as USER              run COMMAND as USER instead of root: alice, bob or a user of this machine
  --routers pvd          pvd advertise on both routers (the default)
  --routers radvd        Debian's radvd for the implicit domains, pvd advertise for the explicit ones
  --routers none         nobody advertises
  --router-command FILE  start the executable FILE in each router's namespace, with R1 or R2 as its argument`;

const MODES: readonly RouterMode[] = ["pvd", "radvd", "none"];

/** The options, or SyntaxError with a sentence for people. */
export function parseOptions(args: readonly string[]): LabOptions | "help" {
  let user: string | null = null;
  let routers: RouterMode | null = null;
  let routerCommand: string | null = null;
  const rest = [...args];
  const value = (option: string, inline: string | undefined): string => {
    const given = inline ?? rest.shift();
    if (given === undefined || given === "") throw new SyntaxError(`${option} needs a value`);
    return given;
  };
  while (rest.length > 0 && rest[0]?.startsWith("-")) {
    const word = rest.shift() ?? "";
    if (word === "--") break;
    const [option = word, inline] = split(word);
    switch (option) {
      case "-h":
      case "--help":
        return "help";
      case "--as":
        user = value(option, inline);
        break;
      case "--routers": {
        const given = value(option, inline);
        const mode = MODES.find((mode) => mode === given);
        if (mode === undefined) throw new SyntaxError(`--routers is pvd, radvd or none, not ${given}`);
        routers = mode;
        break;
      }
      case "--router-command":
        routerCommand = value(option, inline);
        break;
      default:
        throw new SyntaxError(`unknown option ${option}`);
    }
  }
  if (routerCommand !== null && routers !== null) {
    throw new SyntaxError("--router-command and --routers exclude each other");
  }
  return {
    user,
    routers: routerCommand !== null ? "command" : routers ?? "pvd",
    routerCommand,
    command: rest,
  };
}

function split(word: string): [string, string | undefined] {
  const at = word.startsWith("--") ? word.indexOf("=") : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

// The booted machine: switched on and off, programs run in it as root, as people without a session, or typed at its
// console. Starts systemd-nspawn(1), and enters its namespaces.

import { inCgroups } from "./traces.ts";
import { Console } from "./console.ts";
import { CONSOLE_READY, DEVICE_NODES, DEVICES, type Person, ROOT } from "./machine_root.ts";

/** The link between machine and router: its name on either side. */
export const MACHINE_LINK = "eth0";
export const ROUTER_LINK = "lan";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** A container is denied them as a whole, and a machine is not: systemd needs the first to hold a service to its devices,
 * and the others are what programs may do. */
const CALLS = ["bpf", "adjtimex", "clock_adjtime", "add_key", "keyctl", "request_key"];
/** As Debian has cgroups(7); only there is a service held to its devices. */
export const UNIFIED = "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1";
const BOOT_MS = 60_000;
const POWER_OFF_MS = 60_000;

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Machine {
  #on: { readonly nspawn: Deno.ChildProcess; readonly console: Console; readonly pid: number } | null = null;
  /** Folders of the host's that the machine sees, read-only: path there, path here. */
  readonly #shown: readonly (readonly [string, string])[];
  readonly #cgroups: readonly string[];

  constructor(cgroups: readonly string[], shown: readonly (readonly [string, string])[]) {
    this.#cgroups = cgroups;
    this.#shown = shown;
  }

  get console(): Console {
    if (this.#on === null) throw new Error("the machine is off");
    return this.#on.console;
  }

  /** Boots; done when everything has started and alice is logged in. Gives how long that took, in ms. */
  async switchOn(): Promise<number> {
    const began = performance.now();
    const nspawn = [
      ...["systemd-nspawn", "--quiet", "--boot", `--directory=${ROOT}`, "--machine=pvd-boot"],
      // Nobody on the host is told, and nothing of the host's is put into the machine.
      ...["--register=no", "--keep-unit", "--settings=no", "--link-journal=no"],
      ...["--resolv-conf=off", "--timezone=off", "--console=interactive"],
      `--network-veth-extra=${ROUTER_LINK}:${MACHINE_LINK}`,
      // The host's virtual terminals are not the machine's; if logind sees them, the console is no seat.
      "--tmpfs=/sys/class/tty",
      `--system-call-filter=${CALLS.join(" ")}`,
      ...Object.keys(DEVICES).map((name) => `--bind=${DEVICE_NODES}/${name}:/dev/${name}`),
      ...this.#shown.map(([there, here]) => `--bind-ro=${here}:${there}`),
    ];
    // script(1) gives the machine a terminal for its console.
    const quoted = nspawn.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const [program = "", ...args] = [
      ...inCgroups(this.#cgroups),
      ...[
        "script",
        "--quiet",
        "--return",
        "--flush",
        "--command",
        `exec env ${UNIFIED} ${quoted}`,
        "/dev/null",
      ],
    ];
    const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "inherit" })
      .spawn();
    const console = new Console(child.stdin, child.stdout);
    await console.until(CONSOLE_READY, BOOT_MS);
    this.#on = { nspawn: child, console, pid: machinesPid1() };
    await this.check("systemctl is-system-running --wait > /dev/null || systemctl --failed --no-legend >&2");
    return performance.now() - began;
  }

  /** Shuts down in order; throws where that takes longer than a person waits. Gives how long it took, in ms. */
  async switchOff(): Promise<number> {
    if (this.#on === null) throw new Error("the machine is off");
    const began = performance.now();
    const { nspawn, console } = this.#on;
    await this.sh("systemctl poweroff");
    this.#on = null;
    const timer = setTimeout(() => nspawn.kill("SIGKILL"), POWER_OFF_MS);
    const { code } = await nspawn.status;
    clearTimeout(timer);
    await console.end();
    if (code !== 0) throw new Error(`the machine ended with status ${code}:\n${console.tail(30)}`);
    return performance.now() - began;
  }

  /** A bash script as root, in the machine's namespaces. */
  sh(script: string): Promise<Outcome> {
    return this.#enter(["bash", "-c", script]);
  }

  /** The same, and what it prints; throws Error where its status is not 0. */
  async check(script: string): Promise<string> {
    const { status, stdout, stderr } = await this.sh(script);
    if (status !== 0) throw new Error(`${script}\nended with status ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** As a person who has no session: a cron job, so to speak. */
  as(person: Person | "pvd", script: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const user = ["setpriv", "--reuid", person, "--regid", person, "--init-groups", "--inh-caps=-all"];
    const variables = { HOME: `/home/${person}`, USER: person, LOGNAME: person, ...env };
    return this.#enter([...user, "env", ...assignments(variables), "bash", "-c", script]);
  }

  /** As a person with a session that is not at the seat, as one over the network is. */
  elsewhere(person: Person, script: string): Promise<Outcome> {
    const unit = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", `--uid=${person}`];
    return this.#enter([...unit, "--property=PAMName=login", "bash", "-c", script]);
  }

  /** Starts a bash script as root that goes on; its three streams are pipes. */
  spawn(script: string): Deno.ChildProcess {
    const [program = "", ...args] = this.#entering(["bash", "-c", script]);
    return new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  }

  async #enter(argv: readonly string[]): Promise<Outcome> {
    const [program = "", ...args] = this.#entering(argv);
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder();
    return { status: code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  #entering(argv: readonly string[]): string[] {
    if (this.#on === null) throw new Error("the machine is off");
    const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
    const environment = [
      "env",
      "-i",
      ...assignments({ PATH, TERM: "dumb", LANG: "C.UTF-8", SYSTEMD_PAGER: "cat" }),
    ];
    return [
      "nsenter",
      "--target",
      String(this.#on.pid),
      ...namespaces,
      "--",
      ...environment,
      ...argv,
    ];
  }
}

function assignments(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

/** Its process 1, as this pid namespace numbers it: the one that is 1 in a namespace below. */
function machinesPid1(): number {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const numbers = /^NSpid:\s*(.*)$/m.exec(statusOf(name))?.[1]?.split(/\s+/) ?? [];
    if (numbers.length > 1 && numbers.at(-1) === "1") return Number(name);
  }
  throw new Error("the machine has no process 1");
}

function statusOf(pid: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/status`);
  } catch {
    return "";
  }
}

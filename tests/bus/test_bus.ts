// A system bus of the caller's own: the real dbus-daemon and the real polkitd, with only our policy, our bus policy
// and the caller's rules. Must be called in a mount namespace with private propagation, where /run is the caller's
// own and user pvd exists: tests/lab/mounts.ts makes both. Touches nothing outside; the folders go with the namespace.

import { run } from "../lab/run.ts";
import { findUser } from "../lab/users.ts";
import { Daemon } from "./daemon.ts";

export interface BusOptions {
  /** Rule files by name; asked in the order of their names. */
  readonly rules?: Readonly<Record<string, string>>;
  /** "none": nobody answers for polkit; "fake": nobody either, but root may take its name. */
  readonly polkit?: "real" | "none" | "fake";
}

const ROOT = new URL("../../", import.meta.url);
const POLKITD = "/usr/lib/polkit-1/polkitd";
const ACTIONS_FOLDER = "/usr/share/polkit-1/actions";
const PACKAGED_RULES_FOLDER = "/usr/share/polkit-1/rules.d";
const RULES_FOLDER = "/etc/polkit-1/rules.d";
const BUS_POLICY_FOLDER = "/usr/share/dbus-1/system.d";
const POLKIT_BUS_POLICY = `${BUS_POLICY_FOLDER}/org.freedesktop.PolicyKit1.conf`;
/** Of these nothing of the host's is wanted: rules, policies, programs that the bus would start. */
const EMPTIED_FOLDERS = [
  ...[ACTIONS_FOLDER, PACKAGED_RULES_FOLDER, RULES_FOLDER, BUS_POLICY_FOLDER],
  ...["/etc/dbus-1/system.d", "/usr/share/dbus-1/system-services", "/run/dbus", "/run/systemd"],
];
/** polkitd looks here for who is logged in where. */
const LOGIN_FOLDERS = ["sessions", "users", "seats", "machines"].map((name) => `/run/systemd/${name}`);
const FAKE_POLKIT_POLICY = `<busconfig>
  <policy user="root"><allow own="org.freedesktop.PolicyKit1"/></policy>
</busconfig>
`;

export class TestBus {
  readonly #bus: Daemon;
  #polkit: Daemon | null = null;

  constructor(bus: Daemon) {
    this.#bus = bus;
  }

  /** Done when polkit has its name on the bus. */
  async startPolkit(): Promise<void> {
    this.#polkit = new Daemon([POLKITD]);
    await this.#polkit.prints(/Acquired the name org\.freedesktop\.PolicyKit1 /);
  }

  async stopPolkit(): Promise<void> {
    await this.#polkit?.end();
    this.#polkit = null;
  }

  /** Gives a rule file that was there from the start another text, or with null removes it; done when polkit goes by it,
   * and loads nothing any more. A new file, and one that takes another's place by rename, polkit loads twice: a test
   * would go on after the first time. */
  async setRule(name: string, text: string | null): Promise<void> {
    const path = `${RULES_FOLDER}/${name}`;
    const loaded = this.#polkit?.prints(/Finished loading, compiling and executing/);
    // In place: it is read when it is closed.
    if (text === null) Deno.removeSync(path);
    else Deno.writeTextFileSync(path, text, { create: false });
    await loaded;
  }

  /** Done when both daemons are gone. */
  async stop(): Promise<void> {
    await this.stopPolkit();
    await this.#bus.end();
  }
}

/** Lays the folders out and starts both daemons; done when both are ready. Each call begins anew. */
export async function startBus(options: BusOptions = {}): Promise<TestBus> {
  const { rules = {}, polkit = "real" } = options;
  const polkitBusPolicy = Deno.readTextFileSync(POLKIT_BUS_POLICY);
  for (const folder of EMPTIED_FOLDERS) await empty(folder);
  for (const folder of LOGIN_FOLDERS) Deno.mkdirSync(folder, { mode: 0o755 });
  const { uid, gid } = findUser("messagebus");
  Deno.chownSync("/run/dbus", uid, gid);

  Deno.writeTextFileSync(POLKIT_BUS_POLICY, polkitBusPolicy);
  copy("packaging/dbus/net.pvd1.conf", `${BUS_POLICY_FOLDER}/net.pvd1.conf`);
  if (polkit === "fake") Deno.writeTextFileSync(`${BUS_POLICY_FOLDER}/fake-polkit.conf`, FAKE_POLKIT_POLICY);
  copy("polkit/net.pvd1.policy", `${ACTIONS_FOLDER}/net.pvd1.policy`);
  const owner = findUser("polkitd");
  for (const folder of [PACKAGED_RULES_FOLDER, RULES_FOLDER]) {
    // As Debian has them: what administrators decided is nobody else's to read.
    Deno.chownSync(folder, owner.uid, 0);
    Deno.chmodSync(folder, 0o700);
  }
  for (const [name, text] of Object.entries(rules)) {
    Deno.writeTextFileSync(`${RULES_FOLDER}/${name}`, text, { mode: 0o644 });
  }

  const daemon = new Daemon(["dbus-daemon", "--system", "--nofork", "--nopidfile", "--print-address=1"]);
  await daemon.prints(/^unix:/);
  const bus = new TestBus(daemon);
  if (polkit === "real") await bus.startPolkit();
  return bus;
}

/** The text of one of polkit/examples. */
export function exampleRule(name: string): string {
  return Deno.readTextFileSync(new URL(`polkit/examples/${name}`, ROOT));
}

/** A tmpfs over what was there, or a new one over the last call's. */
async function empty(folder: string): Promise<void> {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o755 });
  await run(["mount", "-n", "-t", "tmpfs", "-o", "mode=0755,nosuid,nodev", "pvd-test-bus", folder]);
}

function copy(from: string, to: string): void {
  Deno.writeTextFileSync(to, Deno.readTextFileSync(new URL(from, ROOT)), { mode: 0o644 });
}

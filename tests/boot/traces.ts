// What a run leaves outside of its namespaces: a folder below /tmp, and cgroups of the machine's own, in the hierarchies
// that systemd-nspawn(1) uses (one on cgroup v2, the named one beside it on cgroup v1). A mount namespace hides neither,
// so a shell of its own takes them away, also after this process was killed.

/** Where systemd has them, by what the host's kernel was started with. */
const HIERARCHIES = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];

/** Waits until its standard input ends, which is when this process does, however it ends. */
const TAKE_AWAY = `trap '' INT TERM HUP; cat > /dev/null
rm -rf -- "$1"; shift
for attempt in $(seq 100); do
  left=
  for folder; do
    [ -d "$folder" ] || continue
    find "$folder" -depth -type d -exec rmdir {} + 2> /dev/null || left=1
  done
  [ "$left" ] || exit 0
  sleep 0.1
done`;

export interface Traces extends AsyncDisposable {
  /** A folder for this run. */
  readonly work: string;
  /** Folders of cgroups(7). */
  readonly cgroups: readonly string[];
}

/** Makes them. Throws Error on a system without cgroups. */
export function makeTraces(): Traces {
  const cgroups = HIERARCHIES.filter(isHierarchy).map((hierarchy) => `${hierarchy}/pvd-boot-${Deno.pid}`);
  if (cgroups.length === 0) {
    throw new Error("no cgroup hierarchy is mounted that systemd can use (cgroups(7))");
  }
  const work = Deno.makeTempDirSync({ prefix: "pvd-boot-" });
  // The machine's people read it.
  Deno.chmodSync(work, 0o755);
  for (const folder of cgroups) Deno.mkdirSync(folder);
  const waiter = new Deno.Command("setsid", {
    args: ["sh", "-c", TAKE_AWAY, "sh", work, ...cgroups],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    work,
    cgroups,
    [Symbol.asyncDispose]: async () => {
      await waiter.stdin.close();
      await waiter.status;
    },
  };
}

/** The beginning of a command line whose rest runs in them. */
export function inCgroups(folders: readonly string[]): string[] {
  const join = 'until [ "$1" = -- ]; do echo 0 > "$1/cgroup.procs"; shift; done; shift; exec "$@"';
  return ["sh", "-ec", join, "sh", ...folders, "--"];
}

function isHierarchy(folder: string): boolean {
  try {
    return Deno.statSync(`${folder}/cgroup.procs`).isFile;
  } catch {
    return false;
  }
}

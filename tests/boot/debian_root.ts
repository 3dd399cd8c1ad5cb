// A Debian as it is installed, made by debootstrap(8) and kept in a cache folder: the first run needs Debian's mirror,
// later ones nothing. The tests only read it. Writes to that folder.

const SUITE = "bookworm";
const MIRROR = "http://deb.debian.org/debian";
/** Debian's smallest set, what boots and logs people in, and what pvd's package depends on and recommends. */
const PACKAGES = [
  ...["systemd", "systemd-sysv", "libpam-systemd", "dbus", "polkitd", "ca-certificates"],
  // For looking at what pvd makes.
  ...["iproute2", "procps"],
];

/** Its path, below `cache`, or where caches are. Throws Error with debootstrap's last words. */
export async function debianRoot(
  cache: string | null,
  anew: boolean,
  say: (line: string) => void,
): Promise<string> {
  const folder = `${cache ?? cacheFolder()}/pvd-boot`;
  const root = `${folder}/${SUITE}-${Deno.build.arch}-${await nameOf(PACKAGES)}`;
  if (!anew && isThere(root)) return root;
  say(`boot: making a Debian ${SUITE} in ${root}, from ${MIRROR}`);
  const unfinished = `${root}.unfinished`;
  for (const old of [unfinished, root]) removeTree(old);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { success, stdout } = await new Deno.Command("debootstrap", {
    args: ["--variant=minbase", `--include=${PACKAGES.join(",")}`, SUITE, unfinished, MIRROR],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (!success) {
    throw new Error(`debootstrap failed: ${new TextDecoder().decode(stdout).trim().split("\n").at(-1)}`);
  }
  for (const { name } of Deno.readDirSync(`${unfinished}/var/cache/apt/archives`)) {
    if (name.endsWith(".deb")) Deno.removeSync(`${unfinished}/var/cache/apt/archives/${name}`);
  }
  Deno.renameSync(unfinished, root);
  return root;
}

/** Root's cache, unless the person has one (XDG Base Directory Specification). */
function cacheFolder(): string {
  const own = Deno.env.get("XDG_CACHE_HOME") ?? "";
  return own.startsWith("/") ? own : "/var/cache";
}

/** Another set of packages is another root. */
async function nameOf(packages: readonly string[]): Promise<string> {
  const text = new TextEncoder().encode(packages.join("\n"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex().slice(0, 12);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function removeTree(path: string): void {
  if (isThere(path)) Deno.removeSync(path, { recursive: true });
}

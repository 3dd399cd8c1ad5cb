// Which programs the lab needs from the system and which Debian packages they are in. Run by itself as root
// (`deno run -A tests/lab/packages.ts`) it installs what is missing with apt-get, and says so before; with
// nothing missing it touches nothing and needs no network. What must not be installed it unpacks (unpacked.ts).

interface Need {
  /** A name on the search path, or an absolute path of the package's for what is no program. */
  readonly program: string;
  readonly debianPackage: string;
}

/** What every lab needs. */
export const LAB_NEEDS: readonly Need[] = [
  { program: "ip", debianPackage: "iproute2" },
  { program: "unshare", debianPackage: "util-linux" },
  { program: "nsenter", debianPackage: "util-linux" },
  { program: "setpriv", debianPackage: "util-linux" },
  { program: "mount", debianPackage: "mount" },
  { program: "bash", debianPackage: "bash" },
  { program: "dbus-daemon", debianPackage: "dbus" },
  { program: "pkaction", debianPackage: "polkitd" },
];

/** What `--routers radvd` needs beside these. */
export const RADVD_NEEDS: readonly Need[] = [{ program: "radvd", debianPackage: "radvd" }];

/** What the tests of the bus, the examples, the fetcher and `pvd advertise` need beside the lab's. */
export const TEST_NEEDS: readonly Need[] = [
  { program: "gdbus", debianPackage: "libglib2.0-bin" },
  { program: "busctl", debianPackage: "systemd" },
  { program: "gcc", debianPackage: "gcc" },
  { program: "make", debianPackage: "make" },
  { program: "pkg-config", debianPackage: "pkg-config" },
  { program: "/usr/include/glib-2.0/gio/gio.h", debianPackage: "libglib2.0-dev" },
  { program: "/usr/bin/python3", debianPackage: "python3" },
  { program: "/usr/lib/python3/dist-packages/dbus/__init__.py", debianPackage: "python3-dbus" },
  { program: "openssl", debianPackage: "openssl" },
  { program: "groff", debianPackage: "groff-base" },
  { program: "man", debianPackage: "man-db" },
  { program: "mandoc", debianPackage: "mandoc" },
  { program: "zsh", debianPackage: "zsh" },
  { program: "fish", debianPackage: "fish" },
  { program: "rdisc6", debianPackage: "ndisc6" },
  { program: "tshark", debianPackage: "tshark" },
  { program: "nft", debianPackage: "nftables" },
  { program: "ping", debianPackage: "iputils-ping" },
  { program: "desktop-file-validate", debianPackage: "desktop-file-utils" },
  { program: "Xvfb", debianPackage: "xvfb" },
  { program: "xdpyinfo", debianPackage: "x11-utils" },
  { program: "weston", debianPackage: "weston" },
  { program: "wayland-info", debianPackage: "wayland-utils" },
  { program: "pulseaudio", debianPackage: "pulseaudio" },
  { program: "pactl", debianPackage: "pulseaudio-utils" },
  { program: "pipewire", debianPackage: "pipewire-bin" },
  { program: "vi", debianPackage: "vim-tiny" },
  { program: "less", debianPackage: "less" },
];

/** What the tests of DNS need. Installed, these would change how the host itself resolves names. */
export const UNPACKED_PACKAGES: readonly string[] = [
  ...["nscd", "avahi-daemon", "libavahi-common3", "libavahi-core7", "libdaemon0", "libnss-mdns"],
  ...["systemd-resolved", "libsystemd-shared", "libnss-resolve"],
];

/** The folders of a login by root: sudo and cron may give less. */
const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** A search path with the administrator's folders in it. */
export function searchPath(path: string | undefined): string {
  const given = (path ?? "").split(":").filter((folder) => folder.startsWith("/"));
  return [...given, ...FOLDERS.filter((folder) => !given.includes(folder))].join(":");
}

/** Those of `needs` that are not on the search path. */
export function missing(needs: readonly Need[]): Need[] {
  const folders = searchPath(Deno.env.get("PATH")).split(":");
  const candidates = (program: string) =>
    program.startsWith("/") ? [program] : folders.map((folder) => `${folder}/${program}`);
  return needs.filter(({ program }) => !candidates(program).some(isFile));
}

/** Installs the packages of what is missing. Throws where apt-get does not manage. */
export function install(needs: readonly Need[], say: (line: string) => void): void {
  const packages = [...new Set(missing(needs).map((need) => need.debianPackage))];
  if (packages.length === 0) return;
  say(`installing the Debian package${packages.length > 1 ? "s" : ""} ${packages.join(", ")} with apt-get`);
  // A machine with old package lists is the usual reason for a failure, so they are fetched only then.
  if (aptGet(["install", ...packages])) return;
  aptGet(["update"]);
  if (!aptGet(["install", ...packages])) throw new Error(`apt-get could not install ${packages.join(", ")}`);
}

/** The folder is root's alone, so it is root who downloads. */
const DOWNLOAD = ["-o", "APT::Sandbox::User=root", "download"];

/** Downloads packages into a folder. Throws where apt-get does not manage. */
export function download(packages: readonly string[], folder: string): void {
  if (aptGet([...DOWNLOAD, ...packages], folder)) return;
  aptGet(["update"]);
  if (!aptGet([...DOWNLOAD, ...packages], folder)) {
    throw new Error(`apt-get could not download ${packages.join(", ")}`);
  }
}

function aptGet(args: readonly string[], folder = "/"): boolean {
  const { success } = new Deno.Command("apt-get", {
    cwd: folder,
    args: ["-qq", "-y", "--no-install-recommends", ...args],
    // Installed for its program alone: no daemon is to start on the host.
    env: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).outputSync();
  return success;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Everything that the tests need. Not awaited where it is called: unpacked.ts needs this file, evaluated. */
async function prepare(): Promise<void> {
  try {
    install([...LAB_NEEDS, ...RADVD_NEEDS, ...TEST_NEEDS], console.error);
    const { unpack } = await import("./unpacked.ts");
    unpack(console.error);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}

if (import.meta.main) void prepare();

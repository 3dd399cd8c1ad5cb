// The services that a host may resolve names by, Debian's own: nscd, avahi-daemon and systemd-resolved, each with its
// module of the name service switch, run on the lab's client host. Unpacked, not installed (tests/lab/unpacked.ts);
// what they need of /etc and /run is the lab's own.

import { run, spawn, until } from "../lab/lab.ts";
import { installModules, UNPACKED_LIBRARIES, unpackedProgram } from "../lab/unpacked.ts";

export type NameService = "nscd" | "avahi" | "resolved";

interface Kind {
  readonly folder: string;
  readonly socket: string;
  readonly argv: () => readonly string[];
  /** A system user that it wants to find. */
  readonly user: string | null;
  readonly settings: Readonly<Record<string, string>>;
}

const NSCD_CONF = "/run/lab/nscd.conf";
const AVAHI_CONF = "/run/lab/avahi.conf";

function kindOf(service: NameService, resolver: string): Kind {
  switch (service) {
    case "nscd":
      return {
        folder: "/run/nscd",
        socket: "socket",
        argv: () => [unpackedProgram("nscd"), "--foreground", "--config-file", NSCD_CONF],
        user: null,
        settings: { [NSCD_CONF]: "enable-cache hosts yes\npositive-time-to-live hosts 3600\n" },
      };
    case "avahi":
      return {
        folder: "/run/avahi-daemon",
        socket: "socket",
        argv: () => [
          ...[unpackedProgram("avahi-daemon"), "--no-drop-root", "--no-chroot", "--no-rlimits"],
          ...["--file", AVAHI_CONF],
        ],
        user: "avahi",
        settings: { [AVAHI_CONF]: "[server]\nenable-dbus=no\nhost-name=printer\n" },
      };
    case "resolved":
      return {
        folder: "/run/systemd/resolve",
        socket: "io.systemd.Resolve",
        argv: () => [unpackedProgram("systemd-resolved")],
        user: "systemd-resolve",
        settings: {
          "/etc/systemd/resolved.conf": `[Resolve]\nDNS=${resolver}\nFallbackDNS=\nDNSSEC=no\nLLMNR=no\n` +
            "MulticastDNS=no\nDNSStubListener=no\n",
        },
      };
  }
}

export class RunningService {
  readonly #kind: Kind;
  #child: Deno.ChildProcess | null = null;

  /** `resolver`: whom it asks, where it is not the resolver file that says so. */
  constructor(service: NameService, resolver: string) {
    this.#kind = kindOf(service, resolver);
    installModules();
  }

  /** Done when it listens. */
  async start(): Promise<void> {
    const { folder, socket, argv, user, settings } = this.#kind;
    if (user !== null) await addUser(user);
    for (const [path, text] of Object.entries(settings)) {
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      Deno.writeTextFileSync(path, text);
    }
    Deno.mkdirSync(folder, { recursive: true, mode: 0o755 });
    if (user !== null) await run(["chown", `${user}:${user}`, folder]);
    const child = spawn(argv(), { environment: { LD_LIBRARY_PATH: UNPACKED_LIBRARIES } });
    this.#child = child;
    let ended: number | null = null;
    void child.status.then(({ code }) => ended = code);
    await until(`${argv()[0]} listens`, () => {
      if (ended !== null) throw new Error(`${argv()[0]} ended with ${ended}`);
      return Promise.resolve(isSocket(`${folder}/${socket}`));
    });
  }

  /** Done when it is gone. `removeFolder`: as service managers do whose setting is so (RuntimeDirectory=). */
  async stop(removeFolder: boolean): Promise<void> {
    const { folder, socket } = this.#kind;
    this.#child?.kill("SIGTERM");
    await this.#child?.output();
    await this.#child?.stdin.close().catch(() => {});
    this.#child = null;
    if (removeFolder) Deno.removeSync(folder, { recursive: true });
    else if (isSocket(`${folder}/${socket}`)) Deno.removeSync(`${folder}/${socket}`);
  }
}

async function addUser(name: string): Promise<void> {
  if ((await run(["getent", "passwd", name])).status === 0) return;
  const id = 64_120 + name.length;
  Deno.writeTextFileSync("/etc/passwd", `${name}:x:${id}:${id}::/nonexistent:/usr/sbin/nologin\n`, {
    append: true,
  });
  Deno.writeTextFileSync("/etc/group", `${name}:x:${id}:\n`, { append: true });
}

function isSocket(path: string): boolean {
  try {
    return Deno.statSync(path).isSocket === true;
  } catch {
    return false;
  }
}

// Where an installed system has pvd. Names only.

/** Root's own, and nobody else can write it. */
export const INSTALLED_FOLDER = "/usr/lib/pvd";
/** The runtime, in the form that is bundled. */
export const INSTALLED_DENO = `${INSTALLED_FOLDER}/deno`;
/** Variables of the runtime, which the environment of a program of the person's must not have. */
export const INSTALLED_VARIABLES = `${INSTALLED_FOLDER}/variables`;
/** What the runtime has compiled, made at installation: everybody reads it, root writes it. */
export const CODE_CACHE = "/var/cache/pvd";
export const COMMAND = "/usr/bin/pvd";
/** Makes CODE_CACHE, in the form that is bundled. */
export const FILL_CACHES = `${INSTALLED_FOLDER}/fill-caches`;
/** The second half of the command, in the form that is bundled. */
export const INSTALLED_COMMAND = `${INSTALLED_FOLDER}/command`;

/** The documents, with the project's folders below it, so that their links lead on. */
export const DOCUMENTS = "/usr/share/doc/pvd";

/** Below INSTALLED_FOLDER, in the form that is bundled: all commands, and `pvd run` alone. */
export const BUNDLE_FOLDERS = ["pvd", "run"] as const;
/** In these folders: what the person's `pvd` starts from. */
export const COMMAND_MODULE = "pvd/command.js";
export const RUN_MODULE = "run/run.js";

/** Each program's file, by form. */
export const INSTALLED_PROGRAMS = {
  bundle: {
    pvd: `${INSTALLED_FOLDER}/pvd/main.js`,
    helper: `${INSTALLED_FOLDER}/pvd-helper.js`,
    fetcher: `${INSTALLED_FOLDER}/pvd-fetcher.js`,
  },
  compiled: {
    pvd: COMMAND,
    helper: `${INSTALLED_FOLDER}/pvd-helper`,
    fetcher: `${INSTALLED_FOLDER}/pvd-fetcher`,
  },
} as const;

/** `bundle`: JavaScript files with the runtime beside them. `compiled`: the runtime is in each program. */
export type Form = keyof typeof INSTALLED_PROGRAMS;

/** Architectures by their Debian names, with what others call them. */
export const ARCHITECTURES = {
  amd64: {
    target: "x86_64-unknown-linux-gnu",
    deno: "x86_64",
    npm: "@deno/linux-x64-glibc",
    libc: "/lib/x86_64-linux-gnu/libc.so.6",
  },
  arm64: {
    target: "aarch64-unknown-linux-gnu",
    deno: "aarch64",
    npm: "@deno/linux-arm64-glibc",
    libc: "/lib/aarch64-linux-gnu/libc.so.6",
  },
} as const;

export type Architecture = keyof typeof ARCHITECTURES;

/** Of the machine that this runs on. Throws Error for one that pvd is not made for. */
export function ownArchitecture(): Architecture {
  if (Deno.build.arch === "x86_64") return "amd64";
  if (Deno.build.arch === "aarch64") return "arm64";
  throw new Error(`pvd is made for ${Object.keys(ARCHITECTURES).join(" and ")}`);
}

/** Null: pvd is not made for it. Takes Debian's names and the kernel's. */
export function architectureNamed(name: string): Architecture | null {
  if (name === "amd64" || name === "x86_64") return "amd64";
  return name === "arm64" || name === "aarch64" ? "arm64" : null;
}

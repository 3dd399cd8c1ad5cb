// What pvd knows of browsers and their kin: programs that hand what they are to open to a copy of themselves that is
// running already, and how each is told not to. Pure tables and words.

/** "mozilla": a profile is a folder with a symbolic link `lock` in it while it is used, to "ADDRESS:+PID".
 * "chromium": the link is `SingletonLock`, to "HOST-PID". */
export type BrowserFamily = "mozilla" | "chromium";

export interface Browser {
  readonly family: BrowserFamily;
  /** Where its profiles are. Below the person's folder for settings ($XDG_CONFIG_HOME). */
  readonly inConfig: string;
  /** Below the person's home, as older versions have it; null: never there. */
  readonly inHome: string | null;
  /** The beginning of names by which a copy is found on the session bus, without "org.mozilla."; null: it is not. */
  readonly busName: string | null;
}

const MOZILLA = (busName: string, inHome: string, inConfig: string): Browser => ({
  family: "mozilla",
  inConfig,
  inHome,
  busName,
});
const CHROMIUM = (inConfig: string): Browser => ({
  family: "chromium",
  inConfig,
  inHome: null,
  busName: null,
});
const FIREFOX = MOZILLA("firefox", ".mozilla/firefox", "mozilla/firefox");

/** By the name of the program. */
const BROWSERS: Readonly<Record<string, Browser>> = {
  "firefox": FIREFOX,
  "firefox-esr": FIREFOX,
  "firefox-bin": FIREFOX,
  "librewolf": MOZILLA("librewolf", ".librewolf", "librewolf/librewolf"),
  "thunderbird": MOZILLA("thunderbird", ".thunderbird", "thunderbird"),
  "chromium": CHROMIUM("chromium"),
  "chromium-browser": CHROMIUM("chromium"),
  "google-chrome": CHROMIUM("google-chrome"),
  "google-chrome-stable": CHROMIUM("google-chrome"),
  "google-chrome-beta": CHROMIUM("google-chrome-beta"),
  "google-chrome-unstable": CHROMIUM("google-chrome-unstable"),
  "brave": CHROMIUM("BraveSoftware/Brave-Browser"),
  "brave-browser": CHROMIUM("BraveSoftware/Brave-Browser"),
  "microsoft-edge": CHROMIUM("microsoft-edge"),
  "microsoft-edge-stable": CHROMIUM("microsoft-edge"),
  "vivaldi": CHROMIUM("vivaldi"),
  "vivaldi-stable": CHROMIUM("vivaldi"),
  "opera": CHROMIUM("opera"),
};

/** `program` is a name or a path. */
export function browserOf(program: string): Browser | null {
  const name = baseName(program);
  return Object.hasOwn(BROWSERS, name) ? BROWSERS[name] ?? null : null;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The profile folder that a person names on the command line; null where it is the program's usual one, and
 * "elsewhere" where it is another one whose folder the command line does not tell. */
export function namedProfile(
  family: BrowserFamily,
  args: readonly string[],
): { readonly folder: string } | "elsewhere" | null {
  for (const [at, arg] of args.entries()) {
    const next = args[at + 1] ?? "";
    if (family === "chromium") {
      if (arg.startsWith("--user-data-dir=")) return { folder: arg.slice("--user-data-dir=".length) };
      continue;
    }
    if (/^--?profile$/i.test(arg)) return { folder: next };
    if (/^--?(P|ProfileManager|CreateProfile|no-remote|new-instance)$/i.test(arg)) return "elsewhere";
  }
  return null;
}

/** What makes it a program of its own, with the profile in `folder`. A Mozilla program in whose profile a copy works
 * in the same PvD is to find that copy; without --new-instance it looks for one with the same profile alone. */
export function instanceArguments(family: BrowserFamily, folder: string, isUsed: boolean): string[] {
  if (family === "chromium") return [`--user-data-dir=${folder}`];
  return [...(isUsed ? [] : ["--new-instance"]), "--profile", folder];
}

/** The name of the link in a profile's folder that tells who uses it. */
export const LOCK_NAMES: Readonly<Record<BrowserFamily, string>> = {
  mozilla: "lock",
  chromium: "SingletonLock",
};

/** The process that a lock leads to; null where it tells none. */
export function lockOwner(family: BrowserFamily, target: string): number | null {
  const digits = (family === "mozilla" ? /^[^/]*:\+?(\d{1,10})$/ : /^[^/]*-(\d{1,10})$/).exec(target)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Whether a name on the bus is of a copy that takes what others hand it: "org.mozilla.firefox.PROFILE". Which copies
 * of several editions find each other is for the distribution to say, so those of all editions count. */
export function isRemoteName({ busName }: Browser, name: string): boolean {
  if (busName === null) return false;
  const [org, mozilla, program = ""] = name.split(".");
  return org === "org" && mozilla === "mozilla" && (program === busName || program.startsWith(`${busName}_`));
}

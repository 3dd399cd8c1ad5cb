// Where desktops keep what is shared and what is a person's own (XDG Base Directory Specification). Pure.

import type { Environment } from "../environment.ts";

export type { Environment } from "../environment.ts";

/** null where no folder is this person's. */
export function dataHome(environment: Environment): string | null {
  return ownFolder(environment, "XDG_DATA_HOME", ".local/share");
}

export function configHome(environment: Environment): string | null {
  return ownFolder(environment, "XDG_CONFIG_HOME", ".config");
}

/** The person's own first, then the others in their order. */
export function dataFolders(environment: Environment): string[] {
  const own = dataHome(environment);
  const given = environment.get("XDG_DATA_DIRS") ?? "";
  const others = (given === "" ? "/usr/local/share:/usr/share" : given).split(":");
  // The specification: what is not absolute is to be ignored.
  const absolute = others.filter((folder) => folder.startsWith("/")).map((folder) =>
    folder.replace(/\/+$/, "")
  );
  return [...new Set([...(own === null ? [] : [own]), ...absolute])];
}

/** The folder that HOME names; null where it names none. */
export function homeFolder(environment: Environment): string | null {
  const home = environment.get("HOME") ?? "";
  return home.startsWith("/") ? home : null;
}

function ownFolder(environment: Environment, variable: string, inHome: string): string | null {
  const given = environment.get(variable) ?? "";
  if (given.startsWith("/")) return given;
  const home = homeFolder(environment);
  return home === null ? null : `${home}/${inHome}`;
}

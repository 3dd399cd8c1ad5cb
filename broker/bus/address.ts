// Where the system bus is: the address of the D-Bus specification, of which Unix paths are spoken. Pure.

/** Where distributions have it. */
export const SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket";

/** The path of the first Unix socket in the address. Throws SyntaxError where there is none. */
export function busSocketPath(address: string): string {
  for (const each of address.split(";")) {
    const [, parameters] = /^unix:(.*)$/.exec(each) ?? [];
    for (const parameter of parameters?.split(",") ?? []) {
      const [, path] = /^path=(.+)$/.exec(parameter) ?? [];
      if (path !== undefined) return unescape(path);
    }
  }
  throw new SyntaxError("the bus's address names no unix:path=");
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SyntaxError("the bus's address is not escaped well");
  }
}

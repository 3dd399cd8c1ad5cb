// Which capabilities a unit leaves to its service (systemd.exec(5), capabilities(7)). Pure.

/** The names of CapabilityBoundingSet= as setpriv(1) has them, "sys_admin"; several such lines are one set. */
export function boundingSet(unit: string): string[] {
  const lines = unit.split("\n").filter((line) => line.startsWith("CapabilityBoundingSet="));
  return lines.flatMap((line) => line.slice(line.indexOf("=") + 1).split(/\s+/)).filter((name) => name !== "")
    .map((name) => name.replace(/^CAP_/, "").toLowerCase());
}

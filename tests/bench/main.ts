// `deno task bench`: the figures, each against its peer in the same run. Needs root; brings up a lab without routers
// and runs inside.ts there.

import { runLab } from "../lab/main.ts";
import { install, LAB_NEEDS } from "../lab/packages.ts";
import { dieWithParent } from "../lab/process.ts";

if (import.meta.main) {
  if (Deno.uid() !== 0) {
    console.error("bench: it makes network namespaces, which only root may; run it with sudo");
    Deno.exit(1);
  }
  dieWithParent();
  install(LAB_NEEDS, console.error);
  const inside = new URL("inside.ts", import.meta.url).pathname;
  const command = [Deno.execPath(), "run", "--quiet", "--no-check", "--allow-all", inside];
  Deno.exit(await runLab({ user: null, routers: "none", routerCommand: null, command }, "/"));
}

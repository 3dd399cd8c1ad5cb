// `deno task demo`: test case 1 of MIF-PvD from beginning to end. Installs what is missing and says so, then shows
// inside.ts in a lab of its own. Touches the host only where a Debian package is missing.

import { runLab } from "../lab/main.ts";
import { install, LAB_NEEDS } from "../lab/packages.ts";
import { dieWithParent } from "../lab/process.ts";

if (import.meta.main) {
  if (Deno.uid() !== 0) {
    console.error("demo: it makes network namespaces, which only root may; run it with sudo");
    Deno.exit(1);
  }
  try {
    dieWithParent();
    install(LAB_NEEDS, (line) => console.log(`demo: ${line}`));
    const show = new URL("inside.ts", import.meta.url).pathname;
    const command = [Deno.execPath(), "run", "--quiet", "--no-check", "--allow-all", show];
    Deno.exit(await runLab({ user: null, routers: "pvd", routerCommand: null, command }, "/"));
  } catch (error) {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    Deno.exit(1);
  }
}

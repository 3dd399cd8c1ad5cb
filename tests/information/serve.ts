// The tests' resolver and web servers as a program, for a host of the lab: `serve.ts CERTIFICATES`, a file of JSON.
// Prints "ready".

import type { Certificates } from "./certificates.ts";
import { serveNames } from "./dns.ts";
import { ADDRESSES, namesOfServers, startServers } from "./servers.ts";

if (import.meta.main) {
  const certificates: Certificates = JSON.parse(Deno.readTextFileSync(Deno.args[0] ?? ""));
  serveNames(ADDRESSES.resolver, namesOfServers());
  startServers(certificates);
  console.log("ready");
}

// Names in a domain follow what its router announces: no resolver, another resolver, no search domains. Counted at the
// resolvers of both sides. Runs in the lab with a router of its own.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { startRouters, stopRouters, waitForDomains } from "../lab/lab.ts";
import {
  DOMAIN_RESOLVER,
  HOST_TEXT,
  hostResolves,
  inDomain,
  LOCAL,
  lookUp,
  NAME,
  replace,
  RESOLV_CONF,
  SHORT,
  type Sides,
  whileAsking,
  withService,
  withSides,
} from "./dns_lab.ts";
import { interfaceSettings, OwnRouter } from "./own_router.ts";

const OWN_ID = "dns.example.org";

function ownDomain(lines: readonly string[]): string {
  const pvd = ["[[interface.pvd]]", `id = "${OWN_ID}"`];
  const prefix = ["[[interface.pvd.prefix]]", 'prefix = "2001:db8:1:1::/64"'];
  return [interfaceSettings(), ...pvd, ...prefix, ...lines, ""].join("\n");
}

const RDNSS = ["[[interface.pvd.rdnss]]", `addresses = ["${DOMAIN_RESOLVER}"]`];
const DNSSL = ["[[interface.pvd.dnssl]]", 'domains = ["example-10.hr"]'];

/** The domain that a router of the test's own announces, with these lines. */
function withOwnDomain(
  name: string,
  lines: readonly string[],
  body: (sides: Sides, router: OwnRouter) => Promise<void>,
): void {
  withSides(name, async (sides) => {
    await stopRouters();
    const router = new OwnRouter(ownDomain(lines));
    try {
      await waitForDomains((domains) => domains.some(({ id, state }) => id === OWN_ID && state === "ready"));
      await body(sides, router);
    } finally {
      await router.end("SIGTERM");
      await startRouters();
    }
  });
}

const PYTHON_LOOK_UP = `import socket, sys
try: print(socket.getaddrinfo(sys.argv[1], 80)[0][4][0])
except socket.gaierror as error: print({getattr(socket, n): n for n in dir(socket) if n.startswith("EAI_")}[error.errno])`;

withOwnDomain(
  "DNS: a PvD without resolvers gives a resolver error, and nobody is asked",
  DNSSL,
  async (sides) => {
    replace(RESOLV_CONF, HOST_TEXT);
    await hostResolves(sides);
    for (const service of ["nscd", "resolved"] as const) {
      await withService(service, "files resolve [!UNAVAIL=return] dns", async () => {
        for (const name of [NAME, SHORT, LOCAL]) {
          await sides.clear();
          const { stdout } = await inDomain(["python3", "-c", PYTHON_LOOK_UP, name], {}, OWN_ID);
          strictEqual(stdout, "EAI_AGAIN\n", name);
          deepStrictEqual([await sides.atHost(), await sides.domain.asked()], [[], []]);
        }
      });
    }
  },
);

withOwnDomain(
  "DNS: resolvers that the router announces during the run are asked next",
  DNSSL,
  async (sides, router) => {
    replace(RESOLV_CONF, HOST_TEXT);
    await whileAsking(async (asker) => {
      const announced = waitForDomains((domains) =>
        domains.some(({ id, rdnss }) => id === OWN_ID && rdnss.length > 0)
      );
      router.reload(ownDomain([...DNSSL, ...RDNSS]));
      await announced;
      await asker.resolves(sides);
    }, OWN_ID);
  },
);

withOwnDomain("DNS: without search domains the host's own domain is not searched", RDNSS, async (sides) => {
  const script = 'hostname laptop.host.example; exec "$@"';
  const argv = ["unshare", "--map-root-user", "--uts", "sh", "-c", script, "sh", ...lookUp(SHORT)];
  const { stderr } = await inDomain(argv, {}, OWN_ID);
  strictEqual(stderr, "");
  const asked = new Set((await sides.domain.asked()).map(({ name }) => name));
  deepStrictEqual([...asked], [SHORT]);
});

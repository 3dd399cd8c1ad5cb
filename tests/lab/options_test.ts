// The lab's command line. Touches nothing.
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { parseOptions } from "./options.ts";

Deno.test("parseOptions: nothing given means our routers, root and a shell", () => {
  deepStrictEqual(parseOptions([]), { user: null, routers: "pvd", routerCommand: null, command: [] });
});

Deno.test("parseOptions: everything after -- is the command's", () => {
  deepStrictEqual(parseOptions(["--as", "alice", "--routers=none", "--", "sh", "-c", "--as"]), {
    user: "alice",
    routers: "none",
    routerCommand: null,
    command: ["sh", "-c", "--as"],
  });
});

Deno.test("parseOptions: the first word that is no option begins the command", () => {
  deepStrictEqual(parseOptions(["ls", "--help"]), {
    user: null,
    routers: "pvd",
    routerCommand: null,
    command: ["ls", "--help"],
  });
});

Deno.test("parseOptions: a router command takes the routers' place", () => {
  deepStrictEqual(parseOptions(["--router-command", "./r.sh", "--", "true"]), {
    user: null,
    routers: "command",
    routerCommand: "./r.sh",
    command: ["true"],
  });
});

Deno.test("parseOptions: help is asked for", () => strictEqual(parseOptions(["--help"]), "help"));

Deno.test("parseOptions: what is not understood is said in a sentence", () => {
  throws(() => parseOptions(["--nope"]), /unknown option --nope/);
  throws(() => parseOptions(["--as"]), /--as needs a value/);
  throws(() => parseOptions(["--routers", "x"]), /pvd, radvd or none/);
  throws(() => parseOptions(["--routers", "none", "--router-command", "x"]), /exclude each other/);
});

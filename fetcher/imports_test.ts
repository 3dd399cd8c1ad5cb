// What the fetcher may load: itself, the protocol, the checks, and one call of the runtime for names.

import { deepStrictEqual } from "node:assert/strict";

const FOLDER = new URL("./", import.meta.url);
const ALLOWED = ["check", "ip", "protocol", "strict_json"].map((name) => `../lib/${name}.ts`);

Deno.test("fetcher imports itself, the protocol, checks, addresses and name resolution, and nothing else", () => {
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) =>
    !name.endsWith("_test.ts")
  );
  const found = files.flatMap((name) => {
    const text = Deno.readTextFileSync(new URL(name, FOLDER));
    return [...text.matchAll(/(?:\bfrom\s+|^import\s+|\bimport\()"([^"]+)"/gm)].map(([, to = ""]) =>
      `${name} ${to}`
    );
  });
  const isAllowed = (to: string) => to.startsWith("./") || ALLOWED.includes(to);
  deepStrictEqual(found.filter((each) => !isAllowed(each.split(" ")[1] ?? "")), ["connection.ts node:dns"]);
});

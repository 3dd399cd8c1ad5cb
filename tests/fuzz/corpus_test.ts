// What the fuzzer found before, a test a file of corpus/.

import { readCases, replay } from "./cases.ts";

for (const each of readCases()) {
  Deno.test(`fuzz: ${each.name.replaceAll("-", " ")}`, () => replay(each));
}

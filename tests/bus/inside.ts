// Started by main.ts in namespaces of its own: makes /run, /etc and the users, lays out what other users' programs
// need, and runs the tests.

import { privateFolders } from "../lab/mounts.ts";
import { layOutPeople } from "./person.ts";

const FOLDER = new URL(".", import.meta.url).pathname;

if (import.meta.main) {
  await privateFolders();
  layOutPeople();
  const files = Deno.args.length > 0
    ? Deno.args
    : [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith("_test.ts"))
      .sort();
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--allow-all"],
      ...files.map((file) => file.includes("/") ? file : `${FOLDER}${file}`),
    ],
  }).spawn().status;
  Deno.exit(code);
}

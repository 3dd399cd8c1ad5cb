// Where the bus is looked for. As processes: the environment is the process's own, and a value that is not UTF-8 can be
// given from outside only.

import assert from "node:assert/strict";

const START = new URL("start.ts", import.meta.url).href;
const CODE = `import { systemBusAddress } from "${START}";
console.log(systemBusAddress((level, line) => console.log(level, line)));`;

/** What is logged and where the bus is, under this setting of bash's. */
function addressUnder(setting: string): string {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const runtime = [Deno.execPath(), "eval", "--quiet", `--config=${config}`, CODE];
  const { stdout, stderr } = new Deno.Command("/bin/bash", {
    args: ["-c", `unset DBUS_SYSTEM_BUS_ADDRESS; ${setting} exec "$@"`, "bash", ...runtime],
  }).outputSync();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

Deno.test("systemBusAddress is DBUS_SYSTEM_BUS_ADDRESS or, where that is not set, where distributions have it", () => {
  assert.equal(addressUnder("DBUS_SYSTEM_BUS_ADDRESS=unix:path=/x"), "unix:path=/x\n");
  assert.equal(addressUnder(""), "unix:path=/run/dbus/system_bus_socket\n");
});

Deno.test("a DBUS_SYSTEM_BUS_ADDRESS that is not UTF-8 is one warning, and the broker starts all the same", () => {
  assert.equal(
    addressUnder("DBUS_SYSTEM_BUS_ADDRESS=$'unix:path=/\\xff'"),
    "warning DBUS_SYSTEM_BUS_ADDRESS is not UTF-8, so the system bus is looked for at " +
      "unix:path=/run/dbus/system_bus_socket\nunix:path=/run/dbus/system_bus_socket\n",
  );
});

import assert from "node:assert/strict";
import { EBUSY, EINVAL, EOPNOTSUPP } from "../lib/linux/abi.ts";
import { interfaceFailure } from "./interface_failure.ts";

Deno.test("interfaceFailure names the module and the kernel option where the kernel lacks a kind", () => {
  assert.equal(
    interfaceFailure(EOPNOTSUPP, "ipvlan", "wlan0").message,
    "this kernel has no ipvlan, which PvDs on wlan0 need: install and load its module (modprobe ipvlan, " +
      "kernel option CONFIG_IPVLAN), or choose the other kind in the settings",
  );
  assert.match(interfaceFailure(EOPNOTSUPP, "macvlan", "eth1").message, /modprobe macvlan.*CONFIG_MACVLAN/);
});

Deno.test("interfaceFailure says what else may have the link, and shows any other error as it is", () => {
  assert.match(
    interfaceFailure(EBUSY, "macvlan", "eth1").message,
    /^eth1 cannot have the macvlan of a PvD: .* bridge/,
  );
  assert.equal(
    interfaceFailure(EINVAL, "macvlan", "eth1").message,
    "rtnetlink macvlan on eth1: invalid argument (EINVAL)",
  );
});

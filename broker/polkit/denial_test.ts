// Every cause of a denial, and the way out that its sentence names.

import assert from "node:assert/strict";
import { type DenialCause, denialReason } from "./denial.ts";
import { TV } from "./testing.ts";

const TRY_AGAIN = /; try again/;
const RULE =
  /an administrator can allow it with a polkit rule, see docs\/polkit\.md \(installed in \/usr\/share\/doc\/pvd\)$/;
const LOG = /; an administrator can look at polkit's log$/;

function busError(name: string): DenialCause {
  return { why: "busError", errorName: `org.freedesktop.${name}`, message: "no\nway" };
}

/** Each cause, by name; the record wants all of them. */
const WAYS_OUT: Readonly<Record<DenialCause["why"], readonly (readonly [DenialCause, RegExp | null])[]>> = {
  refused: [[{ why: "refused" }, RULE]],
  wouldAsk: [[{ why: "wouldAsk" }, RULE]],
  noAgent: [[{ why: "noAgent" }, RULE]],
  dismissed: [[{ why: "dismissed" }, TRY_AGAIN]],
  notAuthenticated: [[{ why: "notAuthenticated" }, TRY_AGAIN], [{ why: "notAuthenticated" }, RULE]],
  // Nobody is there to be told.
  callerGone: [[{ why: "callerGone" }, null]],
  badRequest: [[
    { why: "badRequest", problem: "it names no domain" },
    /it names no domain; try again, or with another/,
  ]],
  strangeAnswer: [[{ why: "strangeAnswer" }, LOG]],
  noAnswer: [
    [{ why: "noAnswer", seconds: 20, asking: false }, LOG],
    [{ why: "noAnswer", seconds: 120, asking: true }, TRY_AGAIN],
  ],
  busError: [
    [busError("DBus.Error.ServiceUnknown"), /; an administrator can start or install it$/],
    [busError("DBus.Error.NameHasNoOwner"), /; an administrator can start or install it$/],
    [busError("DBus.Error.Disconnected"), /; an administrator can start dbus$/],
    [
      busError("PolicyKit1.Error.NotAuthorized"),
      /; an administrator can see to it that net\.pvd1\.policy is installed/,
    ],
    [
      busError("DBus.Error.AccessDenied"),
      /; an administrator can see to it that net\.pvd1\.policy is installed/,
    ],
    [busError("PolicyKit1.Error.Failed"), /: no\\x0away; an administrator can look at polkit's log$/],
  ],
};

Deno.test("denialReason: each cause names the action, the domain and the link, and what would help", () => {
  for (const [cause, wayOut] of Object.values(WAYS_OUT).flat()) {
    const reason = denialReason(cause, "net.pvd1.use", TV);
    assert.match(reason, /\bnet\.pvd1\.use for tv\.example\.org on eth1\b/);
    if (wayOut !== null) assert.match(reason, wayOut);
  }
});

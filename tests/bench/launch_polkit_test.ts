import assert from "node:assert/strict";
import { questions } from "./launch_polkit.ts";

const LINES = `#type\ttimestamp\tserial\tsender\tdestination\tpath\tinterface\tmember
#\t\t\t\t\tin_reply_to
sig\t10.5\t4\torg.freedesktop.DBus\t:1.0\t/org/freedesktop/DBus\torg.freedesktop.DBus\tNameLost
mr\t11.000000\t3\t:1.5\t:1.1\t1
mc\t11.250000\t2\t:1.1\torg.freedesktop.PolicyKit1\t/a\torg.freedesktop.PolicyKit1.Authority\tCheckAuthorization
mc\t11.300000\t2\t:1.2\torg.freedesktop.PolicyKit1\t/a\torg.freedesktop.PolicyKit1.Authority\tCheckAuthorization
mr\t11.500000\t4\t:1.5\t:1.1\t2
`;

Deno.test("questions: an answer belongs to the call of that serial from that connection, and a call without one is none", () => {
  assert.deepEqual(questions(LINES), [{ askedMs: 11_250, answeredMs: 11_500 }]);
  assert.deepEqual(questions(""), []);
});

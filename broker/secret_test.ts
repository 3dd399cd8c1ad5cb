import assert from "node:assert/strict";
import { formatSecret, loadSecrets, parseSecret } from "./secret.ts";
import { SettingsError } from "./settings.ts";

Deno.test("loadSecrets makes a secret once, readable by nobody else, and refuses a damaged one", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const file = `${folder}/secret`;
    const first = loadSecrets(file);
    assert.equal(first.key.length, 32);
    assert.deepEqual(loadSecrets(file), first);
    assert.equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
    Deno.writeTextFileSync(file, "short");
    assert.throws(() => loadSecrets(file), SettingsError);
    assert.throws(() => loadSecrets(`${folder}/missing/secret`), SettingsError);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("parseSecret gives back what formatSecret wrote", () => {
  const key = crypto.getRandomValues(new Uint8Array(32));
  assert.deepEqual(parseSecret(formatSecret(key)), key);
  assert.equal(parseSecret("00"), null);
});

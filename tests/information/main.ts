// Tests of the fetcher against real servers: makes a network and a mount namespace of their own, an interface, a
// resolver file and the installed form of the fetcher in it, and runs the tests of this folder there. Needs root;
// leaves nothing behind. `deno run -A tests/information/main.ts`

import { ADDRESSES } from "./servers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const HERE = new URL("./", import.meta.url).pathname;

/** Said to the tests by environment: where the runtime and the fetcher are that another user may read. */
export const RUNTIME_VARIABLE = "PVD_TEST_RUNTIME";
export const FETCHER_VARIABLE = "PVD_TEST_FETCHER";

const SETUP = `set -e
runtime=$1 folder=$2; shift 2
mount -n --bind "$runtime" "$folder/deno"
resolver=$(readlink -f /etc/resolv.conf || echo /etc/resolv.conf)
mount -n --bind "$folder/resolv.conf" "$resolver"
for socket in /run/nscd /run/systemd/resolve; do
  if [ -d $socket ] && [ "\${resolver#$socket}" = "$resolver" ]; then mount -n --bind "$folder/empty" $socket; fi
done
ip link set lo up
ip link add mifpvd type veth peer name router
ip link set mifpvd addrgenmode none up
ip link set router addrgenmode none up
ip addr add fe80::1/64 dev router nodad
ip addr add fe80::2/64 dev mifpvd nodad
ADDRESSES
exec "$@"
`;

function main(): number {
  if (Deno.uid() !== 0) {
    console.error("these tests make network namespaces, which only root may; run them with sudo");
    return 1;
  }
  const folder = Deno.makeTempDirSync({ prefix: "pvd-information-" });
  try {
    Deno.chmodSync(folder, 0o755);
    Deno.mkdirSync(`${folder}/empty`);
    Deno.writeTextFileSync(`${folder}/deno`, "");
    Deno.writeTextFileSync(
      `${folder}/resolv.conf`,
      `nameserver ${ADDRESSES.resolver}\nsearch example\noptions timeout:1 attempts:1\n`,
    );
    bundle(`${folder}/pvd-fetcher.js`);
    const { resolver, ...servers } = ADDRESSES;
    const here = [resolver, ...Object.values(servers)].filter((address) => address !== ADDRESSES.nowhere);
    const add = here.map((address) => `ip addr add ${address}/128 dev lo nodad`).join("\n");
    const tests = [
      "test",
      "--quiet",
      "--no-check",
      "--allow-all",
      "--unstable-net",
      `${HERE}fetcher_test.ts`,
    ];
    const { code } = new Deno.Command("unshare", {
      args: [
        ...[
          "--net",
          "--mount",
          "--propagation",
          "private",
          "sh",
          "-c",
          SETUP.replace("ADDRESSES", add),
          "sh",
        ],
        ...[Deno.execPath(), folder, Deno.execPath(), ...tests],
      ],
      env: { [RUNTIME_VARIABLE]: `${folder}/deno`, [FETCHER_VARIABLE]: `${folder}/pvd-fetcher.js` },
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).outputSync();
    return code;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function bundle(path: string): void {
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", `--config=${ROOT}deno.json`, "-o", path, `${ROOT}fetcher/main.ts`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  Deno.chmodSync(path, 0o644);
}

if (import.meta.main) Deno.exit(main());

// Whether a program is what `deno compile` should make: one that runs its own code and nothing else. With the Deno
// command line in place of denort the result looks right and runs whatever anybody gives it (`eval`, `run`, `repl`).
// Starts the program, as whoever builds.

/** From the help of the command line; denort has no commands to help with. */
const HELP_OF_EVAL = "Evaluate a script from the command line";
const SEARCHED_BYTES = 4 << 20;

/** What code that is run prints, and what nobody who only repeats his arguments does. */
const PROOF = "4357979741";
const CODE = "console.log(65993 * 66037)";

const TOO_LONG_MS = 20_000;

/** What the program lets anybody do that a shipped one must not, as a sentence; null: nothing. Starts it with `eval`,
 * `run` and `repl` and code to run. */
export async function runsForeignCode(path: string): Promise<string | null> {
  const folder = await Deno.makeTempDir({ prefix: "pvd-proof-" });
  try {
    const script = `${folder}/script.js`;
    await Deno.writeTextFile(script, CODE);
    const attempts = [["eval", CODE], ["run", script], ["run", "--allow-all", script], ["repl"], [script]];
    for (const args of attempts) {
      const printed = await outputOf(path, args, folder);
      if (printed.includes(PROOF)) return `${path} runs foreign code: \`${args[0] ?? ""}\` did`;
    }
    return null;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether a file holds the Deno command line, for those that this machine cannot start. */
export async function holdsCommandLine(path: string): Promise<boolean> {
  const wanted = new TextEncoder().encode(HELP_OF_EVAL);
  using file = await Deno.open(path);
  const buffer = new Uint8Array(SEARCHED_BYTES + wanted.length);
  let kept = 0;
  for (;;) {
    const count = await file.read(buffer.subarray(kept));
    if (count === null) return false;
    const filled = kept + count;
    if (indexOfBytes(buffer.subarray(0, filled), wanted) >= 0) return true;
    // What could be the beginning of it is looked at again, with what follows.
    kept = Math.min(wanted.length - 1, filled);
    buffer.copyWithin(0, filled - kept, filled);
  }
}

/** The machine that an ELF file is for (elf(5), e_machine), as Rust and the kernel call it; null: it is no such file. */
export async function elfMachine(path: string): Promise<string | null> {
  using file = await Deno.open(path);
  const header = new Uint8Array(20);
  if ((await file.read(header)) !== header.length) return null;
  const isElf = [0x7f, 0x45, 0x4c, 0x46].every((byte, index) => header[index] === byte);
  const machine = new DataView(header.buffer).getUint16(18, true);
  return isElf ? MACHINES[machine] ?? `machine ${machine}` : null;
}

/** EM_X86_64, EM_AARCH64 */
const MACHINES: Readonly<Record<number, string>> = { 62: "x86_64", 183: "aarch64" };

/** All that a program prints, to its end. */
export async function printedBy(path: string, args: readonly string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "pvd-proof-" });
  try {
    return await outputOf(path, args, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** -1: not there. Pure. */
export function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  const [first] = wanted;
  if (first === undefined) return 0;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

async function outputOf(path: string, args: readonly string[], folder: string): Promise<string> {
  const child = new Deno.Command(path, {
    args: [...args],
    cwd: folder,
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", HOME: folder, DENO_DIR: folder, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const fed = writer.write(new TextEncoder().encode(`${CODE}\n`)).then(() => writer.close()).catch(() => {});
  const timer = setTimeout(() => child.kill("SIGKILL"), TOO_LONG_MS);
  const { stdout, stderr } = await child.output();
  clearTimeout(timer);
  await fed;
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

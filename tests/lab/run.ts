// Runs one of the system's programs to its end, for the lab's own set-up. Throws with what the program said.

/** Runs a program with text on its standard input; gives what it printed. */
export function run(argv: readonly string[], input = ""): Promise<string> {
  return runIn(null, argv, input);
}

/** The same in another network namespace, named by its file. */
export async function runIn(netns: string | null, argv: readonly string[], input = ""): Promise<string> {
  const [program = "", ...args] = netns === null ? argv : ["nsenter", `--net=${netns}`, ...argv];
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  // A program that reads nothing may be gone already: its status tells.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`${argv.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
  return new TextDecoder().decode(stdout);
}

// Starts the programs that packages are made with: npm, tar, gzip, dpkg-deb.

/** What it prints. Throws Error with what it said, or that it is not there. */
export async function runTool(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const command = new Deno.Command(program, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output().catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) throw new Error(`the program ${program} is missing`);
    throw error;
  });
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${program} failed: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout);
}

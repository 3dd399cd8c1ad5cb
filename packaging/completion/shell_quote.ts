// A text as one word of a shell's script, whatever is in it. Pure.

/** In single quotes, for bash and zsh. */
export function posixQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** In single quotes, for fish, where a backslash escapes quote and backslash. */
export function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

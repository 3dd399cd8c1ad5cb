// Values of desktop entries (Desktop Entry Specification, "Possible value types" and "The Exec key"): text into them
// and the first word out of a command line. Pure.

/** Characters that make an argument of Exec need quotes. */
const RESERVED = /[\s"'\\><~|&;$*?#()`]/;
/** Inside quotes these have a backslash before them. */
const ESCAPED_IN_QUOTES = /["`$\\]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
};

/** A value of type string or localestring. Throws RangeError for a text that no line of a file can hold. */
export function stringValue(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text)) throw new RangeError("it holds a control character");
  const escaped = text.replace(/[\\\n\t\r]/g, (character) => ESCAPES[character] ?? "");
  return escaped.startsWith(" ") ? `\\s${escaped.slice(1)}` : escaped;
}

/** A value of type string as the text that it stands for; an escape that there is none stays as it is. */
export function textOf(value: string): string {
  return value.replace(/\\([sntr\\])/g, (_, code: string) => UNESCAPES[code] ?? "");
}

const UNESCAPES: Readonly<Record<string, string>> = { s: " ", n: "\n", t: "\t", r: "\r", "\\": "\\" };

/** One argument of a command line as Exec has it, not yet a value: in quotes where it must be. */
export function execArgument(text: string): string {
  const plain = text.replaceAll("%", "%%");
  if (plain !== "" && !RESERVED.test(plain)) return plain;
  return `"${plain.replace(ESCAPED_IN_QUOTES, "\\$&")}"`;
}

/** The words of a command line as Exec has it (a value already unescaped), quotes undone, field codes as they stand;
 * null where a quote is not closed. */
export function execWords(command: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < command.length; at++) {
    const character = command.charAt(at);
    if (character === '"') {
      const end = closingQuote(command, at + 1);
      if (end < 0) return null;
      word = (word ?? "") + command.slice(at + 1, end).replace(/\\(["`$\\])/g, "$1");
      at = end;
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + character;
    }
  }
  return word === null ? words : [...words, word];
}

function closingQuote(command: string, from: number): number {
  for (let at = from; at < command.length; at++) {
    if (command.charAt(at) === "\\") at++;
    else if (command.charAt(at) === '"') return at;
  }
  return -1;
}

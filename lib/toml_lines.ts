// Which line of a TOML text holds a key, so that an error in a settings file can name the line: the TOML parser
// gives values without places. Pure; it reads only as much TOML as places need, and says null when in doubt.

/** A place in the parsed value: names of keys, and indexes of arrays and of arrays of tables. */
export type TomlPath = readonly (string | number)[];

/** Deeper than any settings file; a text that nests further has no lines here, rather than no stack. */
const MAX_DEPTH = 64;

const BARE_KEY = /[A-Za-z0-9_-]+/y;
const SIMPLE_ESCAPES: { readonly [letter: string]: string } = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\x1b",
  '"': '"',
  "\\": "\\",
};

/**
 * The 1-based line where the key at `path` stands in `text`, or null where it does not stand there or the text
 * breaks off. A key that is made piecemeal (tables, dotted keys) has the line of its first piece; the index of an
 * array has the line of that element, or of its `[[header]]`.
 */
export function lineOfKey(text: string, path: TomlPath): number | null {
  const offset = new Scanner(text).scan()?.get(placeOf(path));
  if (offset === undefined) return null;
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

function placeOf(path: TomlPath): string {
  return JSON.stringify(path);
}

/** One pass over a text; every method that may meet something unexpected says false or null, and the scan ends. */
class Scanner {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  /** How many elements each array of tables has so far. */
  readonly #tables = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): ReadonlyMap<string, number> | null {
    let table: TomlPath = [];
    for (;;) {
      this.#skipBlank(true);
      if (this.#at >= this.#text.length) return this.#offsets;
      if (this.#peek("[")) {
        const header = this.#header();
        if (header === null) return null;
        table = header;
      } else if (!this.#pair(table, 0)) {
        return null;
      }
      if (!this.#endOfLine()) return null;
    }
  }

  /** `[a.b]` or `[[a.b]]`: the path that the keys after it extend. */
  #header(): TomlPath | null {
    const start = this.#at;
    const isArray = this.#peek("[[");
    this.#at += isArray ? 2 : 1;
    const keys = this.#dottedKey();
    if (keys === null || !this.#take(isArray ? "]]" : "]")) return null;
    let path: TomlPath = [];
    for (const [index, key] of keys.entries()) {
      path = [...path, key];
      this.#record(path, start);
      const place = placeOf(path);
      const count = this.#tables.get(place) ?? 0;
      if (isArray && index === keys.length - 1) {
        this.#tables.set(place, count + 1);
        path = [...path, count];
        this.#record(path, start);
      } else if (count > 0) {
        path = [...path, count - 1];
      }
    }
    return path;
  }

  /** `a.b = value` under `table`. */
  #pair(table: TomlPath, depth: number): boolean {
    const start = this.#at;
    const keys = this.#dottedKey();
    if (keys === null || !this.#take("=")) return false;
    for (let length = 1; length <= keys.length; length++) {
      this.#record([...table, ...keys.slice(0, length)], start);
    }
    this.#skipBlank(false);
    return this.#value([...table, ...keys], depth);
  }

  #value(path: TomlPath, depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    if (this.#peek("[")) return this.#array(path, depth);
    if (this.#peek("{")) return this.#inlineTable(path, depth);
    if (this.#peek('"""') || this.#peek("'''")) return this.#multilineString();
    if (this.#peek('"') || this.#peek("'")) return this.#string() !== null;
    const start = this.#at;
    while (this.#at < this.#text.length && !",]}#\r\n".includes(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.slice(start, this.#at).trim() !== "";
  }

  #array(path: TomlPath, depth: number): boolean {
    this.#at++;
    for (let index = 0;; index++) {
      this.#skipBlank(true);
      if (this.#take("]")) return true;
      this.#record([...path, index], this.#at);
      if (!this.#value([...path, index], depth + 1)) return false;
      this.#skipBlank(true);
      if (!this.#take(",") && !this.#peek("]")) return false;
    }
  }

  #inlineTable(path: TomlPath, depth: number): boolean {
    this.#at++;
    for (;;) {
      this.#skipBlank(true);
      if (this.#take("}")) return true;
      if (!this.#pair(path, depth + 1)) return false;
      this.#skipBlank(true);
      if (!this.#take(",") && !this.#peek("}")) return false;
    }
  }

  #dottedKey(): string[] | null {
    const keys: string[] = [];
    do {
      this.#skipBlank(false);
      const key = this.#peek('"') || this.#peek("'") ? this.#string() : this.#bareKey();
      if (key === null) return null;
      keys.push(key);
      this.#skipBlank(false);
    } while (this.#take("."));
    return keys;
  }

  #bareKey(): string | null {
    BARE_KEY.lastIndex = this.#at;
    const key = BARE_KEY.exec(this.#text)?.[0];
    if (key === undefined) return null;
    this.#at += key.length;
    return key;
  }

  /** A string of one line; what it says matters where it is a key. */
  #string(): string | null {
    const quote = this.#text.charAt(this.#at++);
    let value = "";
    for (;;) {
      const character = this.#text.charAt(this.#at++);
      if (character === quote) return value;
      if (character === "" || character === "\n") return null;
      if (character !== "\\" || quote === "'") {
        value += character;
        continue;
      }
      const escaped = this.#escape();
      if (escaped === null) return null;
      value += escaped;
    }
  }

  #escape(): string | null {
    const letter = this.#text.charAt(this.#at++);
    const digits = letter === "x" ? 2 : letter === "u" ? 4 : letter === "U" ? 8 : 0;
    if (digits === 0) return SIMPLE_ESCAPES[letter] ?? null;
    const hex = this.#text.slice(this.#at, this.#at + digits);
    if (hex.length !== digits || !/^[0-9A-Fa-f]+$/.test(hex)) return null;
    this.#at += digits;
    const codePoint = parseInt(hex, 16);
    return codePoint > 0x10_ffff ? null : String.fromCodePoint(codePoint);
  }

  #multilineString(): boolean {
    const quote = this.#text.charAt(this.#at);
    this.#at += 3;
    while (this.#at < this.#text.length) {
      if (this.#take(quote.repeat(3))) {
        // One or two quotes may be the last of the text itself, just before the three that end it.
        for (let more = 0; more < 2 && this.#take(quote); more++);
        return true;
      }
      this.#at += quote === '"' && this.#peek("\\") ? 2 : 1;
    }
    return false;
  }

  #endOfLine(): boolean {
    this.#skipBlank(false);
    return this.#at >= this.#text.length || this.#peek("#") || this.#peek("\n") || this.#peek("\r\n");
  }

  #skipBlank(alsoLines: boolean): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (alsoLines && character === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else if (
        character !== " " && character !== "\t" && !(alsoLines && (character === "\n" || character === "\r"))
      ) {
        return;
      }
    }
  }

  #peek(expected: string): boolean {
    return this.#text.startsWith(expected, this.#at);
  }

  #take(expected: string): boolean {
    if (!this.#peek(expected)) return false;
    this.#at += expected.length;
    return true;
  }

  #record(path: TomlPath, offset: number): void {
    const place = placeOf(path);
    if (!this.#offsets.has(place)) this.#offsets.set(place, offset);
  }
}

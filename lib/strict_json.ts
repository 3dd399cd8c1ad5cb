// I-JSON (RFC 7493) from a hostile source: as JSON.parse has it, but a name twice in an object, a surrogate that is
// alone, a number that is no double, or more depth or values than the limits is an error. Pure, without dependencies.

import type { JsonValue } from "./protocol.ts";

export interface JsonLimits {
  /** Objects and arrays inside each other; 1 is an object that holds none. */
  readonly depth: number;
  /** Values in all, names not counted. */
  readonly values: number;
}

const SPACE = /[ \t\n\r]*/y;
// deno-lint-ignore no-control-regex
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const NONCHARACTER = /\p{Noncharacter_Code_Point}/u;

/** The value of a whole text. Throws SyntaxError with what is wrong, which never quotes the text. */
export function parseStrictJson(text: string, limits: JsonLimits): JsonValue {
  let at = 0;
  let values = 0;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return null;
    at += found.length;
    return found;
  };
  const next = (): string => {
    take(SPACE);
    return text[at] ?? "";
  };
  const expect = (character: string): void => {
    if (next() !== character) throw wrong(`"${character}" is missing`, at);
    at++;
  };
  const string = (): string => {
    const raw = take(STRING);
    if (raw === null) throw wrong("a string is not well-formed", at);
    const value: string = JSON.parse(raw);
    if (!value.isWellFormed() || NONCHARACTER.test(value)) {
      throw wrong("a string has what is no character", at);
    }
    return value;
  };
  /** What stands between the opening bracket and `close`, comma by comma. */
  const members = (close: string, each: () => void): void => {
    at++;
    if (next() === close) {
      at++;
      return;
    }
    for (;;) {
      each();
      if (next() === close) break;
      expect(",");
    }
    at++;
  };

  const object = (depth: number): JsonValue => {
    const entries: [string, JsonValue][] = [];
    const names = new Set<string>();
    members("}", () => {
      next();
      const name = string();
      if (names.has(name)) throw wrong("an object has a name twice", at);
      names.add(name);
      expect(":");
      entries.push([name, value(depth + 1)]);
    });
    // Own members, whatever their names: "__proto__" is none but a name.
    return Object.fromEntries(entries);
  };
  const array = (depth: number): JsonValue => {
    const items: JsonValue[] = [];
    members("]", () => void items.push(value(depth + 1)));
    return items;
  };
  const value = (depth: number): JsonValue => {
    const first = next();
    if (++values > limits.values) throw wrong(`there are over ${limits.values} values`, at);
    if (first === '"') return string();
    if (first === "{" || first === "[") {
      if (depth > limits.depth) throw wrong(`it is over ${limits.depth} deep`, at);
      return first === "{" ? object(depth) : array(depth);
    }
    const word = take(WORD);
    if (word !== null) return word === "null" ? null : word === "true";
    const number = take(NUMBER);
    if (number === null) throw wrong("a value is missing", at);
    if (!Number.isFinite(Number(number))) throw wrong("a number is too large", at);
    return Number(number);
  };

  const result = value(1);
  if (next() !== "") throw wrong("something follows its end", at);
  return result;
}

function wrong(what: string, at: number): SyntaxError {
  return new SyntaxError(`not I-JSON: ${what} (at ${at})`);
}

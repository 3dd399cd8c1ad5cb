// Readers for messages that came over a socket: each takes an unknown value and gives a checked one, or throws
// SyntaxError naming the field. Pure, without dependencies, because the helper uses them.

export type Fields = { readonly [name: string]: unknown };

/** A plain JSON object with no member but `allowed`. */
export function asObject(value: unknown, allowed: readonly string[], what: string): Fields {
  if (!isObject(value)) throw new SyntaxError(`${what} is not an object`);
  for (const name of Object.keys(value)) {
    if (!allowed.includes(name)) throw new SyntaxError(`${what} has an unknown member`);
  }
  return value;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Own members only: a message cannot reach what Object.prototype has. */
export function member(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export function text(fields: Fields, name: string, max: number): string {
  const value = member(fields, name);
  if (typeof value !== "string" || value.length > max) {
    throw new SyntaxError(`${name} is not a text of at most ${max}`);
  }
  return value;
}

export function textOrNull(fields: Fields, name: string, max: number): string | null {
  return member(fields, name) === null ? null : text(fields, name, max);
}

export function integer(fields: Fields, name: string, min: number, max: number): number {
  const value = member(fields, name);
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    throw new SyntaxError(`${name} is not a whole number from ${min} to ${max}`);
  }
  return value;
}

export function integerOrNull(fields: Fields, name: string, min: number, max: number): number | null {
  return member(fields, name) === null ? null : integer(fields, name, min, max);
}

export function flag(fields: Fields, name: string): boolean {
  const value = member(fields, name);
  if (typeof value !== "boolean") throw new SyntaxError(`${name} is not true or false`);
  return value;
}

/** One of a closed set of texts. */
export function oneOf<T extends string>(fields: Fields, name: string, choices: readonly T[]): T {
  const value = member(fields, name);
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new SyntaxError(`${name} is not one of ${choices.join(", ")}`);
  return found;
}

export function list<T>(fields: Fields, name: string, max: number, each: (value: unknown) => T): T[] {
  const value = member(fields, name);
  if (!Array.isArray(value) || value.length > max) {
    throw new SyntaxError(`${name} is not a list of at most ${max}`);
  }
  return value.map(each);
}

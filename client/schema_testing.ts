// For tests only: as much of JSON Schema (draft 2020-12) as docs/schema uses, so that what pvd prints is held to
// it. A keyword that it does not know is an error. Pure, but for reading the schema.

import { isObject } from "../lib/check.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about a value. */
const NOTES = ["$schema", "$defs", "title", "description"];

export interface Schema {
  /** What is wrong with a value by a definition, with the place of each; empty where nothing is. */
  problems(definition: string, value: unknown): string[];
  /** "routers[].address" and so on: every leaf that a definition has. */
  leaves(definition: string): string[];
}

export function readSchema(file = new URL("../docs/schema/pvd-1.schema.json", import.meta.url)): Schema {
  const root: unknown = JSON.parse(Deno.readTextFileSync(file));
  const definitions = fields(fields(root)["$defs"]);
  const resolve = (schema: unknown): Fields => {
    const target = fields(schema)["$ref"];
    if (typeof target !== "string") return fields(schema);
    return resolve(definitions[target.replace("#/$defs/", "")]);
  };
  const problems = (schema: unknown, value: unknown, path: string): string[] => {
    const found = resolve(schema);
    return Object.entries(found).flatMap(([keyword, wanted]): string[] => {
      if (NOTES.includes(keyword)) return [];
      const wrong = (why: string) => [`${path === "" ? "the document" : path}: ${why}`];
      switch (keyword) {
        case "const":
          return value === wanted ? [] : wrong(`is not ${JSON.stringify(wanted)}`);
        case "enum":
          return list(wanted).includes(value) ? [] : wrong(`is none of ${JSON.stringify(wanted)}`);
        case "type":
          return list(wanted).some((type) => isOfType(value, type))
            ? []
            : wrong(`is not ${JSON.stringify(wanted)}`);
        case "minimum":
          return typeof value !== "number" || value >= Number(wanted) ? [] : wrong(`is below ${wanted}`);
        case "anyOf": {
          const each = list(wanted).map((option) => problems(option, value, path));
          return each.some((option) => option.length === 0)
            ? []
            : wrong(`fits none: ${each.flat().join(", ")}`);
        }
        case "required":
          return isObject(value)
            ? list(wanted).filter((name) => !Object.hasOwn(value, String(name))).flatMap((name) =>
              wrong(`has no ${name}`)
            )
            : [];
        case "properties":
          return isObject(value)
            ? Object.entries(fields(wanted)).filter(([name]) => Object.hasOwn(value, name))
              .flatMap(([name, schema]) => problems(schema, value[name], `${path}.${name}`))
            : [];
        case "additionalProperties":
          return isObject(value)
            ? Object.entries(value).filter(([name]) =>
              !Object.hasOwn(fields(found["properties"] ?? {}), name)
            )
              .flatMap(([name, each]) => problems(wanted, each, `${path}.${name}`))
            : [];
        case "items":
          return Array.isArray(value)
            ? value.flatMap((each, at) => problems(wanted, each, `${path}[${at}]`))
            : [];
        default:
          throw new Error(`the schema says ${keyword}, which these tests do not know`);
      }
    });
  };
  const leaves = (schema: unknown, path: string): string[] => {
    const { properties, items, additionalProperties } = resolve(schema);
    if (items !== undefined) return leaves(items, `${path}[]`);
    if (additionalProperties !== undefined) return [`${path}.*`];
    if (properties === undefined) return [path];
    return Object.entries(fields(properties)).flatMap(([name, each]) =>
      leaves(each, path === "" ? name : `${path}.${name}`)
    );
  };
  const defined = (name: string) => {
    if (!Object.hasOwn(definitions, name)) throw new Error(`the schema has no definition ${name}`);
    return definitions[name];
  };
  return {
    problems: (definition, value) => problems(defined(definition), value, ""),
    leaves: (definition) => leaves(defined(definition), ""),
  };
}

function fields(value: unknown): Fields {
  if (!isObject(value)) throw new Error(`the schema has ${JSON.stringify(value)} where an object should be`);
  return value;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  const known = typeof value;
  return known === type;
}

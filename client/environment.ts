// The environment of this process as text. A variable may be any bytes; the runtime throws where they are not UTF-8,
// and that is no defect of pvd's. On the fast path of `pvd run`.

export interface Environment {
  get(name: string): string | undefined;
}

/** undefined: it is not set; null: it is set, and not UTF-8. */
export function variable(name: string): string | null | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData) return null;
    throw error;
  }
}

/** What is not UTF-8 counts as not set. */
export const textEnvironment: Environment = { get: (name) => variable(name) ?? undefined };

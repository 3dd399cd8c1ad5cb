// What a run of the fuzzer came by, counted: so that it can be seen that it tested something. Pure.

import type { NdOption } from "../../lib/ndp/types.ts";

export class Coverage {
  readonly #groups = new Map<string, Map<string, number>>();
  readonly #most = new Map<string, number>();

  count(group: string, name: string, times = 1): void {
    const counts = this.#groups.get(group) ?? new Map<string, number>();
    if (!this.#groups.has(group)) this.#groups.set(group, counts);
    counts.set(name, (counts.get(name) ?? 0) + times);
  }

  most(name: string, value: number): void {
    this.#most.set(name, Math.max(value, this.#most.get(name) ?? 0));
  }

  options(options: readonly NdOption[], within = ""): void {
    for (const option of options) {
      this.count("options", `${within}${option.type}`);
      if (option.type === "pvd" || option.type === "mifContainer") {
        this.options(option.options, `${option.type}/`);
      }
    }
  }

  of(group: string, name: string): number {
    return this.#groups.get(group)?.get(name) ?? 0;
  }

  sum(group: string): number {
    return [...this.#groups.get(group)?.values() ?? []].reduce((sum, count) => sum + count, 0);
  }

  /** A line a group. */
  lines(): string[] {
    const groups = [...this.#groups].map(([group, counts]) =>
      `${group}: ${[...counts].sort().map(([name, count]) => `${name} ${count}`).join(", ")}`
    );
    return [...groups, `at most: ${[...this.#most].map(([name, most]) => `${name} ${most}`).join(", ")}`];
  }
}

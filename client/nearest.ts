// "Did you mean": the word out of a few that is nearest to the one typed. Pure.

/** The choice at most two edits (one, for short words) from `word`, or that `word` begins; null where there is none. */
export function nearest(word: string, choices: readonly string[]): string | null {
  const begun = choices.filter((choice) => word.replace(/^-+/, "").length > 1 && choice.startsWith(word));
  if (begun.length === 1) return begun[0] ?? null;
  const limit = word.length <= 4 ? 1 : 2;
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const choice of choices) {
    const distance = editDistance(word.slice(0, 64), choice);
    if (distance < bestDistance) [best, bestDistance] = [choice, distance];
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours (Damerau, optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

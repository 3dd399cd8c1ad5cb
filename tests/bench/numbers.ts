// Figures of many runs as one line. Pure.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** In milliseconds. */
export function spread(values: readonly number[]): string {
  return `median ${median(values).toFixed(1)}, ${Math.min(...values).toFixed(1)} to ${
    Math.max(...values).toFixed(1)
  } ms`;
}

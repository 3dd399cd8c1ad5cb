// Whether a figure is what was wanted of it. Pure.

/** What stands behind a figure: nothing, or that it is not within its limit. */
export function missed(isWithin: boolean): string {
  return isWithin ? "" : " MISSED";
}

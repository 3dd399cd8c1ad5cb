// The check that every number passes before it is written into a message. Pure.

/** RangeError, naming the field, unless the value is a whole number from `min` to `max`. */
export function checkRange(field: string, value: number, max: number, min = 0): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${field} ${value} is not a whole number from ${min} to ${max}`);
}

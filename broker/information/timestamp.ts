// RFC 3339 moments, no more and no less: Date.parse takes much else. Pure.

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const LEAP_SECOND = 60;

/** Milliseconds since 1970, or null. A leap second is the second before it. */
export function parseTimestamp(text: string): number | null {
  const found = RFC_3339.exec(text);
  if (found === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const [fraction = "0", sign, offsetHour = "0", offsetMinute = "0"] = found.slice(7);
  if (hour > 23 || minute > 59 || second > LEAP_SECOND) return null;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The 31st of February would be the 3rd of March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, Math.min(second, LEAP_SECOND - 1), Math.floor(Number(fraction) * 1000));
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  return date.getTime() - (sign === "-" ? -offsetMs : offsetMs);
}

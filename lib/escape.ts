// Text that came from a network, made safe to show on a terminal, in a file or in a log. A router chooses
// names and ids; it must not move the cursor, forge a line or turn the reading direction. Pure.

/**
 * Controls (C0, DEL, C1), format characters (bidi, zero-width, tags), whatever else has no width of its
 * own, line and paragraph separators, unpaired surrogates.
 */
const UNSAFE = "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Default_Ignorable_Code_Point}]";
/** Most text is of these alone. A pattern of UNSAFE takes half a millisecond to make, which `pvd run` would feel:
 * it is made when it is needed. */
const PRINTABLE = /^[ -~]*$/;
const BACKSLASHES = /\\/g;
const patterns = new Map<string, RegExp>();

/** Of all that `source` fits. */
function every(source: string): RegExp {
  const pattern = patterns.get(source) ?? new RegExp(source, "gu");
  patterns.set(source, pattern);
  return pattern;
}

/** Whether the text has a character that `escapeText` would replace, a backslash aside. */
export function hasUnsafeCharacter(text: string): boolean {
  return !PRINTABLE.test(text) && text.search(every(UNSAFE)) >= 0;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex.padStart(4, "0")}}`;
}

/** The text with every unsafe character as \xNN or \u{NNNN}; a backslash too, so that it can be read back. */
export function escapeText(text: string): string {
  const pattern = PRINTABLE.test(text) ? BACKSLASHES : every(`${UNSAFE}|\\\\`);
  return text.replace(pattern, escapeCharacter);
}

/** A name in presentation form (RFC 1035 5.1): its backslashes are escapes already, and stay, so that what is shown can
 * be typed. Anything unsafe, which no such name has, is escaped as in other text. */
export function escapeName(name: string): string {
  return PRINTABLE.test(name) ? name : name.replace(every(UNSAFE), escapeCharacter);
}

function escapeJsonCharacter(character: string): string {
  let text = "";
  for (let index = 0; index < character.length; index++) {
    text += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return text;
}

/** JSON on one line whose strings hold no unsafe character raw; JSON.parse gives the same value. */
export function safeJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) return "null";
  return PRINTABLE.test(text) ? text : text.replace(every(UNSAFE), escapeJsonCharacter);
}

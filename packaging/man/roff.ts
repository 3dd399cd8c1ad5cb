// Text as the source of a man page, man(7) macros alone, which groff and mandoc both read. Whatever stands in a text
// is shown as it stands there: nothing in it can be a request. Pure.

const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** Characters in running text. */
export function roff(text: string): string {
  return text.replace(
    /[\\\-'"`^~]|[^\x20-\x7e]/gu,
    (character) =>
      SPECIAL[character] ??
        `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}

/** The same in bold; two in one word are joined. */
export function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

/** `code` and **words** in bold, _words_ in italic, and of [a link](to) what it says. */
export function inline(text: string): string {
  const pattern =
    /`([^`]+)`|\*\*([^*]+)\*\*|(?<![A-Za-z0-9])_([^_]+)_(?![A-Za-z0-9])|\[([^\]]+)\]\([^)]+\)/gu;
  let out = "";
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const [whole, code, strong, emphasis, link] = match;
    out += roff(text.slice(at, match.index));
    at = match.index + whole.length;
    if (code !== undefined) out += bold(code);
    else if (strong !== undefined) out += `\\fB${inline(strong)}\\fR`;
    else if (emphasis !== undefined) out += `\\fI${roff(emphasis)}\\fR`;
    else out += inline(link ?? "");
  }
  return out + roff(text.slice(at));
}

const MAX_LINE_CHARS = 79;

/** Lines of running text: each sentence begins one, none is long, none can be taken for a request. */
export function lines(source: string): string[] {
  return source.split(/(?<=[.!?:]\)?) +(?=[A-Z\\])/).flatMap((sentence) => {
    const out: string[] = [];
    let line = "";
    for (const word of sentence.split(/ +/)) {
      if (line !== "" && line.length + 1 + word.length > MAX_LINE_CHARS) {
        out.push(line);
        line = word;
      } else {
        line = line === "" ? word : `${line} ${word}`;
      }
    }
    return [...out, line];
  }).filter((line) => line !== "").map(guarded);
}

/** A line that begins with a control character would be a request. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

export function title(name: string, section: number, facts: PageFacts, manual: string): string[] {
  return [
    `.\\" Made by packaging/generate.ts; changes belong there.`,
    `.TH ${name} ${section} ${facts.date} "pvd ${facts.version}" "${manual}"`,
    // Names of settings and options are not to be divided, nor lines filled up with spaces.
    ".nh",
    ".ad l",
  ];
}

/** What a page says of the build. */
export interface PageFacts {
  readonly version: string;
  /** "2025-01-31" */
  readonly date: string;
}

export function section(name: string): string {
  return `.SH ${name}`;
}

export function subsection(name: string): string {
  return `.SS ${argument(name)}`;
}

/** The first of a section needs no macro. */
export function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => [...(index === 0 ? [] : [".PP"]), ...lines(inline(text))]);
}

/** A term and what it means; `term` is roff. */
export function entry(term: string, meaning: readonly string[]): string[] {
  const [first = "", ...others] = meaning;
  return [
    ".TP",
    guarded(term),
    ...lines(inline(first)),
    ...others.flatMap((text) => [".IP", ...lines(inline(text))]),
  ];
}

/** Text whose lines stay as they are; `first` of a section, it needs no macro before it. */
export function verbatim(texts: readonly string[], first = false): string[] {
  const shown = texts.map((text) => guarded(text === "" ? "\\&" : roff(text)));
  return [...(first ? [] : [".PP"]), ".in +4n", ".nf", ...shown, ".fi", ".in"];
}

/** One argument of a macro, whatever is in it. */
function argument(text: string): string {
  return `"${roff(text)}"`;
}

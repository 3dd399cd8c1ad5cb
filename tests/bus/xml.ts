// Reads the XML of our policies for the tests that look into them: elements, attributes, text, comments; well-formed
// or an error. Enough for those files and for nothing else; the daemons' own parsers read them too (rules_test.ts).

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Without what is around it. */
  readonly text: string;
}

const TOKEN = /<!--(?:(?!--)[^])*-->|<!DOCTYPE[^>[]*>|<\?xml[^>]*\?>|<\/?[A-Za-z][^<>]*>|[^<]+/gy;
const ATTRIBUTE = /\s+([A-Za-z_-]+)="([^"<&]*)"/gy;

/** The root element. Throws SyntaxError. */
export function parseXml(text: string): Element {
  const root = { name: "", attributes: {}, children: new Array<Element>(), text: "" };
  const open = [root];
  let end = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    end = index + token.length;
    const parent = open.at(-1) ?? root;
    if (/^<[!?]/.test(token)) continue;
    if (!token.startsWith("<")) {
      parent.text = `${parent.text}${token}`.trim();
    } else if (token.startsWith("</")) {
      if (token !== `</${parent.name}>` || open.length === 1) throw new SyntaxError(`${token} at ${index}`);
      open.pop();
    } else {
      const element = { ...parseTag(token), children: new Array<Element>(), text: "" };
      parent.children.push(element);
      if (!token.endsWith("/>")) open.push(element);
    }
  }
  const [only, ...more] = root.children;
  const whole = end === text.length && open.length === 1 && root.text === "";
  if (!whole || only === undefined || more.length > 0) throw new SyntaxError(`not well-formed at ${end}`);
  return only;
}

function parseTag(tag: string): { name: string; attributes: Record<string, string> } {
  const [start = "", name = ""] = /^<([A-Za-z_-]+)/.exec(tag) ?? [];
  const attributes: Record<string, string> = {};
  const inner = tag.slice(start.length).replace(/\s*\/?>$/, "");
  let end = 0;
  for (const { 0: whole, 1: key = "", 2: value = "", index } of inner.matchAll(ATTRIBUTE)) {
    end = index + whole.length;
    if (Object.hasOwn(attributes, key)) throw new SyntaxError(`${tag}: ${key} twice`);
    attributes[key] = value;
  }
  if (end !== inner.length) throw new SyntaxError(`${tag}: not well-formed`);
  return { name, attributes };
}

/** The children of that name. */
export function childrenOf(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name);
}

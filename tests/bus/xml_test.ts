import assert from "node:assert/strict";
import { parseXml } from "./xml.ts";

Deno.test("parseXml: what is not well-formed is an error, not half a policy", () => {
  for (
    const text of [
      "",
      "<a>",
      "<a></b>",
      "<a></a><b/>",
      "<a>",
      "text<a/>",
      "<a/>text",
      '<a b="1" b="2"/>',
      "<a b=1/>",
      "<a><!-- -- --></a>",
      "<a><</a>",
      "</a>",
    ]
  ) assert.throws(() => parseXml(text), SyntaxError, text);
});

Deno.test("parseXml: elements with attributes and text", () => {
  assert.deepEqual(parseXml('<?xml version="1.0"?>\n<!-- x -->\n<a b="1"><c/> text </a>\n'), {
    name: "a",
    attributes: { b: "1" },
    children: [{ name: "c", attributes: {}, children: [], text: "" }],
    text: "text",
  });
});

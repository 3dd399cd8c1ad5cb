// `pvd status`: how broker and helper are, which links are heard, what was refused. Formatting is pure; text that
// may come from a network goes through escapeText.

import { escapeText } from "../lib/escape.ts";
import type { StatusView } from "../lib/protocol.ts";
import type { Broker } from "./api.ts";
import { jsonDocument } from "./output.ts";
import { print, standardOutput, styled, type Terminal } from "./terminal.ts";
import { durationText, messageText, padded, sizeText, widthOf } from "./text.ts";

/** Runs the command. Throws ClientError. */
export async function status(broker: Broker, json: boolean): Promise<number> {
  const view = await broker.status();
  print(json ? jsonDocument({ status: view }) : formatStatus(view, standardOutput()));
  return 0;
}

/** The whole answer, ended by a newline. */
export function formatStatus(view: StatusView, terminal: Terminal): string {
  const { broker, helper, advertisements } = view;
  const good = (text: string) => styled(terminal, "good", text);
  const bad = (text: string) => styled(terminal, "bad", text);
  const refused = Object.entries(advertisements.refused).filter(([, count]) => count > 0);
  const lines = [
    `broker          ${good("running")}, process ${broker.pid} of uid ${broker.uid}, up ${
      durationText(broker.uptimeS)
    }, ` +
    sizeText(broker.residentBytes),
    `helper          ${helper.connected ? good("connected") : bad("not connected")}${why(helper.problem)}`,
    `PvDs            ${view.domains}`,
    `advertisements  ${advertisements.received} received, ${advertisements.coalesced} of them unchanged, ` +
    `${advertisements.invalid} invalid`,
    ...Object.entries(advertisements.invalidReasons)
      .map(([reason, count]) => `  invalid: ${count} because ${messageText(reason)}`),
    ...(advertisements.lastProblem === null
      ? []
      : [`  last invalid: ${messageText(advertisements.lastProblem)}`]),
    ...(advertisements.passedOver === 0
      ? []
      : [`  options passed over: in ${advertisements.passedOver} of them`]),
    ...(advertisements.lastPassedOver === null
      ? []
      : [`  last option passed over: ${messageText(advertisements.lastPassedOver)}`]),
    ...refused.map(([reason, count]) => `  refused: ${count} for ${escapeText(reason)}`),
    "",
    styled(terminal, "heading", "links"),
    ...linkLines(view.links, good, bad),
  ];
  return `${lines.join("\n")}\n`;
}

function linkLines(
  links: StatusView["links"],
  good: (text: string) => string,
  bad: (text: string) => string,
) {
  if (links.length === 0) return ["  none"];
  const width = Math.max(...links.map((link) => widthOf(escapeText(link.name))));
  return links.map((link) => {
    const hears = link.problem === null
      ? good("listening")
      : `${good("listening")}, but not every PvD can be made`;
    const listening = link.listening ? hears : link.up ? bad("not listening") : "not listening";
    return `  ${padded(escapeText(link.name), width)}  ${link.up ? "up  " : "down"}  ${listening}${
      why(link.problem)
    }`;
  });
}

function why(problem: string | null): string {
  return problem === null ? "" : `: ${messageText(problem)}`;
}

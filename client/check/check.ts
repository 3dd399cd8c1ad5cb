// `pvd check [DOMAIN]`: starts a part of itself in the PvD, as `pvd run` starts a program, and judges what that found
// and what the broker says. It needs no privilege, and changes nothing.

import { linkTarget } from "../../lib/linux/fd.ts";
import type { Broker } from "../api.ts";
import { ClientError } from "../errors.ts";
import { jsonDocument } from "../output.ts";
import { findDomain } from "../show.ts";
import { print, standardOutput } from "../terminal.ts";
import { judge } from "./judge.ts";
import { isLookupName, nameFor } from "./judge_names.ts";
import { worst } from "./rows.ts";
import { findInside } from "./start.ts";
import { formatCheck } from "./text.ts";

export interface CheckOptions {
  /** The text of --name. */
  readonly name: string | null;
  readonly interactive: boolean;
  readonly json: boolean;
}

/** Runs the command: 0 without a problem, else 1. Throws ClientError. */
export async function check(
  broker: Broker,
  word: string,
  { name: asked, interactive, json }: CheckOptions,
): Promise<number> {
  if (asked !== null && !isLookupName(asked)) {
    throw new ClientError("usage", "--name takes a name of letters, digits, hyphens and dots");
  }
  const domain = await findDomain(broker, word);
  const name = nameFor(domain, asked);
  const inside = domain.namespace === ""
    ? { problem: "it has no namespace" }
    : await findInside(broker, domain, name?.text ?? null, interactive);
  const hostNamespace = linkTarget("/proc/self/ns/net") ?? "";
  const rows = judge({ domain, hostNamespace, name, inside });
  const verdict = worst(rows);
  const { id, namespace } = domain;
  print(
    json
      ? jsonDocument({ check: { id, namespace, name: name?.text ?? null, verdict, rows } })
      : formatCheck(id, rows, standardOutput()),
  );
  return verdict === "problem" ? 1 : 0;
}

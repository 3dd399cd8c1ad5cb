// The two things that can be fetched: a PvD's additional information from its own web server (RFC 8801 4.1), and the
// list that a router of MIF-PvD keeps. No cookie, no User-Agent, no language, no referrer: nothing about who asks.

import {
  DOMAIN_INTERFACE,
  type JsonValue,
  MAX_INFORMATION_BYTES,
  MAX_INFORMATION_DEPTH,
  MAX_INFORMATION_VALUES,
} from "../lib/protocol.ts";
import { parseStrictJson } from "../lib/strict_json.ts";
import { connectTcp, connectTls } from "./connection.ts";
import { FetchFailure } from "./failure.ts";
import type { FetcherRequest } from "./request.ts";
import { readResponse, type Response } from "./response.ts";
import { redirectTarget, type Target, wellKnownTarget } from "./url.ts";

const MAX_REDIRECTS = 5;
const MEDIA_TYPE = "application/pvd+json";
/** RFC 9110 15.4. */
const REDIRECTS = [301, 302, 303, 307, 308];
const ROUTER_PORT = 8080;
const ROUTER_PATH = "/pvd-info.json";

/** The value that the server has: an object, or a router's list. Throws FetchFailure. */
export async function fetchInformation(request: FetcherRequest): Promise<JsonValue> {
  switch (request.source) {
    case "wellKnown":
      return await fetchWellKnown(request.name, request.authorities);
    case "router":
      return await fetchFromRouter(request.name);
  }
}

async function fetchWellKnown(name: string, authorities: string | null): Promise<JsonValue> {
  let target = wellKnownTarget(name);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const found = await get(target, authorities);
    if ("value" in found) return found.value;
    target = redirectTarget(target, found.location);
  }
  throw new FetchFailure("redirect", `over ${MAX_REDIRECTS} redirects`);
}

async function get(
  target: Target,
  authorities: string | null,
): Promise<{ readonly value: JsonValue } | { readonly location: string | null }> {
  const connection = await connectTls(target.host, authorities);
  try {
    await connection.send(
      `GET ${target.path} HTTP/1.1\r\nHost: ${target.host}\r\nAccept: ${MEDIA_TYPE}\r\nConnection: close\r\n\r\n`,
    );
    const response = await readResponse(connection.receive, MAX_INFORMATION_BYTES, false);
    if (REDIRECTS.includes(response.status)) return { location: response.header("location") };
    checkStatus(response);
    const type = mediaType(response);
    if (type !== MEDIA_TYPE) {
      throw new FetchFailure("http", `the media type is ${type ?? "not said"}, not ${MEDIA_TYPE}`);
    }
    const value = parse(await response.body());
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new FetchFailure("format", "the answer is not an object");
    }
    return { value };
  } finally {
    connection.close();
  }
}

/** Plain HTTP to the router itself, over the domain's interface; old servers answer without a header. */
async function fetchFromRouter(address: string): Promise<JsonValue> {
  const connection = await connectTcp(`${address}%${DOMAIN_INTERFACE}`, ROUTER_PORT);
  try {
    await connection.send(
      `GET ${ROUTER_PATH} HTTP/1.0\r\nHost: [${address}]:${ROUTER_PORT}\r\nAccept: application/json\r\n\r\n`,
    );
    const response = await readResponse(connection.receive, MAX_INFORMATION_BYTES, true);
    checkStatus(response);
    const value = parse(await response.body());
    if (!Array.isArray(value)) throw new FetchFailure("format", "the answer is not a list");
    return value;
  } finally {
    connection.close();
  }
}

function checkStatus({ status }: Response): void {
  if (status < 200 || status > 299) {
    throw new FetchFailure("http", `the server answers with status ${status}`);
  }
}

/** Without its parameters (RFC 9110 8.3.1). */
function mediaType(response: Response): string | null {
  return response.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? null;
}

function parse(body: Uint8Array): JsonValue {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new FetchFailure("format", "the answer is not UTF-8");
  }
  try {
    return parseStrictJson(text, { depth: MAX_INFORMATION_DEPTH, values: MAX_INFORMATION_VALUES });
  } catch (error) {
    throw new FetchFailure("format", error instanceof SyntaxError ? error.message : "the answer is not JSON");
  }
}

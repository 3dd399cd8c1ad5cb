// The options of a message, in order, and those inside an RFC 8801 PvD option or a MIF
// container. An option that cannot be used is passed over with a sentence and costs nothing
// else; an option of length zero, wherever it is, costs the message (RFC 4861 6.1.2). Pure; never throws.

import { escapeText } from "../escape.ts";
import {
  MAX_IGNORED,
  MAX_NESTING,
  MAX_OPTIONS,
  OPTION_MIF_CONTAINER,
  OPTION_MIF_ID,
  OPTION_PVD,
  RA_HEADER_OCTETS,
} from "./codes.ts";
import { readHeader } from "./header.ts";
import { readName } from "./name.ts";
import { pad8, readU16, readU32, readU8 } from "./octets.ts";
import { type RawOption, readOption } from "./read_option.ts";
import type { MifContainerOption, NdOption, PvdOption } from "./types.ts";

/** Where options stand: decides which of them mean something. */
type Place = "advertisement" | "solicitation" | "pvd" | "container";

export interface OptionsRead {
  readonly ok: true;
  readonly options: readonly NdOption[];
  readonly ignored: readonly string[];
}
export interface MessageInvalid {
  readonly ok: false;
  /** One of a dozen texts, for counting: nothing in it comes from the message. */
  readonly reason: string;
  /** The same with what was there; network text in it is escaped. */
  readonly problem: string;
}

/** What one message is read with: the sentences so far, and how many options may still come. */
class Reading {
  #ignored: string[] = [];
  #left = MAX_OPTIONS;

  ignore(sentence: string): void {
    this.#ignored.push(sentence);
  }

  /** Whether one more option may be read. */
  take(): boolean {
    return this.#left-- > 0;
  }

  /** How many sentences there are: to `forget` what is said about the inside of an option that goes as a whole. */
  get mark(): number {
    return this.#ignored.length;
  }

  forget(mark: number): void {
    this.#ignored.length = mark;
  }

  /** The first MAX_IGNORED sentences, and how many there were beyond them. */
  sentences(): readonly string[] {
    const more = this.#ignored.length - MAX_IGNORED;
    return more <= 0
      ? this.#ignored
      : [...this.#ignored.slice(0, MAX_IGNORED), `${more} more were passed over`];
  }
}

/** `zero`: the message must go. `bad`: what holds the options must go. */
type Inside<T> =
  | { readonly kind: "good"; readonly value: T }
  | { readonly kind: "bad"; readonly problem: string }
  | { readonly kind: "zero" };

const ZERO = { kind: "zero" } as const;

function bad(problem: string): { readonly kind: "bad"; readonly problem: string } {
  return { kind: "bad", problem };
}

/** Cuts bytes into options by their lengths (RFC 4861 4.6). */
function split(bytes: Uint8Array): Inside<readonly RawOption[]> {
  const raws: RawOption[] = [];
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    if (left < 2) return bad(`an option is cut short: ${left} octet remains`);
    const length = readU8(bytes, at + 1) * 8;
    if (length === 0) return ZERO;
    if (length > left) return bad(`an option claims ${length} octets where ${left} remain`);
    raws.push({ code: readU8(bytes, at), bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return { kind: "good", value: raws };
}

/** RFC 8801 3.1: reads the option and what is inside it. */
function readPvd(bytes: Uint8Array, depth: number, reading: Reading): Inside<PvdOption> {
  const flags = readU16(bytes, 2);
  const name = readName(bytes, 6, bytes.length);
  if (!name.ok) return bad(`a PvD option is of no use: ${name.problem}`);
  if (name.name === "") return bad("a PvD option is of no use: its name is empty");
  let at = pad8(name.next);
  let header = null;
  if ((flags & 0x2000) !== 0) {
    const left = bytes.length - at;
    if (left < RA_HEADER_OCTETS) {
      return bad(`the PvD option ${name.name} has the R flag, but ${Math.max(left, 0)} octets for a header`);
    }
    header = readHeader(bytes, at);
    at += RA_HEADER_OCTETS;
  }
  const inner = readAll(bytes.subarray(at), "pvd", depth, reading);
  if (inner.kind === "zero") return inner;
  if (inner.kind === "bad") return bad(`the PvD option ${name.name} is of no use: ${inner.problem}`);
  return {
    kind: "good",
    value: {
      type: "pvd",
      name: name.name,
      http: (flags & 0x8000) !== 0,
      legacy: (flags & 0x4000) !== 0,
      delay: flags & 0x000f,
      sequence: readU16(bytes, 4),
      header,
      options: inner.value,
    },
  };
}

const CONTAINER_HEADER_OCTETS = 8;

/** draft-ietf-mif-mpvd-ndp-support-02 3, unsigned. */
function readContainer(bytes: Uint8Array, depth: number, reading: Reading): Inside<MifContainerOption> {
  if ((readU8(bytes, 2) & 0x80) !== 0) return bad("a container is signed, which cannot be verified");
  // Draft -03 has the length of an id where -02 has zeros, and the two share their type.
  if (readU32(bytes, 4) !== 0) {
    return bad("a container is not of draft -02: the octets after its header are not zero");
  }
  const inner = readAll(bytes.subarray(CONTAINER_HEADER_OCTETS), "container", depth, reading);
  if (inner.kind === "zero") return inner;
  if (inner.kind === "bad") return bad(`a container is of no use: ${inner.problem}`);
  const ids = inner.value.filter((option) => option.type === "mifId").length;
  if (ids !== 1) return bad(`a container is of no use: it has ${ids === 0 ? "no" : ids} PVD_ID`);
  return { kind: "good", value: { type: "mifContainer", options: inner.value } };
}

/** The id of a container that was read, and of one to be built. */
export function containerId(container: MifContainerOption): string {
  for (const option of container.options) if (option.type === "mifId") return option.id;
  return "";
}

/** Options that a Router Solicitation may have (RFC 4861 4.1 and the draft's hints); unknown ones stay. */
function belongsInSolicitation(option: NdOption): boolean {
  return option.type === "sourceLinkLayerAddress" || option.type === "mifId" || option.type === "unknown";
}

/** Reads bytes that hold options and nothing else; `depth` is 0 in the message itself. */
function readAll(
  bytes: Uint8Array,
  place: Place,
  depth: number,
  reading: Reading,
): Inside<readonly NdOption[]> {
  const raws = split(bytes);
  if (raws.kind !== "good") return raws;
  const options: NdOption[] = [];
  const containers = new Set<string>();
  let pvdSeen = false;
  let idBroken = "";
  let nested = false;
  for (const raw of raws.value) {
    if (!reading.take()) {
      reading.ignore(`an option of type ${raw.code} comes after the ${MAX_OPTIONS} that are read`);
    } else if (raw.code === OPTION_PVD) {
      // Deeper than this, what is around it goes as a whole.
      if (depth === MAX_NESTING) continue;
      const mark = reading.mark;
      const pvd = readPvd(raw.bytes, depth + 1, reading);
      if (pvd.kind === "zero") return pvd;
      const first = place === "advertisement" && !pvdSeen;
      pvdSeen = true;
      if (pvd.kind === "good" && first) {
        options.push(pvd.value);
        continue;
      }
      reading.forget(mark);
      reading.ignore(pvd.kind === "bad" ? pvd.problem : misplacedPvd(pvd.value.name, place));
    } else if (raw.code === OPTION_MIF_CONTAINER) {
      nested = true;
      if (depth === MAX_NESTING) continue;
      const mark = reading.mark;
      const container = readContainer(raw.bytes, depth + 1, reading);
      if (container.kind === "zero") return container;
      let problem = container.kind === "bad" ? container.problem : "";
      if (container.kind === "good") {
        const id = containerId(container.value);
        if (place === "pvd") problem = `the container of ${escapeText(id)} is inside a PvD option`;
        else if (containers.has(id)) {
          problem = `the container of ${escapeText(id)} is not the first with this id`;
        } else {
          containers.add(id);
          options.push(container.value);
          continue;
        }
      }
      reading.forget(mark);
      reading.ignore(problem);
    } else {
      const option = readOption(raw);
      if (typeof option === "string") {
        if (raw.code === OPTION_MIF_ID) idBroken = option;
        reading.ignore(option);
      } else if (option.type === "mifId" && (place === "advertisement" || place === "pvd")) {
        reading.ignore(`the PVD_ID ${escapeText(option.id)} is not in a container`);
      } else if (place === "solicitation" && !belongsInSolicitation(option)) {
        reading.ignore(`an option of type ${raw.code} does not belong in a Router Solicitation`);
      } else {
        options.push(option);
      }
    }
  }
  if (place === "container") {
    if (nested) return bad("a container is inside it");
    if (idBroken !== "") return bad(idBroken);
  }
  return { kind: "good", value: options };
}

function misplacedPvd(name: string, place: Place): string {
  switch (place) {
    case "advertisement":
      return `the PvD option ${name} is not the first`;
    case "solicitation":
      return `the PvD option ${name} does not belong in a Router Solicitation`;
    case "pvd":
      return `the PvD option ${name} is inside another`;
    case "container":
      return `the PvD option ${name} is inside a container`;
  }
}

/** Everything in an RA belongs to its RFC 8801 PvD (RFC 8801 3.4), so it leaves none to containers. */
function withoutContainersBesidePvd(options: readonly NdOption[], reading: Reading): readonly NdOption[] {
  if (!options.some((option) => option.type === "pvd")) return options;
  return options.filter((option) => {
    if (option.type !== "mifContainer") return true;
    reading.ignore(`the container of ${escapeText(containerId(option))} is beside a PvD option`);
    return false;
  });
}

/** The options of a message, given what follows its fixed part; or why the whole message is invalid. */
export function readOptions(
  bytes: Uint8Array,
  place: "advertisement" | "solicitation",
): OptionsRead | MessageInvalid {
  const reading = new Reading();
  const all = readAll(bytes, place, 0, reading);
  switch (all.kind) {
    case "zero":
      return { ok: false, reason: "an option has the length 0", problem: "an option has the length 0" };
    case "bad":
      return { ok: false, reason: "an option is cut short", problem: all.problem };
    case "good": {
      const options = withoutContainersBesidePvd(all.value, reading);
      return { ok: true, options, ignored: reading.sentences() };
    }
  }
}

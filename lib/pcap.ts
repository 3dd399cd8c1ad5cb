// Reads captures, pcap and pcapng, down to the frames in them. A capture is a file from anywhere: every
// length in it is checked against what is there, and nothing is allocated by what it says. Pure; never throws.

/** A captured frame, as much of it as the capture kept; pcap_frame.ts looks into it. */
export interface Frame {
  /** Counts every packet of the file from 1. */
  readonly number: number;
  /** As in the registry of tcpdump.org. */
  readonly linkType: number;
  readonly bytes: Uint8Array;
}

export type CaptureItem =
  | { readonly type: "frame"; readonly frame: Frame }
  /** The last item: what follows cannot be read. */
  | { readonly type: "problem"; readonly problem: string };

const PCAP_US = 0xa1b2_c3d4;
const PCAP_NS = 0xa1b2_3c4d;
const PCAP_HEADER_OCTETS = 24;
const PCAP_RECORD_OCTETS = 16;

const SECTION_HEADER = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const INTERFACE_DESCRIPTION = 1;
const PACKET_OBSOLETE = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
/** Type, length, and length again at the end. */
const MIN_BLOCK_OCTETS = 12;
/** Interfaces of one section: a description takes 20 octets, so a file could hold millions. */
const MAX_INTERFACES = 65_536;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
}

function problem(text: string): CaptureItem {
  return { type: "problem", problem: text };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Every frame of a capture file in order, and then, where the file is not whole, why. */
export function* readCapture(bytes: Uint8Array): Generator<CaptureItem, void, undefined> {
  if (bytes.length < 4) {
    yield problem(bytes.length === 0 ? "the file is empty" : "the file is too short to be a capture");
    return;
  }
  const view = viewOf(bytes);
  if (view.getUint32(0) === SECTION_HEADER) {
    yield* readPcapng(bytes, view);
    return;
  }
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === PCAP_US || magic === PCAP_NS) {
      yield* readPcap(bytes, view, littleEndian);
      return;
    }
  }
  yield problem("the file is neither pcap nor pcapng");
}

function* readPcap(
  bytes: Uint8Array,
  view: DataView,
  littleEndian: boolean,
): Generator<CaptureItem, void, undefined> {
  if (bytes.length < PCAP_HEADER_OCTETS) {
    yield problem("the file ends inside its pcap header");
    return;
  }
  // The upper half says whether frames end with their check sequence.
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  let number = 1;
  for (let at = PCAP_HEADER_OCTETS; at < bytes.length; number++) {
    const left = bytes.length - at - PCAP_RECORD_OCTETS;
    if (left < 0) {
      yield problem(`the file ends inside the header of packet ${number}`);
      return;
    }
    const captured = view.getUint32(at + 8, littleEndian);
    if (captured > left) {
      yield problem(`packet ${number} claims ${captured} octets where ${left} remain in the file`);
      return;
    }
    at += PCAP_RECORD_OCTETS;
    yield { type: "frame", frame: { number, linkType, bytes: bytes.subarray(at, at + captured) } };
    at += captured;
  }
}

/** The pcapng draft, draft-ietf-opsawg-pcapng 3 and 4. */
function* readPcapng(bytes: Uint8Array, view: DataView): Generator<CaptureItem, void, undefined> {
  let littleEndian = true;
  let interfaces: Interface[] = [];
  let number = 0;
  let block = 0;
  for (let at = 0; at < bytes.length;) {
    block++;
    const left = bytes.length - at;
    if (left < MIN_BLOCK_OCTETS) {
      yield problem(`the file ends inside block ${block}`);
      return;
    }
    const type = view.getUint32(at, littleEndian);
    if (type === SECTION_HEADER) {
      const order = view.getUint32(at + 8);
      if (order !== BYTE_ORDER_MAGIC && view.getUint32(at + 8, true) !== BYTE_ORDER_MAGIC) {
        yield problem(`block ${block} is a section header without a byte order`);
        return;
      }
      littleEndian = order !== BYTE_ORDER_MAGIC;
      interfaces = [];
    }
    const length = view.getUint32(at + 4, littleEndian);
    if (length < MIN_BLOCK_OCTETS || length % 4 !== 0) {
      yield problem(`block ${block} has the length ${length}`);
      return;
    }
    if (length > left) {
      yield problem(`block ${block} claims ${length} octets where ${left} remain in the file`);
      return;
    }
    const body = at + 8;
    const bodyLength = length - MIN_BLOCK_OCTETS;
    at += length;

    if (type === INTERFACE_DESCRIPTION) {
      if (bodyLength < 8 || interfaces.length === MAX_INTERFACES) {
        yield problem(
          bodyLength < 8
            ? `block ${block} is too short to describe an interface`
            : `the file has more than ${MAX_INTERFACES} interfaces`,
        );
        return;
      }
      interfaces.push({
        linkType: view.getUint16(body, littleEndian),
        snapLength: view.getUint32(body + 4, littleEndian),
      });
      continue;
    }
    if (type !== ENHANCED_PACKET && type !== SIMPLE_PACKET && type !== PACKET_OBSOLETE) continue;

    number++;
    const head = type === SIMPLE_PACKET ? 4 : 20;
    if (bodyLength < head) {
      yield problem(`block ${block} is too short for packet ${number}`);
      return;
    }
    const index = type === SIMPLE_PACKET
      ? 0
      : type === ENHANCED_PACKET
      ? view.getUint32(body, littleEndian)
      : view.getUint16(body, littleEndian);
    const source = interfaces[index];
    if (source === undefined) {
      yield problem(`packet ${number} is of interface ${index}, which the file does not describe`);
      return;
    }
    // A simple packet does not say how much of it was kept: the snap length does, 0 being no limit.
    const captured = type === SIMPLE_PACKET
      ? Math.min(
        view.getUint32(body, littleEndian),
        source.snapLength === 0 ? Infinity : source.snapLength,
      )
      : view.getUint32(body + 12, littleEndian);
    if (captured > bodyLength - head) {
      yield problem(`packet ${number} claims ${captured} octets where its block has ${bodyLength - head}`);
      return;
    }
    const start = body + head;
    yield {
      type: "frame",
      frame: { number, linkType: source.linkType, bytes: bytes.subarray(start, start + captured) },
    };
  }
}

// The packets that tests and the fuzzer start from: the vectors and captures in tests/data. Reads those files.

const DATA = new URL("../data/", import.meta.url);

/** A vector of vectors.json: `bytes` is the ICMPv6 message, the rest is as in the file. */
export interface Vector {
  readonly name: string;
  readonly src: string;
  readonly dst: string;
  readonly hoplimit: number;
  readonly hex: string;
  readonly basis: "rfc" | "policy" | "code";
  readonly expect: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}

/** Octets of hex text. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(
    text.match(/../g) ?? [],
    (octet) => parseInt(octet, 16),
  );
}

export function readVectors(): Vector[] {
  const raw: Omit<Vector, "bytes">[] = JSON.parse(
    Deno.readTextFileSync(new URL("vectors.json", DATA)),
  );
  return raw.map((vector) => ({ ...vector, bytes: fromHex(vector.hex) }));
}

export interface CaptureFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function captureFiles(): CaptureFile[] {
  const folder = new URL("captures/", DATA);
  return Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.endsWith(".pcap")).sort()
    .map((name) => ({
      name,
      bytes: Deno.readFileSync(new URL(name, folder)),
    }));
}

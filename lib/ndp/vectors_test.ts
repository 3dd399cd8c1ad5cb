// Every vector of vectors.json against what it expects. Where that is what only pvdman or draft -03 does, the
// table INSTEAD has what the vector's note recommends, and says so.

import assert from "node:assert/strict";
import { readVectors, type Vector } from "../../tests/fuzz/ndp_data.ts";
import { domainAdvertisements } from "./domains.ts";
import { parseMessage, type ParseResult } from "./parse.ts";
import type { DomainAdvertisement, NdOption, RouterAdvertisement } from "./types.ts";

function parseVector(vector: Vector): ParseResult {
  return parseMessage(vector.bytes, {
    source: vector.src,
    destination: vector.dst,
    hopLimit: vector.hoplimit,
    verifyChecksum: true,
  });
}

function advertisement(result: ParseResult): RouterAdvertisement {
  assert.ok(result.ok, result.ok ? "" : result.problem);
  assert.equal(result.message.type, "routerAdvertisement");
  assert.ok(result.message.type === "routerAdvertisement");
  return result.message;
}

function pvdOf(ra: RouterAdvertisement) {
  for (const option of ra.options) if (option.type === "pvd") return option;
  return null;
}

function prefixesOf(domain: DomainAdvertisement): string[] {
  return domain.prefixes.map(({ prefix }) => prefix);
}

const CODES: Readonly<Record<NdOption["type"], number>> = {
  sourceLinkLayerAddress: 1,
  prefix: 3,
  mtu: 5,
  pvd: 21,
  route: 24,
  rdnss: 25,
  dnssl: 31,
  captivePortal: 37,
  pref64: 38,
  mifContainer: 63,
  mifId: 64,
  encryptedDns: 144,
  unknown: -1,
};

/** What the note recommends where `expect` has what pvdman does, or what only draft -03 has. */
const INSTEAD: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // Ignore the outer container with what is in it; the rest of the RA stands.
  "mif02-nested-container": { accept: true, pvds: {}, ignored: "a container is inside it" },
  // A -02 parser must not accept a -03 container; the outer options are the implicit domain's.
  "mif03-appendix-a": { accept: true, pvds: {}, ignored: "not of draft -02", mtu: { implicit: 1500 } },
};

/** Words of `expect.why` and `expect.ignored` to those of our sentences. */
const SENTENCES: Readonly<Record<string, RegExp>> = {
  "an option of length zero is included": /length 0/,
  "hop limit not 255": /hop limit is 64, not 255/,
  "source not link-local": /source 2001:db8::1 is not link-local/,
  "checksum": /checksum is wrong/,
  "ICMP length < 16": /12 octets, fewer than 16/,
  "option length zero": /length 0/,
  "option claims 160 octets, 24 remain": /claims 160 octets where 24 remain/,
  "ignored: compression pointer": /compressed/,
  "ignored: label length 64": /label of 64 octets/,
  "ignored: empty name": /empty/,
  "ignored: name is 256 octets": /longer than 255 octets/,
  "ignored: R=1 but 8 octets left": /R flag, but 8 octets/,
  "RDNSS with even length 4": /RDNSS option has the length 4/,
  "second container": /not the first with this id/,
  "container without PVD_ID": /no PVD_ID/,
  "S=1 and signature not verifiable": /signed/,
  "a container is inside it": /a container is inside it/,
  "not of draft -02": /not of draft -02/,
};

function sentence(words: unknown): RegExp {
  const pattern = SENTENCES[String(words)];
  assert.ok(pattern !== undefined, `no sentence is known for ${words}`);
  return pattern;
}

function checkPvds(domains: readonly DomainAdvertisement[], pvds: object): void {
  const seen = new Map(domains.map((domain) => [domain.id, domain]));
  const explicit = Object.keys(pvds).filter((key) => !key.startsWith("implicit "));
  assert.deepEqual(domains.filter(({ kind }) => kind === "explicit").map(({ id }) => id), explicit);
  for (const [key, prefixes] of Object.entries(pvds)) {
    const domain = seen.get(key.replace(/^implicit /, ""));
    assert.ok(domain !== undefined, `there is no domain ${key}`);
    assert.deepEqual(prefixesOf(domain), prefixes);
  }
}

/** Checks one expectation; false where the key is about something else than the parser. */
function checkKey(key: string, wanted: unknown, ra: RouterAdvertisement): boolean {
  const domains = domainAdvertisements(ra);
  const [domain] = domains;
  assert.ok(domain !== undefined);
  const pvd = pvdOf(ra);
  switch (key) {
    case "pvd": {
      const implicit = String(wanted).startsWith("implicit:");
      assert.equal(domain.kind, implicit ? "implicit" : "explicit");
      if (!implicit) assert.equal(`${domain.id}.`, wanted);
      return true;
    }
    case "H":
      assert.equal(domain.flags.http, wanted === 1);
      return true;
    case "fetch":
      assert.equal(domain.flags.http, wanted);
      return true;
    case "L":
      assert.equal(domain.flags.legacy, wanted === 1);
      return true;
    case "R":
      assert.equal(domain.flags.header, wanted === 1);
      return true;
    case "delay":
      assert.equal(domain.delay, wanted);
      return true;
    case "seq":
      assert.equal(domain.sequence, wanted);
      return true;
    case "ignore":
      assert.deepEqual(wanted, ["delay", "seq"]);
      assert.deepEqual([domain.delay, domain.sequence], [0, 0]);
      return true;
    case "router_lifetime":
      assert.equal(domain.header.routerLifetimeS, wanted);
      return true;
    case "outer_lifetime":
      assert.equal(ra.header.routerLifetimeS, wanted);
      return true;
    case "default_route":
      assert.equal(domain.header.routerLifetimeS > 0, wanted);
      return true;
    case "prefixes":
    case "onlink":
      assert.deepEqual(prefixesOf(domain), wanted);
      return true;
    case "routes":
      assert.deepEqual(domain.routes, wanted);
      return true;
    case "all_objects_in":
      assert.deepEqual(domains.map(({ id }) => `${id}.`), [wanted]);
      return true;
    case "inner":
      assert.deepEqual(pvd?.options.map(({ type }) => CODES[type]), wanted);
      return true;
    case "pref64":
      assert.deepEqual(domain.pref64.map(({ prefix }) => prefix), [wanted]);
      return true;
    case "implicit_uuid":
      assert.equal(domains.find(({ kind }) => kind === "implicit")?.id, wanted);
      return true;
    case "mtu": {
      if (typeof wanted === "number") {
        assert.equal(domain.mtu, wanted);
        return true;
      }
      const byId = domains.map(({ kind, id, mtu }) => [kind === "implicit" ? kind : id, mtu]);
      assert.deepEqual(Object.fromEntries(byId), wanted);
      return true;
    }
    case "pvds":
      assert.ok(typeof wanted === "object" && wanted !== null);
      checkPvds(domains, wanted);
      return true;
    case "ignored":
      assert.equal(ra.ignored.length, 1);
      if (Array.isArray(wanted)) assert.ok(ra.ignored[0]?.includes(String(wanted[0]).replace(/\.$/, "")));
      else assert.match(ra.ignored[0] ?? "", sentence(wanted));
      return true;
    case "pvd_option":
      assert.match(ra.ignored[0] ?? "", sentence(wanted));
      return true;
    default:
      return false;
  }
}

/** What only a host can show, not its parser: tested with the broker, or told by other keys. */
const NOT_THE_PARSERS: ReadonlySet<string> = new Set([
  "accept",
  "option_len",
  "container_len",
  "name_wire_len",
  "http_delay_ms",
  "url",
  "after",
  "effect",
  "dhcpv4",
  "slaac",
  "default_route_prf",
  "default_route_lifetime",
  "implicit_input",
]);

for (const vector of readVectors()) {
  const expect = INSTEAD[vector.name] ?? vector.expect;
  Deno.test(`parseMessage: vector ${vector.name} is as expected`, () => {
    const result = parseVector(vector);
    assert.equal(result.ok, expect["accept"]);
    if (!result.ok) {
      assert.match(result.problem, sentence(expect["why"]));
      return;
    }
    if (expect["kind"] === "RS") {
      const { message } = result;
      assert.equal(message.type, "routerSolicitation");
      assert.deepEqual(
        message.options.map((option) => option.type === "mifId" ? option.id : null),
        expect["hint"],
      );
      return;
    }
    for (const [key, wanted] of Object.entries(expect)) {
      assert.ok(
        checkKey(key, wanted, advertisement(result)) || NOT_THE_PARSERS.has(key),
        `${key} is not checked`,
      );
    }
  });
}

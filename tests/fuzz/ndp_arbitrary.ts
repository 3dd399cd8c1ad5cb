// Values for property tests of the codec: any message that build.ts takes, in the form in which parse.ts gives
// it back. Test code; touches nothing.

import fc from "fast-check";
import { formatAddress, formatPrefix, isLinkLocal, isMulticast, maskPrefix } from "../../lib/ip.ts";
import type { MessageToBuild } from "../../lib/ndp/build.ts";
import { PREF64_LENGTHS } from "../../lib/ndp/codes.ts";
import { formatUuid } from "../../lib/ndp/mif_id.ts";
import { readName } from "../../lib/ndp/name.ts";
import { isHostAddress } from "../../lib/ndp/read_option.ts";
import type {
  MifContainerOption,
  MifIdOption,
  NdOption,
  Preference,
  PvdOption,
  RaHeader,
} from "../../lib/ndp/types.ts";

/** Records as the codec makes them: with the usual prototype, so that they compare equal. */
function plain<T>(
  model: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 1, 0xffff_ffff),
);

export const addressOctets: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // With runs of zeros, where the text form has its rules.
  fc.array(fc.constantFrom(0, 0, 0, 1, 0xff, 0xfe), {
    minLength: 16,
    maxLength: 16,
  })
    .map((octets) => Uint8Array.from(octets)),
);

const hostAddress = addressOctets.filter(isHostAddress).map(formatAddress);
const preference = fc.constantFrom<Preference>("low", "medium", "high");

/** A name in normal form, labels of any octets. */
export const dnsName: fc.Arbitrary<string> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z0-9-]{1,12}$/) },
    fc.uint8Array({ minLength: 1, maxLength: 20 }),
  ),
  { minLength: 1, maxLength: 6 },
).map((labels) => {
  const wire: number[] = [];
  for (const label of labels) {
    const octets = typeof label === "string" ? new TextEncoder().encode(label) : label;
    wire.push(octets.length, ...octets);
  }
  const read = readName(Uint8Array.from([...wire, 0]), 0, wire.length + 1);
  return read.ok ? read.name : "never.example";
});

export const raHeader: fc.Arbitrary<RaHeader> = plain({
  curHopLimit: fc.integer({ min: 0, max: 255 }),
  managed: fc.boolean(),
  otherConfig: fc.boolean(),
  homeAgent: fc.boolean(),
  preference,
  proxy: fc.boolean(),
  snac: fc.boolean(),
  routerLifetimeS: u16,
  reachableTimeMs: u32,
  retransTimerMs: u32,
});

const prefixOption: fc.Arbitrary<NdOption> = plain({
  octets: addressOctets,
  length: fc.integer({ min: 0, max: 128 }),
  onLink: fc.boolean(),
  autonomous: fc.boolean(),
  routerAddress: fc.boolean(),
  dhcpv6Pd: fc.boolean(),
  validS: u32,
  preferredS: u32,
}).filter(({ octets }) => !isLinkLocal(octets) && !isMulticast(octets))
  .map(({ octets, length, ...rest }) => ({
    type: "prefix",
    prefix: formatPrefix(octets, length),
    address: formatAddress(octets),
    ...rest,
  }));

const pref64Option: fc.Arbitrary<NdOption> = plain({
  octets: addressOctets,
  length: fc.constantFrom(...PREF64_LENGTHS),
  units: fc.integer({ min: 0, max: 0x1fff }),
}).map(({ octets, length, units }) => ({
  type: "pref64",
  prefix: formatPrefix(octets, length),
  lifetimeS: units * 8,
}));

const encryptedDnsOption: fc.Arbitrary<NdOption> = plain({
  type: fc.constant("encryptedDns" as const),
  priority: fc.integer({ min: 1, max: 0xffff }),
  lifetimeS: u32,
  authenticationName: dnsName,
  addresses: fc.array(hostAddress, { maxLength: 3 }),
  parameters: fc.uint8Array({ maxLength: 30 }),
});

const unknownOption: fc.Arbitrary<NdOption> = plain({
  type: fc.constant("unknown" as const),
  code: fc.constantFrom(0, 2, 7, 14, 26, 200, 255),
  body: fc.oneof(
    fc.uint8Array({ minLength: 6, maxLength: 6 }),
    fc.uint8Array({ minLength: 14, maxLength: 14 }),
  ),
});

const linkLayerOption: fc.Arbitrary<NdOption> = fc.uint8Array({
  minLength: 6,
  maxLength: 6,
}).map((octets) => ({
  type: "sourceLinkLayerAddress",
  address: Array.from(octets, (octet) => octet.toString(16).padStart(2, "0"))
    .join(":"),
}));

/** Options that hold no others. */
export const leafOption: fc.Arbitrary<NdOption> = fc.oneof(
  linkLayerOption,
  prefixOption,
  u32.map((mtu): NdOption => ({ type: "mtu", mtu })),
  plain({
    octets: addressOctets,
    length: fc.integer({ min: 0, max: 128 }),
    preference,
    lifetimeS: u32,
  }).map(({ octets, length, preference, lifetimeS }): NdOption => ({
    type: "route",
    prefix: formatPrefix(maskPrefix(octets, length), length),
    preference,
    lifetimeS,
  })),
  plain({
    type: fc.constant("rdnss" as const),
    addresses: fc.array(hostAddress, { minLength: 1, maxLength: 4 }),
    lifetimeS: u32,
  }),
  plain({
    type: fc.constant("dnssl" as const),
    domains: fc.array(dnsName, { minLength: 1, maxLength: 3 }),
    lifetimeS: u32,
  }),
  pref64Option,
  fc.stringMatching(/^[a-z]{1,6}:[!-~]{0,40}$/).map((uri): NdOption => ({
    type: "captivePortal",
    uri,
  })),
  encryptedDnsOption,
  unknownOption,
);

const pvdOption: fc.Arbitrary<PvdOption> = plain({
  type: fc.constant("pvd" as const),
  name: dnsName,
  http: fc.boolean(),
  legacy: fc.boolean(),
  delay: fc.integer({ min: 0, max: 15 }),
  sequence: u16,
  header: fc.option(raHeader),
  options: fc.array(leafOption, { maxLength: 4 }),
});

const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatUuid);

export const mifId: fc.Arbitrary<MifIdOption> = fc.oneof(
  plain({
    type: fc.constant("mifId" as const),
    idType: fc.constantFrom(1, 4),
    id: uuid,
  }),
  uuid.map((id): MifIdOption => ({
    type: "mifId",
    idType: 1,
    id,
    binary: true,
  })),
  plain({
    type: fc.constant("mifId" as const),
    idType: fc.constantFrom(2, 4, 5),
    id: fc.stringMatching(/^[a-z0-9ž-]{1,20}(\.[a-z]{1,5}){0,2}$/),
  }),
);

const containers: fc.Arbitrary<MifContainerOption[]> = fc.uniqueArray(
  fc.tuple(mifId, fc.array(leafOption, { maxLength: 4 }), fc.nat(4)),
  { maxLength: 3, selector: ([{ id }]) => id },
).map((all) =>
  all.map(([id, leaves, at]) => ({
    type: "mifContainer",
    options: leaves.toSpliced(Math.min(at, leaves.length), 0, id),
  }))
);

function interleave(
  leaves: readonly NdOption[],
  rest: readonly NdOption[],
  at: number,
): NdOption[] {
  return leaves.toSpliced(Math.min(at, leaves.length), 0, ...rest);
}

/** A message of either kind, with domains of any encoding. */
export const message: fc.Arbitrary<MessageToBuild> = fc.oneof(
  fc.tuple(
    raHeader,
    fc.array(leafOption, { maxLength: 8 }),
    fc.oneof(pvdOption.map((pvd) => [pvd]), containers),
    fc.nat(8),
  ).map(([header, leaves, domains, at]): MessageToBuild => ({
    type: "routerAdvertisement",
    header,
    options: interleave(leaves, domains, at),
  })),
  fc.tuple(
    fc.array(fc.oneof(linkLayerOption, unknownOption, mifId), { maxLength: 4 }),
    containers,
    fc.nat(4),
  ).map(([leaves, domains, at]): MessageToBuild => ({
    type: "routerSolicitation",
    options: interleave(leaves, domains, at),
  })),
);

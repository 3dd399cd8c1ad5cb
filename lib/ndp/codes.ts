// The numbers of Neighbor Discovery and the bounds on what a packet may hold, each with its reason. Only
// what a hostile router can make long is bounded here; what a field cannot exceed needs no bound.

export const ICMPV6 = 58;
export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;
/** RFC 4861 6.1: a packet with another hop limit has been forwarded, so it comes from off the link. */
export const ND_HOP_LIMIT = 255;
export const RS_HEADER_OCTETS = 8;
export const RA_HEADER_OCTETS = 16;

export const OPTION_SOURCE_LINK_LAYER_ADDRESS = 1;
export const OPTION_PREFIX = 3;
export const OPTION_MTU = 5;
/** RFC 8801 3.1. */
export const OPTION_PVD = 21;
/** RFC 4191 2.3. */
export const OPTION_ROUTE = 24;
/** RFC 8106 5.1. */
export const OPTION_RDNSS = 25;
/** RFC 8106 5.2. */
export const OPTION_DNSSL = 31;
/** RFC 8910 2.3. */
export const OPTION_CAPTIVE_PORTAL = 37;
/** RFC 8781 4. */
export const OPTION_PREF64 = 38;
/** Never assigned: the choice of MIF-PvD's radvd for draft-ietf-mif-mpvd-ndp-support-02. */
export const OPTION_MIF_CONTAINER = 63;
export const OPTION_MIF_ID = 64;
/** RFC 9463 6.1. */
export const OPTION_ENCRYPTED_DNS = 144;

/** Length is one octet in units of eight. */
export const MAX_OPTION_OCTETS = 255 * 8;
/** The payload length field of IPv6; jumbograms carry no Neighbor Discovery. */
export const MAX_MESSAGE_OCTETS = 65_535;
/**
 * Options in one message, inner ones counted. An RA that fills a 1500-octet link with the shortest options
 * has 180; a reassembled 64 KiB one could have 8190.
 */
export const MAX_OPTIONS = 512;
/** A PvD option or a container, and what is inside it. What lies deeper belongs to nobody and is not read. */
export const MAX_NESTING = 2;
/** Sentences kept about one message: more tell a person nothing, and a log must not be filled by one packet. */
export const MAX_IGNORED = 32;

/** RFC 8200 5: no link of IPv6 has less. */
export const MIN_MTU = 1280;
/** No link that pvd makes a macvlan on has more. */
export const MAX_MTU = 65_535;

/** RFC 8910 2: the network says that it has no captive portal. */
export const NO_CAPTIVE_PORTAL = "urn:ietf:params:capport:unrestricted";

/** PLC of RFC 8781 4: the index is what is sent. */
export const PREF64_LENGTHS: readonly number[] = [96, 64, 56, 48, 40, 32];

/** Identity types of draft-ietf-mif-mpvd-id that an id may have; OID and ULA prefix are not implemented. */
export const MIF_ID_UUID = 1;
export const MIF_ID_UTF8 = 2;
/** NAI realm in the draft; MIF-PvD's radvd sends UUIDs under it. */
export const MIF_ID_NAI_REALM = 4;
export const MIF_ID_FQDN = 5;

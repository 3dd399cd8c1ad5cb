// Every limit and every name that client, broker and helper must agree on. A part of the protocol (protocol.ts), which
// exports it all. Numbers and names only; it touches nothing.

/** Refused above this: nothing legitimate comes near it. */
export const MAX_MESSAGE_BYTES = 65_536;
/** File descriptors in one message: `spawn` carries six, nothing more. */
export const MAX_MESSAGE_FDS = 8;
/** A launch record (launch_record.ts), 8 bytes more counted for each string in it: argv and environment together under
 * the kernel's default ARG_MAX of 2 MiB, which has a pointer in it for each of theirs too, and room for the header. */
export const MAX_LAUNCH_BYTES = 2 * 1024 * 1024 + 65_536;
/** Variables of a program: env(1) gets their names in one argument, which the kernel bounds at 128 KiB (execve(2)). */
export const MAX_VARIABLES = 10_000;
/** A domain's id: a DNS name in presentation form is the longest. */
export const MAX_ID_CHARS = 1024;
/** Linux: IFNAMSIZ 16 with its NUL. */
export const MAX_LINK_NAME_CHARS = 15;

/** Domains one machine keeps: bounds namespaces, and with them kernel memory. */
export const MAX_DOMAINS = 1024;
/** Per domain, so that one router cannot fill a namespace. */
export const MAX_ADDRESSES = 32;
export const MAX_ROUTES = 128;
export const MAX_RESOLVERS = 8;
export const MAX_SEARCH_DOMAINS = 16;
export const MAX_NEIGHBORS = 16;

/** Additional information (RFC 8801 4.1): a server's answer, and what of it goes any further. */
export const MAX_INFORMATION_BYTES = 65_536;
export const MAX_INFORMATION_DEPTH = 16;
export const MAX_INFORMATION_VALUES = 4096;
/** PEM texts of authorities beside the usual ones: a few certificates, far below MAX_MESSAGE_BYTES. */
export const MAX_AUTHORITIES_CHARS = 32_768;
/** Fetches at one time, on all links. */
export const MAX_FETCHES = 8;
/** A fetch gives up by itself after the first, and is ended after the second. */
export const FETCH_MS = 10_000;
export const FETCH_KILL_MS = 13_000;
/** A DNS name that a web server can have: letters, digits and hyphens, no final dot, never an IPv4 address. */
export const HOST_NAME_PATTERN =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** How many connections, and programs, one person may have at the same time. */
export const MAX_CONNECTIONS_PER_UID = 64;
export const MAX_PROGRAMS_PER_UID = 256;
/** Channels of everybody together: two descriptors each in the helper. */
export const MAX_CHANNELS = 256;
/** Clients that `monitor`: of one person, and of everybody. */
export const MAX_MONITORS_PER_UID = 8;
export const MAX_MONITORS = 64;
/** A client that connects and asks nothing is dropped after this. On a machine with much to do, fifty `pvd run` at once
 * have taken over 10 s from one request to the next. */
export const CLIENT_IDLE_MS = 30_000;
/** How long the broker waits for the helper before it says so. */
export const HELPER_REPLY_MS = 10_000;

/** Where the parties meet. The folders are made by whoever starts the service (systemd, or the lab). */
export const HELPER_SOCKET = "/run/pvd-helper/helper.sock";
export const CLIENT_SOCKET = "/run/pvd/client.sock";
/** Beside the clients' socket: what can be typed for a PvD, a line each, for shells to complete. */
export const DOMAINS_FILE_NAME = "domains";

/** Named by the helper, and by nobody else: `mifpvd-7`. Also the file name under /run/netns. */
export const HANDLE_PATTERN = /^mifpvd-[1-9][0-9]{0,8}$/;

/** The interface in every domain's namespace. */
export const DOMAIN_INTERFACE = "mifpvd";

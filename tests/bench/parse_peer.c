/*
 * The peers of the parser's benchmark: the same advertisements, in memory, read again and again in C. Reads from
 * standard input messages with their lengths (two octets, big end first) before them; prints messages a second.
 *
 *   parse_peer walk S      a loop that walks the options and takes what is in them, its own checks alone
 *   parse_peer walk-text S the same, addresses and prefixes made into text as programs show them
 *   parse_peer libndp S    the accessors of libndp (built with -DLIBNDP -lndp)
 */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef LIBNDP
#include <ndp.h>
#endif

#define MOST 256
#define HEADER 16
#define BATCH 1000

typedef struct {
  uint8_t bytes[2048];
  size_t length;
} Message;

static Message messages[MOST];
static size_t count;
/* What is read goes here, so that no compiler leaves the reading out. */
static volatile uint64_t sink;
static int as_text;

static uint32_t u32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t address(const uint8_t *at) {
  struct in6_addr copy;
  memcpy(&copy, at, sizeof copy);
  if (!as_text) return copy.s6_addr[0] + copy.s6_addr[15];
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &copy, text, sizeof text);
  return strlen(text);
}

/* Names of RFC 1035 without compression, each copied with dots. */
static uint64_t names(const uint8_t *at, const uint8_t *end) {
  char text[256];
  uint64_t sum = 0;
  while (at < end && *at != 0) {
    size_t length = 0;
    while (at < end && *at != 0) {
      size_t label = *at++;
      if (label > 63 || at + label > end || length + label + 1 > sizeof text) return sum;
      memcpy(text + length, at, label);
      length += label;
      text[length++] = '.';
      at += label;
    }
    sum += length + (uint8_t)text[0];
    at++;
  }
  return sum;
}

static uint64_t options(const uint8_t *at, const uint8_t *end) {
  uint64_t sum = 0;
  while (at + 8 <= end) {
    size_t length = (size_t)at[1] * 8;
    if (length == 0 || at + length > end) return 0;
    switch (at[0]) {
    case 1: sum += at[2] + at[7]; break;
    case 3:
      if (length == 32) sum += at[2] + at[3] + u32(at + 4) + u32(at + 8) + address(at + 16);
      break;
    case 5: sum += u32(at + 4); break;
    case 24: {
      uint8_t prefix[16] = { 0 };
      memcpy(prefix, at + 8, length - 8 > 16 ? 16 : length - 8);
      sum += at[2] + at[3] + u32(at + 4) + address(prefix);
      break;
    }
    case 25:
      sum += u32(at + 4);
      for (const uint8_t *each = at + 8; each + 16 <= at + length; each += 16) sum += address(each);
      break;
    case 31: sum += u32(at + 4) + names(at + 8, at + length); break;
    case 38: sum += at[2] + at[3]; break;
    case 37: sum += length; break;
    default: sum += at[0];
    }
    at += length;
  }
  return sum;
}

static uint64_t walk(const Message *message) {
  const uint8_t *bytes = message->bytes;
  if (message->length < HEADER || bytes[0] != 134 || bytes[1] != 0) return 0;
  return bytes[4] + bytes[5] + bytes[6] * 256 + bytes[7] + u32(bytes + 8) + u32(bytes + 12) +
         options(bytes + HEADER, bytes + message->length);
}

#ifdef LIBNDP
static struct ndp_msg *loaded[MOST];

static void load(void) {
  for (size_t each = 0; each < count; each++) {
    if (ndp_msg_new(&loaded[each], NDP_MSG_RA) != 0) exit(1);
    memcpy(ndp_msg_payload(loaded[each]), messages[each].bytes, messages[each].length);
    ndp_msg_payload_len_set(loaded[each], messages[each].length);
  }
}

static uint64_t by_libndp(struct ndp_msg *msg) {
  struct ndp_msgra *ra = ndp_msgra(msg);
  uint64_t sum = ndp_msgra_curhoplimit(ra) + ndp_msgra_flag_managed(ra) + ndp_msgra_flag_other(ra) +
                 ndp_msgra_router_lifetime(ra) + ndp_msgra_route_preference(ra) + ndp_msgra_reachable_time(ra) +
                 ndp_msgra_retransmit_time(ra);
  int offset, index;
  struct in6_addr *found;
  char *domain;
  ndp_msg_opt_for_each_offset(offset, msg, NDP_MSG_OPT_SLLADDR) sum += ndp_msg_opt_slladdr(msg, offset)[5];
  ndp_msg_opt_for_each_offset(offset, msg, NDP_MSG_OPT_PREFIX) {
    sum += ndp_msg_opt_prefix(msg, offset)->s6_addr[0] + ndp_msg_opt_prefix_len(msg, offset) +
           ndp_msg_opt_prefix_valid_time(msg, offset) + ndp_msg_opt_prefix_preferred_time(msg, offset) +
           ndp_msg_opt_prefix_flag_on_link(msg, offset) + ndp_msg_opt_prefix_flag_auto_addr_conf(msg, offset);
  }
  ndp_msg_opt_for_each_offset(offset, msg, NDP_MSG_OPT_MTU) sum += ndp_msg_opt_mtu(msg, offset);
  ndp_msg_opt_for_each_offset(offset, msg, NDP_MSG_OPT_ROUTE) {
    sum += ndp_msg_opt_route_prefix(msg, offset)->s6_addr[0] + ndp_msg_opt_route_prefix_len(msg, offset) +
           ndp_msg_opt_route_lifetime(msg, offset) + ndp_msg_opt_route_preference(msg, offset);
  }
  ndp_msg_opt_for_each_offset(offset, msg, NDP_MSG_OPT_RDNSS) {
    sum += ndp_msg_opt_rdnss_lifetime(msg, offset);
    ndp_msg_opt_rdnss_for_each_addr(found, index, msg, offset) sum += found->s6_addr[15];
  }
  ndp_msg_opt_for_each_offset(offset, msg, NDP_MSG_OPT_DNSSL) {
    sum += ndp_msg_opt_dnssl_lifetime(msg, offset);
    ndp_msg_opt_dnssl_for_each_domain(domain, index, msg, offset) sum += domain[0];
  }
  return sum;
}
#endif

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  for (int high = getchar(), low = getchar(); low != EOF && count < MOST; high = getchar(), low = getchar()) {
    size_t length = (size_t)(high << 8 | low);
    if (length > 1500 || fread(messages[count].bytes, 1, length, stdin) != length) return 1;
    messages[count++].length = length;
  }
  if (count == 0) return 1;
  int is_libndp = strcmp(argv[1], "libndp") == 0;
  as_text = strcmp(argv[1], "walk-text") == 0;
#ifdef LIBNDP
  if (is_libndp) load();
#else
  if (is_libndp) return 2;
#endif
  double start = seconds(), end = start + atof(argv[2]), now;
  uint64_t done = 0;
  do {
    for (int round = 0; round < BATCH; round++, done++) {
#ifdef LIBNDP
      sink += is_libndp ? by_libndp(loaded[done % count]) : walk(&messages[done % count]);
#else
      sink += walk(&messages[done % count]);
#endif
    }
    now = seconds();
  } while (now < end);
  printf("%.0f\n", done / (now - start));
  return 0;
}

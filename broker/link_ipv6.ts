// What to say of a link on which there is no IPv6. Pure.

import type { LinkEvent } from "../lib/linux/links.ts";

/** RFC 8200 5. */
const LEAST_MTU = 1280;

/** Why no router is heard on the link, with what to do; null where IPv6 is on. The link's name in it is as it is. */
export function ipv6Problem({ name, mtu, ipv6 }: Pick<LinkEvent, "name" | "mtu" | "ipv6">): string | null {
  switch (ipv6) {
    case "on":
      return null;
    case "off": {
      const variable = `net.ipv6.conf.${sysctlName(name)}.disable_ipv6`;
      return `IPv6 is switched off (${variable}=1), so no routers are heard; sysctl -w ${variable}=0`;
    }
    case "none":
      return mtu < LEAST_MTU
        ? `its MTU is ${mtu} and IPv6 needs ${LEAST_MTU}, so no routers are heard; ip link set ${name} mtu 1500`
        : "the kernel has no IPv6 (ipv6.disable=1 on its command line, or no module), so no routers are heard";
  }
}

/** In a variable's name a dot separates, so sysctl(8) wants a slash for one that a link has in its name. */
function sysctlName(link: string): string {
  return link.replaceAll(".", "/");
}

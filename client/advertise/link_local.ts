// Whether a link has a link-local address to send from: until it has, the kernel would take a global one as source,
// and every host discards such an advertisement (RFC 4861 6.1.2). Pure.

/** RT_SCOPE of link-local addresses in /proc/net/if_inet6. */
const LINK_SCOPE = 0x20;
const IFA_F_OPTIMISTIC = 0x04;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

/** Reads the text of /proc/net/if_inet6: address, index, prefix length, scope and flags in hex, then the name. */
export function hasUsableLinkLocal(ifInet6: string, linkIndex: number): boolean {
  return ifInet6.split("\n").some((line) => {
    const [, index = "", , scope = "", flagsHex = ""] = line.split(/\s+/);
    if (parseInt(index, 16) !== linkIndex || parseInt(scope, 16) !== LINK_SCOPE) return false;
    const flags = parseInt(flagsHex, 16);
    if ((flags & IFA_F_DADFAILED) !== 0) return false;
    return (flags & IFA_F_TENTATIVE) === 0 || (flags & IFA_F_OPTIMISTIC) !== 0;
  });
}

// Chooses links as link_choice.ts says, with what rtnetlink does not tell: whether a link is Wi-Fi, and on kernels
// before 5.15 whether there is a device behind it. Reads the names in /sys/class/net/LINK and nothing else.

import { namesIn } from "../lib/linux/fd.ts";
import type { LinkEvent } from "../lib/linux/links.ts";
import type { InterfaceKind } from "../lib/protocol.ts";
import { interfaceKindFor, isWantedLink, type LinkSettings } from "./link_choice.ts";

/** The kind of the interfaces that domains get on a link; null: the link is not listened on. */
export type ChooseLink = (link: LinkEvent) => InterfaceKind | null;

/** Every wireless driver's link has the first, which is there before rtnetlink tells of the link; mac80211's and
 * their like have the second, some moments later. */
const WIFI_ENTRIES = ["wireless", "phy80211"];
const DEVICE_ENTRY = "device";

export function linkChooser(
  settings: LinkSettings,
  entriesOf: (folder: string) => readonly string[] = namesIn,
): ChooseLink {
  return (link) => {
    // Containers come by the hundred: whatever cannot be wanted is not looked at any closer.
    if (!isWantedLink({ ...link, hardware: true }, settings.links)) return null;
    const entries = entriesOf(`/sys/class/net/${link.name}`);
    const hardware = link.device !== null || entries.includes(DEVICE_ENTRY);
    if (!isWantedLink({ ...link, hardware }, settings.links)) return null;
    const wifi = WIFI_ENTRIES.some((entry) => entries.includes(entry));
    return interfaceKindFor({ name: link.name, wifi }, settings);
  };
}

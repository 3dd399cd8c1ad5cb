// Links, addresses, routes and neighbours as rtnetlink messages (rtnetlink(7)): each room's messages under one name.

export * from "./rtnetlink_link.ts";
export * from "./rtnetlink_address.ts";
export * from "./rtnetlink_route.ts";
export { macBytes, macText } from "./rtnetlink_common.ts";

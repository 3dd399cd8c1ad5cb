// Where things are inside the lab, for the lab itself and for the tests that run in it. Names only.

/** Everything of the lab's own: on a tmpfs that only the lab's mount namespace has. */
export const LAB_FOLDER = "/run/lab";
/** Namespaces of the bridge, routers and servers: not in /run/netns, which is the client host's. */
export const NETNS_FOLDER = `${LAB_FOLDER}/netns`;
/** What helper, broker, routers and servers print, one file each. */
export const LOG_FOLDER = `${LAB_FOLDER}/log`;
/** Settings of the broker and of the routers. */
export const SETTINGS_FOLDER = `${LAB_FOLDER}/settings`;
/** Home folders of the lab's users. */
export const HOME_FOLDER = `${LAB_FOLDER}/home`;
/** Tests ask here for services to be stopped, killed and started. */
export const CONTROL_SOCKET = `${LAB_FOLDER}/control.sock`;

/** The hosts beside the client, each a network namespace. */
export const HOSTS = ["BR", "R1", "R2", "S1", "S2"] as const;
export type Host = typeof HOSTS[number];
/** The hosts that play router. */
export const ROUTERS = ["R1", "R2"] as const;
export type Router = typeof ROUTERS[number];
/** The hosts that answer on the web and echo. */
export const SERVERS = ["S1", "S2"] as const;
export type Server = typeof SERVERS[number];

/** The servers' addresses in test case 1. */
export const SERVER_ADDRESS: Readonly<Record<Server, string>> = {
  S1: "2001:db8:10::2",
  S2: "2001:db8:20::2",
};

/** The bind mount that keeps a host's network namespace. */
export function netnsPath(host: Host): string {
  return `${NETNS_FOLDER}/${host}`;
}

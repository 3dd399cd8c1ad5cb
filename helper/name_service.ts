// Which services programs in a domain ask for names of hosts (nsswitch.conf(5)): the host's own choice without those
// that another process answers from the host's network. Pure.

/** They read files, ask the resolvers of the program's own resolver file, or look at the machine itself. Any other (the
 * modules resolve, mdns*, mymachines, wins, nis, ldap, sss, libvirt, ...) is answered by who knows whom. */
const LOCAL = ["files", "altfiles", "db", "dns", "myhostname"];
/** The databases in which a name of the network becomes an address. */
const DATABASES = ["hosts", "networks"];
/** What the C library does without a line of its own. */
const DEFAULT = "files dns";
/** As the C library reads it: a colon or just space after the name, `#` begins a comment. */
const LINE = /^\s*([^\s:#]+)[\s:]+([^#]*)/;
/** A service, and what is done for each of its outcomes. */
const SERVICE = /([^\s[]+)\s*((?:\[[^\]]*\]\s*)*)/g;

/** The file for programs in domains, from the host's; null: the host has none. */
export function ownNameService(host: string | null): string {
  const kept: string[] = [];
  const chosen = new Map([["hosts", DEFAULT]]);
  for (const line of (host ?? "").split("\n")) {
    const [, database = "", services = ""] = LINE.exec(line) ?? [];
    if (DATABASES.includes(database)) chosen.set(database, localServices(services));
    else kept.push(line);
  }
  const own = [...chosen].map(([database, services]) => `${database}: ${services}`);
  return [
    "# Made by pvd from the host's nsswitch.conf, without services that answer from the host's network.",
    ...own,
    ...kept,
    "",
  ].join("\n").replace(/\n{2,}$/, "\n");
}

/** The services of one database that may stay, with what is done for their outcomes. */
export function localServices(services: string): string {
  const all = [...services.matchAll(SERVICE)];
  const kept = all.filter(([, name = ""]) => LOCAL.includes(name));
  const words = kept.map(([, name = "", actions = ""]) => `${name} ${actions}`.trim());
  // Whoever left DNS to a service that is gone here still wants names resolved.
  const wantsDns = kept.length < all.length && !kept.some(([, name]) => name === "dns");
  return [...words, ...wantsDns ? ["dns"] : []].join(" ") || DEFAULT;
}

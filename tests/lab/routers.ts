// Test case 1's routers as settings: for `pvd advertise`, and for Debian's radvd. Pure text.

import type { Router } from "./paths.ts";

/** The documented ids: what each router's implicit and explicit domain is called. */
export const DOCUMENTED_IDS: Readonly<
  Record<Router, { readonly implicit: string; readonly explicit: string }>
> = {
  R1: {
    implicit: "cfe25073-4d60-6f0b-d88f-1003c82a1817",
    explicit: "f037ea62-ee4f-44e4-825c-16f2f5cc9b3f",
  },
  R2: {
    implicit: "c79b1614-66bf-e259-82b0-807aaed34c17",
    explicit: "f037ea62-ee4f-44e4-825c-16f2f5cc9b3e",
  },
};

const MIN_INTERVAL_S = 3;
const MAX_INTERVAL_S = 4;

/** Settings of `pvd advertise`; without `implicit`, the explicit domain alone. */
export function advertiseSettings(router: Router, implicit: boolean): string {
  const explicit = data("interface.pvd", router, 2, `${side(router)}0`);
  return `[[interface]]
name = "eth1"
min_interval = ${MIN_INTERVAL_S}
max_interval = ${MAX_INTERVAL_S}
min_delay_between_ras = 0.03
${implicit ? data("interface", router, 1, String(side(router))) : ""}
[[interface.pvd]]
id = "${DOCUMENTED_IDS[router].explicit}"
encoding = "mif"
${explicit}`;
}

function data(table: string, router: Router, network: number, example: string): string {
  const lan = `2001:db8:${side(router)}`;
  return `
[[${table}.prefix]]
prefix = "${lan}:${network}::/64"
router_address = true

[[${table}.route]]
prefix = "${lan}:${network}::/64"
preference = "high"
lifetime = 3600

[[${table}.rdnss]]
addresses = ["${lan}::1", "2001:db8:${side(router)}0::2"]
lifetime = 60

[[${table}.dnssl]]
domains = ["www.example-${example}.hr", "example-${example}.hr"]
lifetime = 60
`;
}

/** Settings of radvd(8) for the implicit domain. */
export function radvdSettings(router: Router): string {
  const lan = `2001:db8:${side(router)}`;
  return `interface eth1
{
	AdvSendAdvert on;
	MinRtrAdvInterval ${MIN_INTERVAL_S};
	MaxRtrAdvInterval ${MAX_INTERVAL_S};
	prefix ${lan}:1::/64
	{
		AdvOnLink on;
		AdvAutonomous on;
		AdvRouterAddr on;
	};
	route ${lan}:1::/64
	{
		AdvRoutePreference high;
		AdvRouteLifetime 3600;
	};
	DNSSL www.example-${side(router)}.hr example-${side(router)}.hr
	{
		AdvDNSSLLifetime 60;
	};
	RDNSS ${lan}::1 2001:db8:${side(router)}0::2
	{
		AdvRDNSSLifetime 60;
	};
};
`;
}

function side(router: Router): number {
  return router === "R1" ? 1 : 2;
}

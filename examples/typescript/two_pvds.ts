// One program, sockets in two PvDs at once: deno run -A two_pvds.ts ID ADDRESS ID ADDRESS

import { connectInPvd, fetchPage, main } from "./pvd.ts";

await main(async ([id = "", address = "", otherId = "", otherAddress = ""]) => {
  const first = await connectInPvd(id, address);
  const second = await connectInPvd(otherId, otherAddress);
  // Both are asked before either answer is read.
  for (const page of await Promise.all([fetchPage(first), fetchPage(second)])) console.log(page);
});

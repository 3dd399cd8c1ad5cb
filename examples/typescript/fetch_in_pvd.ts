// Lists the PvDs, or fetches http://[ADDRESS]/ in one of them: deno run -A fetch_in_pvd.ts [ID ADDRESS]

import { connectBroker } from "../../client/api.ts";
import { escapeText } from "../../lib/escape.ts";
import { connectInPvd, fetchPage, main } from "./pvd.ts";

await main(async ([id, address]) => {
  if (id === undefined || address === undefined) {
    const broker = connectBroker();
    for (const { id, namespace, link, state } of await broker.list()) {
      console.log(escapeText(id), namespace, link, state);
    }
    return broker.close();
  }
  console.log(await fetchPage(await connectInPvd(id, address)));
});

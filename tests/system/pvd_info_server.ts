// A router of MIF-PvD as far as properties go: gives its first argument as pvd-info.json on port 8080 of the network
// that it is started in, and says "ready" when it does.

Deno.serve({
  hostname: "::",
  port: 8080,
  onListen: () => console.log("ready"),
}, () => new Response(Deno.args[0] ?? "[]", { headers: { "content-type": "application/json" } }));

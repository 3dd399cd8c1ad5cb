// What S1 and S2 run: a web server (port 80) whose page says which server it is and who asks, `/big?bytes=N&rate=R`
// that sends N bytes at R bytes a second, and UDP echo (port 7). Argument: the server's name. Prints `ready`.

const TICK_MS = 20;

/** The page that everybody gets. */
export function page(server: string, client: string): string {
  return `${server}\n${client}\n`;
}

function big(url: URL): Response {
  const total = Number(url.searchParams.get("bytes") ?? 1_000_000);
  const rate = Number(url.searchParams.get("rate") ?? 1_000_000);
  const chunk = new Uint8Array(Math.max(1, Math.ceil(rate * TICK_MS / 1000))).fill(0x70);
  let left = total;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      const next = chunk.subarray(0, Math.min(left, chunk.length));
      left -= next.length;
      controller.enqueue(next);
      if (left === 0) controller.close();
    },
  });
  return new Response(body, { headers: { "content-length": String(total) } });
}

async function echo(socket: Deno.DatagramConn): Promise<void> {
  for await (const [bytes, from] of socket) {
    // A client that is gone already is no reason to end.
    await socket.send(bytes, from).catch(() => {});
  }
}

if (import.meta.main) {
  const name = Deno.args[0] ?? "?";
  Deno.serve({ hostname: "::", port: 80, onListen: () => {} }, (request, { remoteAddr }) => {
    const url = new URL(request.url);
    return url.pathname === "/big" ? big(url) : new Response(page(name, remoteAddr.hostname));
  });
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "::", port: 7 });
  console.log("ready");
  await echo(socket);
}

// Web servers for the tests, one for each way to be hostile: each is a name, and what is written to
// whoever asks for it. Opens TLS and TCP sockets in the namespace that it is started in.

import type { Certificates, KeyPair } from "./certificates.ts";

/** Writes an answer; the connection is closed afterwards. */
export type Answer = (say: (text: string | Uint8Array) => Promise<void>) => Promise<void>;

const FOREVER = Number.MAX_SAFE_INTEGER;
const SERVER = "2001:db8:99::";

/** Where the servers are whose certificates are of another kind. */
export const ADDRESSES = {
  good: `${SERVER}1`,
  wrongName: `${SERVER}2`,
  selfSigned: `${SERVER}3`,
  expired: `${SERVER}4`,
  unknownAuthority: `${SERVER}5`,
  /** HTTP where TLS is expected. */
  plain: `${SERVER}6`,
  /** Closes at once. */
  closing: `${SERVER}7`,
  /** Nobody listens. */
  nobody: `${SERVER}8`,
  /** Nobody has this address, and there is no route to it. */
  nowhere: "2001:db8:dead::1",
  resolver: `${SERVER}53`,
} as const;

/** What a server that means well says. */
export function object(name: string, given: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    identifier: `${name}.`,
    expires: "2099-01-01T00:00:00Z",
    prefixes: ["2001:db8::/32"],
    noInternet: false,
    ...given,
  });
}

export function page(body: string, head = "", type = "application/pvd+json"): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n${head}\r\n${body}`;
}

export function redirect(location: string, status = 302): string {
  return `HTTP/1.1 ${status} Elsewhere\r\nLocation: ${location}\r\n\r\n`;
}

function chunked(...chunks: string[]): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/pvd+json\r\nTransfer-Encoding: chunked\r\n\r\n${
    chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("")
  }`;
}

const once = (text: string): Answer => (say) => say(text);

function again(text: string, first = "", times = FOREVER, pauseMs = 0): Answer {
  return async (say) => {
    if (first !== "") await say(first);
    for (let count = 0; count < times; count++) {
      await say(text);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
}

/** By host name, behind a good certificate. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  "good.example": once(page(object("good.example", { "vendor-x": { bidi: "\u202e", escape: "\u001b" } }))),
  "length.example": once(page("{}", "Content-Length: 2\r\n")),
  "chunked.example": once(`${chunked('{"a":', "1}")}0\r\n\r\n`),
  "interim.example": once(`HTTP/1.1 103 Early Hints\r\n\r\n${page("{}")}`),
  "parameter.example": once(page("{}", "", 'Application/PvD+JSON; charset="utf-8"')),
  "follow.example": once(redirect("//good.example/elsewhere?x=1#y", 307)),

  "huge.example": again("x".repeat(16_384), page("")),
  "long.example": once(page("{}", "Content-Length: 9999999999\r\n")),
  "deep.example": once(page("[".repeat(60_000))),
  "wide.example": once(page(`{"a":[${"0,".repeat(30_000)}0]}`)),
  "grows.example": once(page(`{"a":[${"1E20,".repeat(4_000)}0]}`)),
  "drip.example": again(" ", page(""), FOREVER, 50),
  "silent.example": () => new Promise(() => {}),
  "header.example": again(`X: ${"y".repeat(1000)}\r\n`, "HTTP/1.1 200 OK\r\n"),
  "headerdrip.example": again("y", "HTTP/1.1 200 OK\r\nX: "),
  "early.example": again("HTTP/1.1 103 Early Hints\r\n\r\n"),
  "chunkbomb.example": again("1\r\nx\r\n", chunked()),
  "chunksize.example": once(`${chunked()}ffffffff\r\n{}`),
  "chunkline.example": again(";x", `${chunked()}1`),
  "smuggle.example": once(page("0\r\n\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")),
  "gzip.example": once(page("\u001f\u008b", "Content-Encoding: gzip\r\n")),
  "cut.example": once(page('{"a":', "Content-Length: 100\r\n")),
  "html.example": once(page(object("html.example"), "", "text/html")),
  "untyped.example": once(`HTTP/1.1 200 OK\r\n\r\n${object("untyped.example")}`),
  "missing.example": once("HTTP/1.1 404 Not Found\r\n\r\n"),
  "broken.example": once("HTTP/1.1 503 Later\r\nRetry-After: 0\r\n\r\n"),
  "list.example": once(page("[]")),
  "twice.example": once(page('{"a":1,"a":2}')),
  "comma.example": once(page('{"a":1,}')),
  "latin.example": (say) =>
    say(new Uint8Array([...new TextEncoder().encode(page('{"a":"')), 0xe9, 0x22, 0x7d])),
  "other.example": once(page(object("another.example"))),
  "late.example": once(page(object("late.example", { expires: "2001-01-01T00:00:00Z" }))),
  "elsewhere.example": once(page(object("elsewhere.example", { prefixes: ["2001:db9::/32"] }))),
  "error.example": once(page('{"error":{"kind":"timeout","message":"forged"}}')),

  "loop.example": once(redirect("/again")),
  "nolocation.example": once("HTTP/1.1 301 Moved\r\n\r\n"),
  "tohttp.example": once(redirect("http://good.example/")),
  "tofile.example": once(redirect("file:///etc/shadow")),
  "toport.example": once(redirect("https://good.example:8443/")),
  "tolocalhost.example": once(redirect("https://localhost/")),
  "tobelow.example": once(redirect("https://x.localhost/")),
  "toloopback.example": once(redirect("https://[::1]/")),
  "tofour.example": once(redirect("https://127.0.0.1/")),
  "tohex.example": once(redirect("https://0x7f.1/")),
  "toaddress.example": once(redirect(`https://[${ADDRESSES.good}]/`)),
  "touser.example": once(redirect("https://user:secret@good.example/")),
  "torebound.example": once(redirect("https://rebound.example/")),
  "toself.example": once(redirect("https://self.example/")),
  "toendless.example": once(redirect(`https://good.example/${"x".repeat(5_000)}`)),
};

/** Names whose server has a certificate of another kind, no server, or no address worth the name. */
export const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["wrong.example", ADDRESSES.wrongName],
  ["self.example", ADDRESSES.selfSigned],
  ["expired.example", ADDRESSES.expired],
  ["stranger.example", ADDRESSES.unknownAuthority],
  ["plain.example", ADDRESSES.plain],
  ["closing.example", ADDRESSES.closing],
  ["nobody.example", ADDRESSES.nobody],
  ["nowhere.example", ADDRESSES.nowhere],
  ["rebound.example", "::1"],
  ["mapped.example", "::ffff:127.0.0.1"],
  ["cloud.example", "::ffff:169.254.169.254"],
  ["linklocal.example", "fe80::1"],
]);

/** All names with their addresses. */
export function namesOfServers(): Map<string, string> {
  const good = Object.keys(ANSWERS).map((name): [string, string] => [name, ADDRESSES.good]);
  return new Map([...good, ...OTHER_NAMES]);
}

export interface Servers {
  /** Every request's text, by the host that it names. */
  readonly requests: Map<string, string[]>;
  close(): void;
}

/** Starts all of them. */
export function startServers(certificates: Certificates): Servers {
  const requests = new Map<string, string[]>();
  const listeners: Deno.Listener[] = [];
  const tls = (hostname: string, pair: KeyPair) => {
    const listener = Deno.listenTls({ hostname, port: 443, ...pair });
    listeners.push(listener);
    void acceptAll(listener, requests);
  };
  tls(ADDRESSES.good, certificates.good);
  // Whoever is led here is led to the machine itself, and the certificate would even fit.
  tls("::1", certificates.good);
  tls(ADDRESSES.wrongName, certificates.wrongName);
  tls(ADDRESSES.selfSigned, certificates.selfSigned);
  tls(ADDRESSES.expired, certificates.expired);
  tls(ADDRESSES.unknownAuthority, certificates.unknownAuthority);
  const plain = Deno.listen({ hostname: ADDRESSES.plain, port: 443 });
  const closing = Deno.listen({ hostname: ADDRESSES.closing, port: 443 });
  listeners.push(plain, closing);
  void eachOf(
    plain,
    async (conn) => void await conn.write(new TextEncoder().encode("HTTP/1.1 400 Bad\r\n\r\n")),
  );
  void eachOf(closing, () => Promise.resolve());
  return { requests, close: () => listeners.forEach((listener) => listener.close()) };
}

function acceptAll(listener: Deno.TlsListener, requests: Map<string, string[]>): Promise<void> {
  return eachOf(listener, async (conn) => {
    const buffer = new Uint8Array(16_384);
    const count = await conn.read(buffer);
    if (count === null) return;
    const text = new TextDecoder().decode(buffer.subarray(0, count));
    const host = /^Host: (.*)\r$/m.exec(text)?.[1] ?? "";
    requests.set(host, [...requests.get(host) ?? [], text]);
    await ANSWERS[host]?.(async (said) => {
      const bytes = typeof said === "string" ? new TextEncoder().encode(said) : said;
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    });
  });
}

/** Serves every connection, and survives what the other end does to it. */
export async function eachOf(
  listener: Deno.Listener,
  serve: (conn: Deno.Conn) => Promise<void>,
): Promise<void> {
  for (;;) {
    let conn: Deno.Conn;
    try {
      conn = await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      continue;
    }
    void serve(conn).catch(() => {}).finally(() => {
      try {
        conn.close();
      } catch {
        // The other end was faster.
      }
    });
  }
}

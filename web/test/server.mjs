// A small office for the tests: serves the built page as `mingzheng serve` does, with the time that the test wants.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; media-src blob: mediastream:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const dist = new URL("../dist/", import.meta.url);
const files = {
  "/b": ["badge.html", "text/html; charset=utf-8"],
  "/assets/badge.js": ["badge.js", "text/javascript; charset=utf-8"],
  "/assets/badge.css": ["badge.css", "text/css; charset=utf-8"],
};

/** `office`: { config, trust: Uint8Array or null, now: ms or null (no Date header) } */
export async function serve(office) {
  const seen = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    seen.push(request.url);
    response.sendDate = false;
    if (office.now !== null) response.setHeader("Date", new Date(office.now).toUTCString());
    const send = (body, type) => response.writeHead(200, {
      "Content-Type": type, "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    }).end(body);
    const file = files[pathname];
    if (file) return send(await readFile(new URL(file[0], dist)), file[1]);
    if (pathname === "/badge/config.json") return send(JSON.stringify(office.config), "application/json");
    if (pathname === "/trust.cbor" && office.trust) return send(office.trust, "application/cbor");
    response.writeHead(404).end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/b`, seen, close: () => { server.closeAllConnections(); server.close(); } };
}

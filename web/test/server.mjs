// A small office for the tests: serves the built page as `mingzheng serve` does, with the time that the test wants.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; media-src blob: mediastream:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const dist = new URL("../dist/", import.meta.url);
const files = {
  "/b": ["badge.html", "text/html; charset=utf-8"],
  "/assets/badge.js": ["badge.js", "text/javascript; charset=utf-8"],
  "/assets/badge.css": ["badge.css", "text/css; charset=utf-8"],
  "/sw.js": ["sw.js", "text/javascript; charset=utf-8"],
};

/**
 * `office`: { config, trust: bytes or null, status: bytes or null, now: ms or null (no Date header), build: folder of another build }, read at each
 * request, so that a test can change it. `delay` ms before each of the office's answers, `down`: no answer at all.
 */
export async function serve(office) {
  const seen = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    if (office.down) return request.socket.destroy();
    seen.push(request.url);
    response.sendDate = false;
    if (office.now !== null) response.setHeader("Date", new Date(office.now).toUTCString());
    const send = (body, type, more = {}) => response.writeHead(200, {
      "Content-Type": type, "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache", ...more,
    }).end(body);
    const file = files[pathname];
    if (file) return send(await readFile(new URL(`${file[0]}.gz`, office.build ?? dist)), file[1], { "Content-Encoding": "gzip" });
    if (office.delay) await new Promise((done) => setTimeout(done, office.delay));
    if (pathname === "/badge/config.json") return send(JSON.stringify(office.config), "application/json");
    if (pathname === "/trust.cbor" && office.trust) return send(office.trust, "application/cbor");
    if (pathname === "/status.cwt" && office.status) return send(office.status, "application/statuslist+cwt");
    if (pathname === "/officers.cbor" && office.officers) return send(office.officers, "application/cbor");
    response.writeHead(404).end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/b`, seen, office, close: () => { server.closeAllConnections(); server.close(); } };
}

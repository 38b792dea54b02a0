// Builds the pages into dist/. `npm run build`.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { plugin } from "./tools/findings.mjs";

/** The badge page runs wherever BigInt does, which its cryptography needs; what else those browsers lack is in src/old.ts. */
const OLDEST_BROWSERS = { badge: ["chrome67", "firefox68", "safari14.1"], verify: ["chrome70", "firefox78", "safari14.1"] };
/** Bytes of each page: as they are, and as the office sends them to a browser that takes gzip (all do). */
const MOST_BYTES = { badge: { plain: 190_000, sent: 80_000 }, verify: { plain: 220_000, sent: 220_000 } };

const dist = new URL("dist/", import.meta.url);
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

const sha256 = (text, form) => createHash("sha256").update(text).digest(form);
const integrity = (text) => `sha256-${sha256(text, "base64")}`;
const source = (file) => readFile(new URL(`src/${file}`, import.meta.url), "utf8");

async function bundle(page, file, define = {}) {
  const { outputFiles } = await build({
    absWorkingDir: new URL(".", import.meta.url).pathname,
    entryPoints: [file], bundle: true, minify: true, write: false, format: "iife", charset: "utf8", legalComments: "none",
    target: OLDEST_BROWSERS[page], logLevel: "warning", outdir: "dist", plugins: [plugin], define,
  });
  return outputFiles[0].text;
}

/**
 * The badge page is served: script and style lie beside it under a strict CSP. The page names their digests (SRI) and the service worker the
 * digests of all three, so that files of two versions never run together.
 */
async function badge() {
  const [script, style] = [await bundle("badge", "src/page.ts"), await bundle("badge", "src/badge.css")];
  const html = (await source("badge.html")).replace("{badge.css}", integrity(style)).replace("{badge.js}", integrity(script));
  const files = { "badge.html": html, "badge.js": script, "badge.css": style };
  const kept = Object.entries({ "/b": html, "/assets/badge.js": script, "/assets/badge.css": style })
    .map(([path, text]) => [path, sha256(text, "hex")]);
  files["sw.js"] = await bundle("badge", "src/sw.ts", { FILES: JSON.stringify(kept) });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(new URL(name, dist), text);
    await writeFile(new URL(`${name}.gz`, dist), gzipSync(text, { level: 9 }));
  }
  await writeFile(new URL("badge.sha256", dist), Object.entries(files).map(([name, text]) => `${sha256(text, "hex")}  ${name}\n`).join(""));
  return Object.keys(files);
}

/**
 * The verifier page is a single file with one classic inline script and style, to be opened from a folder (`file://` allows no modules and no
 * fetch); its own CSP names the digests of both, so that nothing else in it can run.
 */
async function verify() {
  const [script, style] = [await bundle("verify", "src/verify/page.ts"), await bundle("verify", "src/verify.css")];
  const code = script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  const policy = `default-src 'none'; script-src '${integrity(code)}'; style-src '${integrity(style)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const inline = (await source("verify.html"))
    .replace("<!--csp-->", () => `<meta http-equiv="Content-Security-Policy" content="${policy}">`)
    .replace("<!--style-->", () => `<style>${style}</style>`)
    .replace("<!--script-->", () => `<script>${code}</script>`);
  await writeFile(new URL("verify.html", dist), inline);
  return ["verify.html"];
}

for (const [page, files] of Object.entries({ badge: await badge(), verify: await verify() })) {
  const sum = { plain: 0, sent: 0 };
  const written = await readdir(dist);
  for (const file of files) {
    const bytes = await readFile(new URL(file, dist));
    const sent = written.includes(`${file}.gz`) ? (await readFile(new URL(`${file}.gz`, dist))).length : bytes.length;
    sum.plain += bytes.length;
    sum.sent += sent;
    console.log(`${file.padEnd(12)} ${String(bytes.length).padStart(7)} bytes, sent ${String(sent).padStart(7)}, sha256 ${sha256(bytes, "hex")}`);
  }
  for (const form of ["plain", "sent"]) {
    const met = sum[form] <= MOST_BYTES[page][form];
    console.log(`${page} page, ${form}: target ≤ ${MOST_BYTES[page][form]} bytes, ${sum[form]}, ${met ? "met" : "missed"}`);
    if (!met) process.exitCode = 1;
  }
}

// Builds the pages into dist/. `npm run build`.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { plugin } from "./tools/findings.mjs";

const OLDEST_BROWSERS = ["chrome70", "firefox78", "safari14.1"];
/** Bytes of each page without compression. */
const MOST_BYTES = { badge: 150_000, verify: 210_000 };

/**
 * "served": NAME.html beside NAME.js and NAME.css, loaded from the office under a strict CSP.
 * "single file": NAME.html with one classic inline script and style, to be opened from a folder (`file://` allows no modules and no fetch);
 * its own CSP names the digests of both, so that nothing else in it can run.
 */
const PAGES = [
  { name: "badge", entry: "src/page.ts", form: "served" },
  { name: "verify", entry: "src/verify/page.ts", form: "single file" },
];

const dist = new URL("dist/", import.meta.url);
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

for (const { name, entry, form } of PAGES) {
  const bundle = async (file) => {
    const { outputFiles } = await build({
      absWorkingDir: new URL(".", import.meta.url).pathname,
      entryPoints: [file], bundle: true, minify: true, write: false, format: "iife", charset: "utf8", legalComments: "none",
      target: OLDEST_BROWSERS, logLevel: "warning", outdir: "dist", plugins: [plugin],
    });
    return outputFiles[0].text;
  };
  const html = await readFile(new URL(`src/${name}.html`, import.meta.url), "utf8");
  const [script, style] = [await bundle(entry), await bundle(`src/${name}.css`)];
  if (form === "served") {
    await writeFile(new URL(`${name}.html`, dist), html);
    await writeFile(new URL(`${name}.js`, dist), script);
    await writeFile(new URL(`${name}.css`, dist), style);
  } else {
    const code = script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
    const policy = `default-src 'none'; script-src ${digest(code)}; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
    const inline = html
      .replace("<!--csp-->", () => `<meta http-equiv="Content-Security-Policy" content="${policy}">`)
      .replace("<!--style-->", () => `<style>${style}</style>`)
      .replace("<!--script-->", () => `<script>${code}</script>`);
    await writeFile(new URL(`${name}.html`, dist), inline);
  }
}

const sizes = new Map(PAGES.map(({ name }) => [name, 0]));
for (const file of (await readdir(dist)).sort()) {
  const bytes = await readFile(new URL(file, dist));
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const page = file.replace(/\..*$/, "");
  sizes.set(page, sizes.get(page) + bytes.length);
  console.log(`${file.padEnd(12)} ${String(bytes.length).padStart(7)} bytes, gzip ${String(gzip).padStart(6)}, sha256 ${createHash("sha256").update(bytes).digest("hex")}`);
}
for (const [page, bytes] of sizes) {
  const met = bytes <= MOST_BYTES[page];
  console.log(`${page} page without compression: target ≤ ${MOST_BYTES[page]} bytes, ${bytes}, ${met ? "met" : "missed"}`);
  if (!met) process.exitCode = 1;
}

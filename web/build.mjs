// Builds the pages into dist/. `npm run build`.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const OLDEST_BROWSERS = ["chrome70", "firefox78", "safari14.1"];
const MOST_TRANSFERRED = 150_000;

/**
 * "served": NAME.html beside NAME.js and NAME.css, loaded from the office under a strict CSP.
 * "single file": NAME.html with one classic inline script and style, to be opened from a folder (`file://` allows no modules and no fetch).
 */
const PAGES = [{ name: "badge", entry: "src/page.ts", form: "served" }];

const dist = new URL("dist/", import.meta.url);
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

for (const { name, entry, form } of PAGES) {
  const bundle = async (file) => {
    const { outputFiles } = await build({
      absWorkingDir: new URL(".", import.meta.url).pathname,
      entryPoints: [file], bundle: true, minify: true, write: false, format: "iife", charset: "utf8", legalComments: "none",
      target: OLDEST_BROWSERS, logLevel: "warning", outdir: "dist",
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
    const inline = html
      .replace("<!--style-->", () => `<style>${style}</style>`)
      .replace("<!--script-->", () => `<script>${script.replaceAll("</script", "<\\/script")}</script>`);
    await writeFile(new URL(`${name}.html`, dist), inline);
  }
}

let transferred = 0;
for (const file of (await readdir(dist)).sort()) {
  const bytes = await readFile(new URL(file, dist));
  const gzip = gzipSync(bytes, { level: 9 }).length;
  transferred += bytes.length;
  console.log(`${file.padEnd(12)} ${String(bytes.length).padStart(7)} bytes, gzip ${String(gzip).padStart(6)}, sha256 ${createHash("sha256").update(bytes).digest("hex")}`);
}
const met = transferred <= MOST_TRANSFERRED;
console.log(`badge page without compression: target ≤ ${MOST_TRANSFERRED} bytes, ${transferred}, ${met ? "met" : "missed"}`);
if (!met) process.exitCode = 1;

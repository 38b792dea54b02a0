// The page's own source, bundled for node by the same tool.
import { build } from "esbuild";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const here = new URL("../src/", import.meta.url).pathname;

export async function source() {
  const dir = await mkdtemp(join(tmpdir(), "mingzheng-web-"));
  const outfile = join(dir, "source.mjs");
  await build({
    stdin: { contents: ["cbor", "cose", "trust", "frame", "badge", "officers", "status", "challenge", "verdict"].map((m) => `export * from "./${m}";`).join("\n"), resolveDir: here },
    bundle: true, format: "esm", platform: "node", outfile, logLevel: "warning",
  });
  const module = await import(pathToFileURL(outfile));
  await rm(dir, { recursive: true });
  return module;
}

export async function vectors(path) {
  return JSON.parse(await readFile(new URL(`../../tests/vectors/${path}`, import.meta.url), "utf8"));
}

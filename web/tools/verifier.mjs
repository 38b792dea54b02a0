// The page's own verifier, bundled for Node by the tool that builds the page.
import { build } from "esbuild";
import { lstat, mkdtemp, open, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { plugin } from "./findings.mjs";

const src = new URL("../src/", import.meta.url).pathname;

/** Everything that the modules of src/verify and the readers below them export. */
export async function load() {
  const dir = await mkdtemp(join(tmpdir(), "mingzheng-verifier-"));
  const outfile = join(dir, "verifier.mjs");
  const modules = ["cbor", "cose", "trust", "frame", ...["verify", "bytes", "age", "trusted", "pinned", "merkle", "zip", "pdf", "report", "progress", "timestamp", "story"].map((m) => `verify/${m}`)];
  await build({
    stdin: { contents: modules.map((m) => `export * from "./${m}";`).join("\n"), resolveDir: src },
    bundle: true, format: "esm", platform: "node", outfile, logLevel: "warning", plugins: [plugin],
  });
  const module = await import(pathToFileURL(outfile));
  await rm(dir, { recursive: true });
  return module;
}

/** Bytes of an open file, read where they are needed. */
class FileBytes {
  constructor(handle, size, Unreadable) {
    Object.assign(this, { handle, size, Unreadable });
  }

  async read(from, to) {
    const buffer = Buffer.allocUnsafe(to - from);
    const { bytesRead } = await this.handle.read(buffer, 0, to - from, from).catch(() => ({ bytesRead: -1 }));
    if (bytesRead !== to - from) throw new this.Unreadable();
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  }
}

/** Opened only while it is read, so that 20,000 photographs are not 20,000 open files. */
class PathBytes {
  constructor(path, size, Unreadable) {
    Object.assign(this, { path, size, Unreadable });
  }

  async read(from, to) {
    const handle = await open(this.path).catch(() => { throw new this.Unreadable(); });
    try {
      return await new FileBytes(handle, this.size, this.Unreadable).read(from, to);
    } finally {
      await handle.close();
    }
  }
}

async function folder(path, Unreadable) {
  const found = new Map();
  for (const item of await readdir(path, { withFileTypes: true })) {
    const child = join(path, item.name);
    if (item.isDirectory()) found.set(item.name, await folder(child, Unreadable).catch(() => "unreadable"));
    else if (item.isFile()) found.set(item.name, new PathBytes(child, (await lstat(child)).size, Unreadable));
    else found.set(item.name, "other");
  }
  return found;
}

/** What a bundle at `path` is to the verifier. A zip is held in memory if `bit` of it is to be flipped. */
export async function input(verifier, path, bit = null) {
  const { MemoryBytes, Unreadable } = verifier;
  if ((await lstat(path)).isDirectory()) return { folder: await folder(path, Unreadable) };
  if (bit === null) return { zip: new PathBytes(path, (await lstat(path)).size, Unreadable) };
  const bytes = new Uint8Array(await readFile(path));
  bytes[bit >> 3] ^= 1 << (bit & 7);
  return { zip: new MemoryBytes(bytes) };
}

// node tools/verify-batch.mjs --batch LIST [--trust FILE|FINGERPRINT] [--identity FILE] [--checkpoint TEXT|FILE] [--proof FILE]
// LIST: lines {"bundle": path, "flip": bit or null}. One report (docs/formats/verification.md §1) a line on stdout; for a flip it may stop at the first ✗.
// node tools/verify-batch.mjs [the same options] BUNDLE: one report, exit 0/1/2.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { input, load } from "./verifier.mjs";

const text = { type: "string" };
const { values, positionals } = parseArgs({ options: { batch: text, trust: text, identity: text, checkpoint: text, proof: text }, allowPositionals: true });
const verifier = await load();
const { MemoryBytes, parseFingerprint, parseIdentity, readPin, verify } = verifier;
const fail = (message) => {
  console.error(message);
  process.exit(2);
};

const options = {};
if (values.trust !== undefined) {
  const fingerprint = existsSync(values.trust) ? undefined : parseFingerprint(values.trust);
  options.given = fingerprint ? { fingerprint } : { list: new Uint8Array(await readFile(values.trust)) };
}
if (values.identity !== undefined) options.identity = parseIdentity(await readFile(values.identity, "utf8")) ?? fail("no age identity in that file");
if (values.checkpoint !== undefined) {
  const given = existsSync(values.checkpoint) ? new Uint8Array(await readFile(values.checkpoint)) : values.checkpoint;
  options.pin = { checkpoint: readPin(given) ?? fail("no checkpoint in that text or file") };
  if (values.proof !== undefined) options.pin.proof = new Uint8Array(await readFile(values.proof));
}

async function judge(path, bit, held) {
  // One zip whose bits are flipped one after the other is read once.
  if (bit === null || bit === undefined) return (await verify(await input(verifier, path), options)).report;
  if (held.path !== path) Object.assign(held, { path, bytes: new Uint8Array(await readFile(path)) });
  const flip = () => { held.bytes[Math.floor(bit / 8)] ^= 1 << bit % 8; };
  flip();
  try {
    return (await verify({ zip: new MemoryBytes(held.bytes) }, { ...options, stopAtFirst: true })).report;
  } finally {
    flip();
  }
}

if (values.batch === undefined) {
  if (positionals.length !== 1) fail("one bundle, or --batch LIST");
  const report = await judge(positionals[0], null, {});
  console.log(JSON.stringify(report));
  process.exitCode = report.exit;
} else {
  const held = {};
  for (const line of (await readFile(values.batch, "utf8")).split("\n").filter((l) => l.trim() !== "")) {
    const { bundle, flip } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await judge(bundle, flip, held))}\n`);
  }
}

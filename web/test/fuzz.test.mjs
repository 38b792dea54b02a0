// What the page reads from a code, from a file or from the office, damaged at random: nothing but the readers' own named errors, nothing green but what was signed.
// MINGZHENG_SEED repeats a run; MINGZHENG_REPLAY_MS is the time for each reader.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { deflateSync, inflateSync } from "node:zlib";
import { build } from "esbuild";

const src = new URL("../src/", import.meta.url).pathname;
const MODULES = ["badge", "cbor", "cose", "frame", "status", "trust", "verdict"];

async function load() {
  const dir = await mkdtemp(join(tmpdir(), "mingzheng-fuzz-"));
  const outfile = join(dir, "fuzz.mjs");
  const contents = MODULES.map((m) => `export * as ${m} from "./${m}";`).join("\n");
  await build({ stdin: { contents, resolveDir: src }, bundle: true, format: "esm", platform: "node", outfile, logLevel: "warning" });
  const module = await import(pathToFileURL(outfile));
  await rm(dir, { recursive: true });
  return module;
}

const page = await load();
const vectors = async (path) => JSON.parse(await readFile(new URL(`../../tests/vectors/${path}`, import.meta.url), "utf8"));
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));
const NAMED = [page.badge.BadgeError, page.cbor.CborError, page.cose.SignError, page.frame.FrameError, page.trust.TrustError];
const TIME = Number(process.env.MINGZHENG_REPLAY_MS ?? 1000);
const SEED = Number(process.env.MINGZHENG_SEED ?? Date.now() % 1_000_000) || 1;

/** mulberry32. */
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return n < 1 ? 0 : ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** Some bytes, or characters, changed in up to four places. */
function changed(seed, others, below, any) {
  const out = Array.from(seed);
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(out.length);
    switch (below(6)) {
      case 0: case 1: out[at] = any(out[at]); break;
      case 2: out.splice(at, 1 + below(3)); break;
      case 3: out.splice(at, 0, any()); break;
      case 4: out.length = at; break;
      default: {
        const other = Array.from(others[below(others.length)]);
        const start = below(other.length);
        out.splice(at, 0, ...other.slice(start, start + below(40)));
      }
    }
  }
  return out;
}

const anyByte = (below) => (byte) => (byte !== undefined && below(2) ? byte ^ (1 << below(8)) : below(256));
const SIGNS = ["#", "&", "%23", " ", "０", "９", "٣", "+", "-", ".", "\0", "\u200b", "\ud83d", "e", "00000000000000000", "99999999999999999", "https://", "/b#"];
const anySign = (below) => () => (below(3) ? String(below(10)) : SIGNS[below(SIGNS.length)]);

/** Runs for a while; says how often. */
function run(name, seeds, make, reads) {
  const below = dice(SEED);
  for (const seed of seeds) reads(seed, true);
  const end = performance.now() + TIME;
  let runs = 0;
  do {
    const input = make(seeds[below(seeds.length)], seeds, below);
    try {
      reads(input, false);
    } catch (e) {
      e.message = `${name}, seed ${SEED}, run ${runs}, ${JSON.stringify(typeof input === "string" ? input : Buffer.from(input).toString("hex"))}: ${e.message}`;
      throw e;
    }
    runs++;
  } while (performance.now() < end);
  return runs;
}

const bytes = (seed, others, below) => Uint8Array.from(changed(seed, others, below, anyByte(below)));
const text = (seed, others, below) => changed(seed, others, below, anySign(below)).join("");

/** Only the readers' own errors. */
function named(read) {
  try {
    return read();
  } catch (e) {
    if (NAMED.some((kind) => e instanceof kind) && typeof e.code === "string") return undefined;
    throw e;
  }
}

const world = await vectors("badge/verdicts.json");
const trust = page.trust.openTrust(unhex(world.trust.good), world.root);
const texts = world.cases.map((c) => c.badge);
const isText = (c) => typeof c === "string" && c.length > 0;

test(`F41 a code that is damaged anyhow is judged without an error, and never valid (seed ${SEED})`, () => {
  const { now } = world.cases.find((c) => c.name === "valid");
  const digits = (t) => t.slice(t.indexOf("#") + 1).match(/^[0-9]*/)[0];
  const signed = new Set(texts.filter(isText).map(digits));
  const assignments = world.cases.map((c) => c.assignment).filter(isText);
  const v = { now, clockTrusted: true, trust };
  const shown = page.verdict.checkBadge(v, world.cases.find((c) => c.assignment).badge).shown;
  assert.ok(shown);
  const runs = run("code", [...texts.filter(isText), ...assignments], text, (input, isSeed) => {
    const { verdict } = page.verdict.checkBadge(v, input);
    assert.ok(["valid", "not_valid", "unknown"].includes(verdict.state));
    assert.ok(verdict.state === "valid" || /^[a-z_]+$/.test(verdict.reason.code));
    const judged = page.verdict.checkAssignment(v, shown, input);
    assert.ok(["proven", "not_valid", "unknown"].includes(judged.state));
    if (!isSeed && (verdict.state === "valid" || judged.state === "proven")) {
      const known = signed.has(digits(input)) || assignments.some((a) => digits(a) === digits(input));
      assert.ok(known, "something that nobody signed is valid");
    }
  });
  assert.ok(runs > 10, String(runs));
});

test("P7 digits are read in one way", () => {
  const written = (b) => {
    let out = "";
    for (let i = 0; i < b.length; i += 7) {
      const group = b.subarray(i, i + 7);
      out += group.reduce((n, x) => (n << 8n) | BigInt(x), 0n).toString().padStart([0, 3, 5, 8, 10, 13, 15, 17][group.length], "0");
    }
    return out;
  };
  const seeds = ["", "255", "65535", "72057594037927935", ...texts.filter(isText).map((t) => t.slice(t.indexOf("#") + 1))];
  run("digits", seeds, text, (input) => {
    const b = page.frame.fromDigits(input);
    if (b) assert.equal(written(b), input);
    named(() => page.frame.frameFromText(`https://zf.example/b#${input}`));
  });
});

const indexes = Object.fromEntries(await Promise.all(["status-list", "trust", "badge", "show", "assignment", "cbor"].map(async (f) => [f, await vectors(`${f}/index.json`)])));
const own = (format) => indexes[format].cases.filter((c) => c.hex && c.hex.length < 20_000).map((c) => unhex(c.hex));
const lists = Object.fromEntries(["status-list", "badge", "assignment"].map((f) => [f, page.trust.openSelfSigned(unhex(indexes[f].context.trust)).list]));

for (const [format, read] of [
  ["status-list", (b) => page.status.openStatusList(b, lists["status-list"])],
  ["trust", (b) => page.trust.openTrust(b, indexes.trust.context.root)],
  ["badge", (b) => page.badge.openBadge(b, lists.badge)],
  ["assignment", (b) => page.badge.openAssignment(b, lists.assignment)],
  ["show", (b) => page.badge.openShow(b, page.cose.keyFromCose(page.cbor.decode(unhex(indexes.show.context.key))))],
]) {
  test(`P1 P2 ${format}: only named errors, and nothing is read that was not signed`, () => {
    const seeds = own(format);
    const known = new Set(seeds.map((b) => Buffer.from(b).toString("hex")));
    run(format, seeds, bytes, (input) => {
      const content = named(() => read(input));
      if (content !== undefined) assert.ok(known.has(Buffer.from(input).toString("hex")), "an object that nobody signed is read");
    });
  });
}

test("P1 any bytes as CBOR: only named errors", () => {
  run("cbor", [...own("cbor"), ...own("status-list")], bytes, (input) => named(() => page.cbor.decode(input)));
});

/** Another inflater, as strict: all of the bytes, at most 1 MiB. */
function zlib(b) {
  try {
    const { buffer, engine } = inflateSync(b, { info: true, maxOutputLength: 1 << 20 });
    return engine.bytesWritten === b.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

// fflate does not compare the two lengths of a stored block (RFC 1951 §3.2.4): it may read what zlib refuses, with the right checksum all the same.
test("P7 a compressed list that zlib reads is read the same; bytes behind it, cut ones and bombs are refused by both", () => {
  const lists = [[], [0xc9, 0x44, 0xf9], Array(3000).fill(7), Array.from({ length: 5000 }, (_, i) => (i * i) >> 3)];
  const seeds = [...lists.flatMap((l) => [0, 1, 9].map((level) => new Uint8Array(deflateSync(Uint8Array.from(l), { level })))), new Uint8Array(deflateSync(new Uint8Array((1 << 20) + 1))), Uint8Array.from([...deflateSync(Uint8Array.of(1)), 0])];
  let read = 0;
  run("lst", seeds, bytes, (input, isSeed) => {
    const [ours, theirs] = [named(() => page.status.inflate(input)), zlib(input)];
    if (theirs) {
      assert.ok(ours && Buffer.from(ours).equals(theirs), "zlib reads something else");
      read++;
    } else {
      assert.ok(ours === undefined || ours.length <= 1 << 20);
      if (isSeed) assert.equal(ours, undefined);
    }
  });
  assert.ok(read >= 12, String(read));
});

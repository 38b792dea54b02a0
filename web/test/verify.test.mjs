// The verifier in Node: strict readers, proofs, the canonical zip, and the same report as `mingzheng verify` on what the demo leaves.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { readFindings } from "../tools/findings.mjs";
import { input, load } from "../tools/verifier.mjs";

const v = await load();
const sha256 = (...parts) => new Uint8Array(parts.reduce((h, p) => h.update(p), createHash("sha256")).digest());
const hex = (b) => Buffer.from(b).toString("hex");
const codes = (report) => report.checks.flatMap((c) => c.findings.map((f) => `${f.code} ${f.subject}`));

test("every finding has its advice in both languages, and no advice is for a finding that there is not", async () => {
  const { findings } = await readFindings();
  const without = Object.entries(findings).filter(([, f]) => !f.todo || !f.todoZh || !f.zh || !f.en);
  assert.deepEqual(without.map(([code]) => code), []);
  const advice = JSON.parse(await readFile(new URL("../src/verify/advice.zh.json", import.meta.url), "utf8"));
  assert.deepEqual(Object.keys(advice).filter((code) => !findings[code]), []);
});

test("P1 the must-refuse file is refused by name also where only lengths are read", async () => {
  const { accept } = JSON.parse(await readFile(new URL("../../tests/vectors/cbor/refuse.json", import.meta.url), "utf8"));
  const bytes = (text) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
  for (const item of accept) {
    const array = new Uint8Array([0x82, ...bytes(item), ...bytes(item)]);
    assert.deepEqual(v.splitArray(array, 1 << 20).map(hex), [hex(bytes(item)), hex(bytes(item))], item);
  }
  for (const hostile of ["9bffffffffffffffff", "819bffffffffffffffff", "81bb7fffffffffffffff00", "815bffffffffffffffff", "9f00ff", "981700", "8100ff"]) {
    assert.throws(() => v.splitArray(bytes(hostile), 1 << 20), hostile);
  }
});

// RFC 9162 §2.1.1 as it is defined, not as the verifier computes it.
const leaf = (b) => sha256(Uint8Array.of(0), b);
const node = (l, r) => sha256(Uint8Array.of(1), l, r);
const split = (n) => { let k = 1; while (2 * k < n) k *= 2; return k; };
const root = (d) => d.length === 1 ? d[0] : node(root(d.slice(0, split(d.length))), root(d.slice(split(d.length))));
const path = (m, d) => {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k ? [...path(m, d.slice(0, k)), root(d.slice(k))] : [...path(m - k, d.slice(k)), root(d.slice(0, k))];
};
const prefix = (m, d, whole = true) => {
  if (m === d.length) return whole ? [] : [root(d)];
  const k = split(d.length);
  return m <= k ? [...prefix(m, d.slice(0, k), whole), root(d.slice(k))] : [...prefix(m - k, d.slice(k), false), root(d.slice(0, k))];
};
const wrong = (b) => { const c = b.slice(); c[0] ^= 1; return c; };

test("F38 every inclusion and consistency proof up to 33 leaves holds, and no altered one", () => {
  const all = Array.from({ length: 33 }, (_, i) => leaf(Uint8Array.of(i)));
  for (let n = 1; n <= all.length; n++) {
    const d = all.slice(0, n);
    const r = root(d);
    for (let i = 0; i < n; i++) {
      const p = path(i, d);
      assert.deepEqual(hex(v.rootFromInclusion(d[i], i, n, p) ?? []), hex(r));
      p.forEach((_, j) => assert.notEqual(hex(v.rootFromInclusion(d[i], i, n, p.map((x, k) => k === j ? wrong(x) : x)) ?? []), hex(r)));
      assert.equal(v.rootFromInclusion(d[i], i, n, [...p, r]), undefined);
    }
    for (let m = 1; m <= n; m++) {
      const p = prefix(m, d);
      const old = root(d.slice(0, m));
      assert.ok(v.isConsistent(m, old, n, r, p), `${m} of ${n}`);
      assert.ok(!v.isConsistent(m, wrong(old), n, r, p));
      assert.ok(!v.isConsistent(m, old, n, r, [...p, r]));
      p.forEach((_, j) => assert.ok(!v.isConsistent(m, old, n, r, p.map((x, k) => k === j ? wrong(x) : x))));
    }
  }
});

test("CRC-32 is that of everybody", () => {
  assert.equal(v.crc32(0, new TextEncoder().encode("123456789")), 0xcbf43926);
  const text = new TextEncoder().encode("The quick brown fox jumps over the lazy dog");
  assert.equal(v.crc32(v.crc32(0, text.subarray(0, 13)), text.subarray(13)), 0x414fa339);
});

/** A stored zip, as the format says or with something else in it. */
function zip(files, { extra = [], comment = "", date = 0x21, gap = 0, flags = 0, prefix: before = 0, order = (x) => x } = {}) {
  const out = [Buffer.alloc(before)];
  const central = [];
  let at = before;
  const u = (n, size) => { const b = Buffer.alloc(size); b.writeUIntLE(n, 0, size); return b; };
  for (const [name, content] of order(files)) {
    const n = Buffer.from(name);
    const common = Buffer.concat([u(10, 2), u(flags, 2), u(0, 2), u(0, 2), u(date, 2), u(v.crc32(0, content), 4), u(content.length, 4), u(content.length, 4), u(n.length, 2)]);
    central.push(Buffer.concat([u(0x02014b50, 4), u(10, 2), common, u(0, 2), u(0, 2), u(0, 2), u(0, 2), u(0, 4), u(at, 4), n]));
    const local = Buffer.concat([u(0x04034b50, 4), common, u(extra.length, 2), n, Buffer.from(extra), content, Buffer.alloc(gap)]);
    out.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  out.push(directory, u(0x06054b50, 4), u(0, 4), u(files.length, 2), u(files.length, 2), u(directory.length, 4), u(at, 4), u(comment.length, 2), Buffer.from(comment));
  return new Uint8Array(Buffer.concat(out));
}

const judge = async (bytes, options) => (await v.verify({ zip: new v.MemoryBytes(bytes) }, options)).report;
const FILES = [["b/bag-info.txt", Buffer.from("Payload-Oxum: 0.0\n")], ["b/bagit.txt", Buffer.from("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")]];

test("F38 each deviation of the zip from its one form is a finding by name", async () => {
  const first = async (bytes) => codes(await judge(bytes))[0];
  const at = (report) => report.startsWith("zip-form zip: ");
  assert.ok(!codes(await judge(zip(FILES))).some(at), "the canonical one is read");
  assert.equal(await first(zip(FILES, { comment: "x" })), "zip-truncated zip: end");
  assert.equal(await first(zip(FILES, { gap: 1 })), "zip-form zip: b/bagit.txt");
  assert.equal(await first(zip(FILES, { extra: [0xff, 0xff, 0, 0] })), "zip-form zip: b/bag-info.txt");
  for (const change of [{ date: 0x22 }, { flags: 8 }, { prefix: 1 }]) assert.equal(await first(zip(FILES, change)), "zip-form zip: b/bag-info.txt", JSON.stringify(change));
  assert.equal(await first(zip(FILES, { order: (x) => [...x].reverse() })), "zip-form zip: b/bag-info.txt");
  assert.equal(await first(new Uint8Array([...zip(FILES), 0])), "zip-truncated zip: end");
  assert.equal(await first(zip(FILES).subarray(1)), "zip-form zip: end");
  assert.equal(await first(zip(FILES).subarray(zip(FILES).length - 22)), "zip-truncated zip: end", "its directory lies beyond the file");
  assert.equal(await first(new Uint8Array()), "zip-truncated zip: end");
  const changed = zip(FILES);
  changed[31 + "b/bag-info.txt".length] ^= 1;
  assert.equal(await first(changed), "file-changed bag-info.txt");
  const names = [["b/data/X", Buffer.from("x")], ...FILES].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.ok(codes(await judge(zip(names))).includes("file-name data/X"));
});

test("no flipped bit of a zip goes unnoticed before anything is believed", async () => {
  const bytes = zip(FILES);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    const report = await judge(bytes, { stopAtFirst: true });
    assert.equal(report.exit, 1, `bit ${bit}`);
    assert.match(codes(report)[0], /^(zip-form|zip-truncated|file-changed|file-name) /, `bit ${bit}`);
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
});

test("a typed fingerprint and an identity are read with care", () => {
  const digits = "7eb1a870".repeat(8);
  assert.equal(v.parseFingerprint(` ${digits.toUpperCase().replace(/(.{4})/g, "$1 ")}`), digits);
  for (const bad of ["", digits.slice(1), `${digits}0`, digits.replace("7", "g")]) assert.equal(v.parseFingerprint(bad), undefined);
  // age's own test key (age-encryption.org/testkit)
  const key = "AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6";
  assert.ok(v.parseIdentity(`# comment\n${key}\n`));
  assert.equal(v.parseIdentity(key.replace("XMWW", "XMXW")), undefined, "its check sum");
});

const demo = process.env.MINGZHENG_DEMO_OUT ?? new URL("../../demo-out", import.meta.url).pathname;
const office = process.env.MINGZHENG_OFFICE;
const missing = !office ? "MINGZHENG_OFFICE is not set" : !existsSync(`${demo}/trust.cbor`) ? "the demo has not run" : false;
/** What two verifiers must agree on (docs/formats/verification.md §1). */
const agreed = (r) => ({
  case: r.case, exported: r.exported, consistent: r.consistent, exit: r.exit, signer: r.signer, statuses: r.checks.map((c) => [c.id, c.status]), findings: [...new Set(codes(r))].sort(),
});

for (const [bundle, ...more] of [["bundle"], ["bundle", "trust"], ["bundle.zip", "trust"], ["bundle.zip", "trust", "identity"], ["open", "trust"]]) {
  test(`J23 the same verdict as mingzheng verify: ${[bundle, ...more].join(", ")}`, { skip: missing }, async () => {
    const options = {};
    const args = [];
    if (more.includes("trust")) {
      options.given = { list: new Uint8Array(await readFile(`${demo}/trust.cbor`)) };
      args.push("--trust", `${demo}/trust.cbor`);
    }
    if (more.includes("identity")) {
      options.identity = v.parseIdentity(await readFile(`${demo}/recipient.age-identity`, "utf8"));
      args.push("--identity", `${demo}/recipient.age-identity`);
    }
    const { report } = await v.verify(await input(v, `${demo}/${bundle}`), options);
    const { stdout } = spawnSync(office, ["verify", "--json", ...args, `${demo}/${bundle}`], { encoding: "utf8", maxBuffer: 1 << 28 });
    assert.deepEqual(agreed(report), agreed(JSON.parse(stdout)));
  });
}

// The verifier in Node: strict readers, proofs, the canonical zip, and the same report as `mingzheng verify` on what the demo leaves.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { readFindings } from "../tools/findings.mjs";
import { input, load } from "../tools/verifier.mjs";
import { cbor, make, rich, seal, zip } from "./make.mjs";

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

const judge = async (bytes, options) => (await v.verify({ zip: new v.MemoryBytes(bytes) }, options)).report;
const FILES = new Map([["bag-info.txt", Buffer.from("Payload-Oxum: 0.0\n")], ["bagit.txt", Buffer.from("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")]]);

test("F38 each deviation of the zip from its one form is a finding by name", async () => {
  const first = async (bytes) => codes(await judge(bytes))[0];
  const at = (report) => report.startsWith("zip-form zip: ");
  assert.ok(!codes(await judge(zip(FILES))).some(at), "the canonical one is read");
  assert.equal(await first(zip(FILES, { comment: "x" })), "zip-truncated zip: end");
  assert.equal(await first(zip(FILES, { gap: 1 })), "zip-form zip: case/bagit.txt");
  assert.equal(await first(zip(FILES, { extra: [0xff, 0xff, 0, 0] })), "zip-form zip: case/bag-info.txt");
  for (const change of [{ date: 0x22 }, { flags: 8 }, { prefix: 1 }]) assert.equal(await first(zip(FILES, change)), "zip-form zip: case/bag-info.txt", JSON.stringify(change));
  assert.equal(await first(zip(FILES, { order: (x) => [...x].reverse() })), "zip-form zip: case/bag-info.txt");
  assert.equal(await first(new Uint8Array([...zip(FILES), 0])), "zip-truncated zip: end");
  assert.equal(await first(zip(FILES).subarray(1)), "zip-form zip: end");
  assert.equal(await first(zip(FILES).subarray(zip(FILES).length - 22)), "zip-form zip: end", "its directory lies beyond the file");
  for (const base of ["../", "..../", "A/", "a b/", ""]) assert.equal(await first(zip(FILES, { base })), "zip-form zip: base folder", base);
  assert.equal(await first(new Uint8Array()), "zip-truncated zip: end");
  const changed = zip(FILES);
  changed[31 + "case/bag-info.txt".length] ^= 1;
  assert.equal(await first(changed), "file-changed bag-info.txt");
  const names = new Map([...FILES, ["data/X", Buffer.from("x")]]);
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

const made = make({ entries: 40, photos: 3 });
const trusted = { given: { list: new Uint8Array(made.trust) } };
const folderOf = (files) => {
  const root = new Map();
  for (const [path, content] of files) {
    const parts = path.split("/");
    let at = root;
    for (const part of parts.slice(0, -1)) at = at.get(part) ?? at.set(part, new Map()).get(part);
    at.set(parts.at(-1), new v.MemoryBytes(content));
  }
  return root;
};
const log = [...made.files.keys()].find((p) => p.endsWith("entries.cbor")).slice(0, -"entries.cbor".length);
const photo = [...made.files.keys()].find((p) => p.endsWith(".age"));
/** Findings of a folder with something done to it; with `again` its own office packs and signs it anew. */
async function after(change, { again = false, options = trusted } = {}) {
  const files = new Map(made.files);
  change(files);
  const { report } = await v.verify({ folder: folderOf(again ? seal(files, made.keys.export) : files) }, options);
  return { exit: report.exit, state: report.signer.state, consistent: report.consistent, found: codes(report) };
}

test("a true bundle is valid as zip and as folder, and tells what happened", async () => {
  for (const from of [{ zip: new v.MemoryBytes(zip(made.files)) }, { folder: folderOf(made.files) }]) {
    const { report, logs } = await v.verify(from, trusted);
    assert.equal(report.exit, 0, codes(report).join("\n"));
    assert.deepEqual([report.consistent, report.signer.state], [true, "established"]);
    const events = v.story(logs);
    assert.equal(events.length, 41, "the case's and the log's own");
    assert.deepEqual(events[1].fields.map((f) => f.value), ["张建国（川H2026010017）"]);
  }
});

test("F38 P9 trust comes from outside: none, a typed fingerprint, another root, no list at all", async () => {
  const nothing = () => {};
  assert.deepEqual(await after(nothing, { options: {} }).then((r) => [r.exit, r.state, r.consistent, r.found[0]]), [2, "not_established", true, "signer-not-established "]);
  const root = v.openSelfSigned(new Uint8Array(made.trust)).root;
  assert.deepEqual(await after(nothing, { options: { given: { fingerprint: root } } }).then((r) => [r.exit, r.state]), [0, "established"]);
  const stranger = make({ office: "stranger" });
  const other = await after(nothing, { options: { given: { list: new Uint8Array(stranger.trust) } } });
  assert.deepEqual([other.exit, other.state, other.consistent, other.found[0]], [1, "another", true, "another-root data/trust/trust.cbor"]);
  assert.deepEqual(await after(nothing, { options: { given: { list: Uint8Array.of(1) } } }).then((r) => [r.exit, r.found[0]]), [2, "trust-given "]);
});

test("F38 F39 nothing is added, dropped or altered without being named, also when the office packs anew", async () => {
  const named = async (change, expected, again) => {
    const { exit, found } = await after(change, { again });
    assert.equal(exit, 1, expected);
    assert.ok(found.some((f) => f === expected || (expected.endsWith("#") && f.startsWith(expected))), `${expected}\n${found.join("\n")}`);
  };
  await named((f) => f.delete(photo), `file-missing ${photo}`);
  await named((f) => f.set("data/note.txt", Buffer.from("x")), "file-added data/note.txt");
  await named((f) => f.set("fetch.txt", Buffer.from("x")), "fetch fetch.txt");
  await named((f) => f.set("bag-info.txt", Buffer.from("Payload-Oxum: 1.1\n")), "file-changed bag-info.txt");
  await named((f) => f.set(photo, Buffer.concat([f.get(photo), Buffer.of(0)])), `media-changed ${photo}`, true);
  const [first] = [...made.files.keys()].filter((p) => p.endsWith(".age"));
  await named((f) => f.delete(first), `media-missing ${log}entries.cbor#`, true);
  await named((f) => f.set(first.replace(/[0-9a-f]{8}/, "00000000"), Buffer.from("x")), `media-foreign ${first.replace(/[0-9a-f]{8}/, "00000000")}`, true);

  const items = v.arrayItems(made.files.get(`${log}entries.cbor`)).map((b) => Buffer.from(b));
  const entries = (list) => (f) => f.set(`${log}entries.cbor`, Buffer.concat([list.length < 24 ? Buffer.of(0x80 | list.length) : Buffer.of(0x98, list.length), ...list]));
  await named(entries(items.toSpliced?.(5, 1) ?? items.filter((_, i) => i !== 5)), `entry-order ${log}entries.cbor#7`, true);
  await named(entries(items.slice(0, -1)), `case-head ${log}entries.cbor`, true);
  await named(entries([...items.slice(0, 5), items[6], items[5], ...items.slice(7)]), `entry-order ${log}entries.cbor#7`, true);
  await named(entries([...items, items[3]]), `entry-order ${log}entries.cbor#4`, true);
  const flipped = Buffer.from(items[10]);
  flipped[flipped.indexOf("水质")] ^= 1;
  await named(entries(items.map((x, i) => (i === 10 ? flipped : x))), `field-changed ${log}entries.cbor#11`, true);
  const torn = Buffer.from(items[10]);
  torn[torn.length - 1] ^= 1;
  await named(entries(items.map((x, i) => (i === 10 ? torn : x))), `inclusion ${log}entries.cbor#11`, true);
  await named(entries([Buffer.of(0x80), ...items]), `entry-malformed ${log}entries.cbor#[0]`, true);
  await named((f) => f.set(`${log}entries.cbor`, Buffer.of(0x80)), `no-entries ${log}entries.cbor`, true);

  await named((f) => f.delete(`${log}receipt-1.cbor`), `no-receipt ${log}receipt-1.cbor`, true);
  await named((f) => f.set(`${log}receipt-1.cbor`, f.get(`${log}receipt-0.cbor`)), `receipt-other ${log}receipt-1.cbor`, true);
  await named((f) => f.set(`${log}checkpoint-1.cose`, f.get(`${log}checkpoint-0.cose`)), `checkpoint-other ${log}checkpoint-1.cose`, true);
  await named((f) => f.delete(`${log}consistency.cbor`), `file-missing ${log}consistency.cbor`, true);
  await named((f) => f.set(`${log}consistency.cbor`, cbor(new Map([[0, []]]))), `two-histories ${log}checkpoint-0.cose`, true);
  const custody = [...made.files.keys()].filter((p) => p.startsWith("data/custody/"));
  await named((f) => f.set(custody[0], f.get(custody[1])), `custody-other ${custody[0]}`, true);
  await named((f) => f.set(custody[0], f.get(custody[1]).subarray(1)), `custody-bad ${custody[0]}`, true);
});

test("P4 a field that is withheld is said to be, and an unknown kind is kept and shown", async () => {
  const items = v.arrayItems(made.files.get(`${log}entries.cbor`)).map((b) => Buffer.from(b));
  const [header, disclosures, proof] = v.arrayItems(items[10]).map((b) => Buffer.from(b));
  const some = v.arrayItems(disclosures).map((b) => Buffer.from(b)).slice(1);
  const held = Buffer.concat([Buffer.of(0x83), header, Buffer.of(0x80 | some.length), ...some, proof]);
  const { exit, found } = await after((f) => f.set(`${log}entries.cbor`, Buffer.concat([Buffer.of(0x98, items.length), ...items.map((x, i) => (i === 10 ? held : x))])), { again: true });
  assert.equal(exit, 0, found.join("\n"));
  assert.ok(found.includes(`field-withheld ${log}entries.cbor#11`));
  const future = make({ kinds: ["drone.flown"] });
  const { report, logs } = await v.verify({ folder: folderOf(future.files) }, { given: { list: new Uint8Array(future.trust) } });
  assert.equal(report.exit, 0);
  assert.deepEqual(v.story(logs).filter((e) => !e.known).map((e) => [e.kind, e.zh]), [["drone.flown", "未知种类"]]);
});

test("F39 F40 F43 R25 R28 a lost key and its heir, recordings, copies, withdrawal, witnesses and access are each named", async () => {
  const all = rich();
  const judged = async (change = () => {}) => {
    const files = new Map(all.files);
    change(files);
    return (await v.verify({ folder: folderOf(seal(files, all.keys.export)) }, { given: { list: new Uint8Array(all.trust) } })).report;
  };
  const { a, b, c } = all.logs;
  const entry = (log, seq) => `${log.folder}entries.cbor#${seq}`;
  const report = await judged();
  assert.equal(report.exit, 0, codes(report).join("\n"));
  for (const expected of [
    `adopted ${entry(a, 17)}`, `adopted ${entry(a, 18)}`, `succeeded ${b.folder}life.cbor#1`, `device-revoked data/trust/revocation-${hex(a.id)}.cose`,
    `destroyed ${entry(a, 13)}`, `recording-open ${entry(a, 11)}`, `recording-gap ${entry(a, 9)}`, `interrupted ${entry(a, 8)}`, `derived ${entry(a, 12)}`,
    `finding-bare ${entry(a, 16)}`, `closed-unwitnessed ${entry(b, 3)}`, `witness-party ${entry(a, 3)}`, `witness-peer ${a.folder}entries.cbor`,
  ]) assert.ok(codes(report).includes(expected), expected);
  for (const code of ["access", "witness-outside"]) assert.ok(codes(report).some((f) => f.startsWith(`${code} data/`)), code);
  assert.ok(!codes(report).some((f) => f.startsWith("office-alone")));

  const without = async (change, ...expected) => {
    const { exit } = await judged(change);
    const found = codes(await judged(change));
    assert.equal(exit, 1, expected[0]);
    for (const e of expected) assert.ok(found.includes(e), `${e}\n${found.join("\n")}`);
  };
  // Without the heir's word nobody vouches for what no key had signed.
  await without((f) => f.delete(`${b.folder}life.cbor`), `inclusion ${entry(a, 17)}`, `inclusion ${entry(a, 18)}`);
  await without((f) => f.set(`${b.folder}life.cbor`, f.get(`${a.folder}life.cbor`)), `entry-other ${b.folder}life.cbor#0`);
  const outside = [...all.files.keys()].find((p) => p.startsWith("data/outside/"));
  await without((f) => f.set("data/outside/0-3.cbor", f.get(outside)), "outside-bad data/outside/0-3.cbor");
  const access = [...all.files.keys()].find((p) => p.startsWith("data/access/"));
  await without((f) => f.set(`data/access/${"0".repeat(64)}.cbor`, f.get(access)), `access-bad data/access/${"0".repeat(64)}.cbor`);
  await without((f) => f.set(`data/trust/revocation-${hex(c.id)}.cose`, f.get(`data/trust/revocation-${hex(a.id)}.cose`)), `revocation-bad data/trust/revocation-${hex(c.id)}.cose`);
  assert.ok(codes(await judged((f) => f.delete(outside))).includes("office-alone "));
  // F40: what the office received after the key became suspect does not count.
  const early = rich({ suspect: 1_795_300_025_000 });
  const suspect = (await v.verify({ folder: folderOf(early.files) }, { given: { list: new Uint8Array(early.trust) } })).report;
  assert.equal(suspect.exit, 1);
  assert.ok(codes(suspect).includes(`key-suspect ${a.folder}receipt-1.cbor`));
});

test("P5 a checkpoint that the party holds pins the log, and another past of the same key is found", async () => {
  const pin = async (checkpoint, proof) => (await after(() => {}, { options: { ...trusted, pin: { checkpoint: new Uint8Array(checkpoint), proof } } })).found.find((f) => f.startsWith("pinned"));
  assert.match(await pin(made.checkpoint), /^pinned /);
  assert.match(await pin(make({ entries: 41, photos: 3 }).checkpoint), /^pinned-other /, "the same key, the same number, another log");
  assert.match(await pin(make({ entries: 20, photos: 3 }).checkpoint), /^pinned-other /);
  assert.match(await pin(Buffer.of(0xd2, 0x80)), /^pinned-unknown /);
  const frame = Buffer.concat([Buffer.of(0x82, 3), made.checkpoint]);
  let digits = "";
  for (let i = 0; i < frame.length; i += 7) {
    const group = frame.subarray(i, i + 7);
    digits += BigInt(`0x${hex(group)}`).toString().padStart([0, 3, 5, 8, 10, 13, 15, 17][group.length], "0");
  }
  for (const text of [digits, `https://zf.example.gov.cn/b#${digits}`, digits.replace(/(.{5})/g, "$1 ")]) assert.equal(hex(v.readPin(text)), hex(made.checkpoint));
  assert.equal(hex(v.readPin(new Uint8Array(frame))), hex(made.checkpoint));
  assert.equal(v.readPin(digits.slice(1)), undefined);
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

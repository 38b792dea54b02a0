// Makes a small true bundle from docs/formats with node:crypto, so that the page is tested without the program that writes real ones.
import { createHash, createPrivateKey, createPublicKey, sign as nodeSign } from "node:crypto";

const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash("sha256")).digest();
const hex = (b) => Buffer.from(b).toString("hex");
export const seeded = (label, length = 16) => {
  const out = [];
  for (let i = 0; Buffer.concat(out).length < length; i++) out.push(sha256(`${label}/${i}`));
  return Buffer.concat(out).subarray(0, length);
};

// Deterministic CBOR (docs/formats §1): a Map for a map, Tag for tag 18.
const head = (major, n) => {
  const m = major << 5;
  if (n < 24) return Buffer.of(m | n);
  if (n < 0x100) return Buffer.of(m | 24, n);
  if (n < 0x10000) return Buffer.of(m | 25, n >> 8, n & 255);
  const b = Buffer.alloc(n < 2 ** 32 ? 5 : 9);
  b[0] = m | (b.length === 5 ? 26 : 27);
  if (b.length === 5) b.writeUInt32BE(n, 1);
  else b.writeBigUInt64BE(BigInt(n), 1);
  return b;
};
class Tag { constructor(value) { this.value = value; } }
export function cbor(v) {
  if (v === null) return Buffer.of(0xf6);
  if (typeof v === "boolean") return Buffer.of(v ? 0xf5 : 0xf4);
  if (typeof v === "number") return v >= 0 ? head(0, v) : head(1, -1 - v);
  if (typeof v === "string") return Buffer.concat([head(3, Buffer.byteLength(v)), Buffer.from(v)]);
  if (v instanceof Uint8Array) return Buffer.concat([head(2, v.length), v]);
  if (Array.isArray(v)) return Buffer.concat([head(4, v.length), ...v.map(cbor)]);
  if (v instanceof Tag) return Buffer.concat([Buffer.of(0xd2), cbor(v.value)]);
  const entries = [...(v instanceof Map ? v : Object.entries(v))].filter(([, x]) => x !== undefined).map(([k, x]) => [cbor(k), cbor(x)]);
  entries.sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([head(5, entries.length), ...entries.flat()]);
}
const map = (...entries) => new Map(entries);

function ed25519(label) {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seeded(label, 32)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const x = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  const cose = map([1, 1], [-1, 6], [-2, x]);
  return { alg: -19, cose, kid: sha256(cbor(cose)).subarray(0, 8), x, sign: (m) => nodeSign(null, m, key) };
}

const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
function p256(label) {
  // ECPrivateKey (RFC 5915) with the curve's name; node works out the public key.
  const sec1 = Buffer.concat([Buffer.from("30310201010420", "hex"), seeded(label, 32), Buffer.from("a00a06082a8648ce3d030107", "hex")]);
  const key = createPrivateKey({ key: sec1, format: "der", type: "sec1" });
  const jwk = createPublicKey(key).export({ format: "jwk" });
  const [x, y] = [Buffer.from(jwk.x, "base64url"), Buffer.from(jwk.y, "base64url")];
  const cose = map([1, 2], [-1, 1], [-2, x], [-3, (y[31] & 1) === 1]);
  const sign = (m) => {
    const raw = nodeSign("sha256", m, { key, dsaEncoding: "ieee-p1363" });
    const s = BigInt(`0x${hex(raw.subarray(32))}`);
    return s > N / 2n ? Buffer.concat([raw.subarray(0, 32), Buffer.from((N - s).toString(16).padStart(64, "0"), "hex")]) : raw;
  };
  return { alg: -9, cose, kid: sha256(cbor(cose)).subarray(0, 8), sign };
}

function cose(key, typ, payload, { detached = false, extra = [], unprotected = map() } = {}) {
  const header = cbor(map([1, key.alg], [4, key.kid], [16, typ], ...extra));
  const signature = key.sign(cbor(["Signature1", header, Buffer.alloc(0), payload]));
  return cbor(new Tag([header, unprotected, detached ? null : payload, signature]));
}

// RFC 9162 §2.1, with subtrees kept.
const leafHash = (b) => sha256(Buffer.of(0), b);
const split = (n) => { let k = 1; while (2 * k < n) k *= 2; return k; };
function tree(leaves) {
  const known = new Map();
  const root = (from, to) => {
    if (to - from === 1) return leaves[from];
    const name = from * 1e9 + to;
    if (!known.has(name)) {
      const k = split(to - from);
      known.set(name, sha256(Buffer.of(1), root(from, from + k), root(from + k, to)));
    }
    return known.get(name);
  };
  const path = (i, from, to) => {
    if (to - from === 1) return [];
    const k = from + split(to - from);
    return i < k ? [...path(i, from, k), root(k, to)] : [...path(i, k, to), root(from, k)];
  };
  const prefix = (old, from, to, whole) => {
    if (old === to - from) return whole ? [] : [root(from, to)];
    const k = split(to - from);
    return old <= k ? [...prefix(old, from, from + k, whole), root(from + k, to)] : [...prefix(old - k, from + k, to, false), root(from, from + k)];
  };
  return { root: (n = leaves.length) => root(0, n), path: (i, n = leaves.length) => path(i, 0, n), prefix: (old, n = leaves.length) => prefix(old, 0, n, true) };
}

const T0 = 1_795_300_000_000;

/** Files by path, the trust list that a judge holds, and a checkpoint as the party got it. */
export function make({ entries = 12, photos = 2, photoBytes = 3000, office = "o", kinds = [], page } = {}) {
  const keys = Object.fromEntries(["root", "export", "receipt", "badge"].map((use) => [use, ed25519(`${office}/${use}`)]));
  const log = { key: p256("phone/log"), officer: p256("phone/officer"), show: p256("phone/show") };
  const [caseTag, logId, person] = ["case", "log", "person"].map((l) => seeded(l));
  const trust = (() => {
    const payload = cbor({
      v: 1, version: 1, organ: "某县卫生健康局", issued: T0, expires: T0 + 9e9, roots: { k: 1, keys: [keys.root.cose] },
      keys: ["export", "receipt", "badge"].map((use) => ({ key: keys[use].cose, use, name: use, organ: "某县卫生健康局", areas: [], categories: [], from: T0, until: T0 + 9e9 })),
    });
    return cbor([payload, [cose(keys.root, "mz1/trust", payload, { detached: true })]]);
  })();
  const enrolment = cose(keys.badge, "mz1/enrolment", cbor({
    v: 1, enrolment: seeded("enrolment"), device: seeded("device"), log: logId, person, name: "张建国", role: "officer", log_key: log.key.cose, show_key: log.show.cose,
    officer_key: log.officer.cose, recipient: seeded("recipient", 32), key_protection: "tee", attested: false, at: T0 + 1000,
  }));

  // Evidence: an age file to nobody in particular; what is inside is not opened here.
  const evidence = Array.from({ length: photos }, (_, i) => {
    const payload = Buffer.alloc(photoBytes, seeded(`photo ${i}`, 64));
    const sealed = Buffer.concat([Buffer.from(`age-encryption.org/v1\n-> X25519 ${"A".repeat(43)}\n${"A".repeat(43)}\n--- ${"A".repeat(43)}\n`), payload]);
    return { id: `${hex(sha256(`clear ${i}`))}-0`, sealed, payload: sha256(payload), clear: sha256(`clear ${i}`), length: photoBytes };
  });

  const clocks = (i) => [T0 + 10_000 + i * 1000, 480, 10_000 + i * 1000, Buffer.of(1), null];
  const headers = [];
  const disclosures = [];
  const add = (kind, fields, inCase = true) => {
    const i = headers.length;
    const last = headers[i - 1];
    const own = Object.entries(fields).map(([name, value]) => cbor([seeded(`salt ${i} ${name}`), name, value]));
    const commitments = map(...Object.keys(fields).map((name, k) => [name, sha256("mz1/commit\0", own[k])]));
    headers.push(cbor(map(
      [1, 1], [2, logId], [3, i], ...(i > 0 ? [[4, sha256(last)]] : []), ...(inCase ? [[5, caseTag], [6, i - 1], ...(i > 1 ? [[7, sha256(last)]] : [])] : []),
      [8, kind], [9, 1], [10, clocks(i)], [11, person], [12, commitments], [13, []], [14, -16])));
    disclosures.push(own);
  };
  add("log.opened", { software: "test" }, false);
  const number = "川H2026010017";
  add("inspection.opened", { officer: { name: "张建国", number, person: hex(person) } });
  const statement = cose(log.officer, "mz1/statement", cbor({ v: 1, what: "presence", person, name: "张建国", number, role: "主办", case: caseTag, at: T0 + 12_000 }));
  add("person.arrived", { officer: { name: "张建国", number, person: hex(person) }, place: null, statement: hex(statement) });
  for (const e of evidence) {
    add("evidence.captured", {
      id: e.id, media_type: "image/jpeg", clear: hex(e.clear), clear_len: e.length, sealed: hex(sha256(e.sealed)), sealed_len: e.sealed.length, payload: hex(e.payload), suite: 1,
      source: "camera", original_name: "IMG_1.jpg", caption: "泳池全貌", place: null, fix: "none", exif: {}, differences: [],
    });
  }
  for (const kind of kinds) add(kind, { text: "…" });
  while (headers.length < entries) add("checklist.answered", { checklist: "youyong", item: `youyong-${headers.length}`, result: "pass", note: "水质清澈", measured: null, instrument: null });
  add("inspection.closed", { entries: headers.length, witness: "party", reason: null });

  // Checkpoints at most 32 entries apart, each received by the office.
  const device = tree(headers.map(leafHash));
  const sizes = [];
  for (let n = 32; n < headers.length; n += 32) sizes.push(n);
  sizes.push(headers.length);
  const checkpoints = [];
  sizes.forEach((size, i) => checkpoints.push(cose(log.key, "mz1/checkpoint", cbor(map(
    [1, 1], [2, logId], [3, i], ...(i > 0 ? [[4, sha256(checkpoints[i - 1])]] : []), [5, size], [6, device.root(size)],
    [7, [[caseTag, size - 1, sha256(headers[size - 1])]]], [8, clocks(size)], [10, sha256(enrolment)])))));

  const leaves = [];
  const receive = (leaf) => leaves.push(cbor(leaf)) - 1;
  const received = checkpoints.map((c, i) => {
    const at = T0 + 20_000 + sizes[i] * 1000;
    return { index: receive({ kind: "checkpoint", at, cp: sha256(c), log: logId, size: sizes[i] }), at, log: logId };
  });
  const custody = evidence.map((e) => {
    const at = T0 + 5e6;
    const payload = cbor({ v: 1, state: "opened", sealed: sha256(e.sealed), clear: e.clear, length: e.length, at });
    return { index: receive({ kind: "custody", at, payload: sha256(payload) }), at, log: null, custody: cose(keys.receipt, "mz1/custody", payload), sealed: e.sealed };
  });
  const own = tree(leaves.map(leafHash));
  const receipt = ({ index, at, log: about }) => cose(keys.receipt, "mz1/log-receipt", own.root(index + 1), {
    detached: true, extra: [[15, map([1, "某县卫生健康局"], [6, Math.floor(at / 1000)])], [395, 1], [-65541, [about, index + 1, at, 0]]],
    unprotected: map([396, map([-1, [cbor([index + 1, index, own.path(index, index + 1)])]])]),
  });

  const folder = `data/log/${hex(logId)}/`;
  const newest = checkpoints.length - 1;
  const files = new Map([
    ["data/case.cbor", cbor({ v: 1, case: caseTag, logs: [logId], newest: { [hex(logId)]: newest } })],
    ["data/trust/trust.cbor", trust],
    [`data/trust/enrolment-${hex(logId)}.cose`, enrolment],
    [`${folder}entries.cbor`, cbor(headers.slice(1).map((h, i) => [h, disclosures[i + 1], device.path(i + 1)]))],
    ...checkpoints.flatMap((c, i) => [
      [`${folder}checkpoint-${i}.cose`, c], [`${folder}receipt-${i}.cbor`, cbor({ leaf: leaves[received[i].index], receipt: receipt(received[i]) })],
    ]),
    ...(newest > 0 ? [[`${folder}consistency.cbor`, cbor(map(...sizes.slice(0, -1).map((size, i) => [i, device.prefix(size)])))]] : []),
    ...evidence.map((e) => [`data/evidence/${e.id}.jpg.age`, e.sealed]),
    ...custody.map((c) => [`data/custody/${hex(sha256(c.sealed))}.cbor`, cbor({ custody: c.custody, leaf: leaves[c.index], receipt: receipt(c) })]),
    ...(page ? [["verify.html", page]] : []),
  ]);
  return { files: seal(files, keys.export), trust, checkpoint: checkpoints[newest], keys, logKey: log.key };
}

/** BagIt's own files and the signed list over what is there. */
export function seal(payload, key, at = T0 + 6e6) {
  const files = new Map([...payload].filter(([path]) => !["bundle.cose", "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"].includes(path)));
  const lines = (paths) => paths.sort().map((p) => `${hex(sha256(files.get(p)))}  ${p}\n`).join("");
  const data = [...files.keys()].filter((p) => p.startsWith("data/"));
  files.set("bagit.txt", Buffer.from("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"));
  files.set("bag-info.txt", Buffer.from(`Payload-Oxum: ${data.reduce((n, p) => n + files.get(p).length, 0)}.${data.length}\n`));
  files.set("manifest-sha256.txt", Buffer.from(lines(data)));
  files.set("tagmanifest-sha256.txt", Buffer.from(lines([...files.keys()].filter((p) => !p.startsWith("data/")))));
  const list = Object.fromEntries([...files].map(([path, content]) => [path, [content.length, sha256(content)]]));
  files.set("bundle.cose", cose(key, "mz1/bundle", cbor({ v: 1, case: seeded("case"), at, form: "sealed", files: list })));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const TABLE = Int32Array.from({ length: 256 }, (_, n) => { for (let i = 0; i < 8; i++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n; });
export const crc32 = (b) => { let c = -1; for (const x of b) c = TABLE[(c ^ x) & 255] ^ (c >>> 8); return ~c >>> 0; };

/** The one canonical zip (docs/formats §10), or one that deviates from it. */
export function zip(files, { base = "case/", extra = [], comment = "", date = 0x21, gap = 0, flags = 0, prefix = 0, order = (x) => x } = {}) {
  const u = (n, size) => { const b = Buffer.alloc(size); b.writeUIntLE(n, 0, size); return b; };
  const [out, central] = [[Buffer.alloc(prefix)], []];
  let at = prefix;
  for (const [name, content] of order([...files])) {
    const n = Buffer.from(base + name);
    const common = Buffer.concat([u(10, 2), u(flags, 2), u(0, 2), u(0, 2), u(date, 2), u(0, 2).subarray(2), u(crc32(content), 4), u(content.length, 4), u(content.length, 4), u(n.length, 2)]);
    central.push(Buffer.concat([u(0x02014b50, 4), u(10, 2), common, u(0, 2), u(0, 2), u(0, 2), u(0, 2), u(0, 4), u(at, 4), n]));
    const lead = Buffer.concat([u(0x04034b50, 4), common, u(extra.length, 2), n, Buffer.from(extra)]);
    out.push(lead, content, Buffer.alloc(gap));
    at += lead.length + content.length + gap;
  }
  const directory = Buffer.concat(central);
  out.push(directory, u(0x06054b50, 4), u(0, 4), u(central.length, 2), u(central.length, 2), u(directory.length, 4), u(at, 4), u(comment.length, 2), Buffer.from(comment));
  return new Uint8Array(Buffer.concat(out));
}

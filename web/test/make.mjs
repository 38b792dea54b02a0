// Makes a small true bundle from docs/formats with node:crypto, so that the page is tested without the program that writes real ones.
import { createHash, createPrivateKey, createPublicKey, sign as nodeSign } from "node:crypto";

export const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash("sha256")).digest();
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
export const map = (...entries) => new Map(entries);

export function ed25519(label) {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seeded(label, 32)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const x = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  const cose = map([1, 1], [-1, 6], [-2, x]);
  return { alg: -19, cose, kid: sha256(cbor(cose)).subarray(0, 8), x, sign: (m) => nodeSign(null, m, key) };
}

const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
export function p256(label) {
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

export function cose(key, typ, payload, { detached = false, extra = [], unprotected = map() } = {}) {
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

/** One phone's log as it grows: entries, checkpoints, and what of it goes into a bundle. */
class Log {
  headers = [];
  kinds = [];
  disclosures = [];
  checkpoints = [];
  inCase = 0;
  lastOfCase;

  constructor(label, caseTag, start) {
    Object.assign(this, { label, caseTag, start, id: seeded(`${label}/log`), person: seeded(`${label}/person`), key: p256(`${label}/log`), officer: p256(`${label}/officer`), show: p256(`${label}/show`) });
    this.folder = `data/log/${hex(this.id)}/`;
  }

  enrol(badge, more = {}) {
    this.enrolment = cose(badge, "mz1/enrolment", cbor({
      v: 1, enrolment: seeded(`${this.label}/enrolment`), device: seeded(`${this.label}/device`), log: this.id, person: this.person, name: "张建国", role: "officer",
      log_key: this.key.cose, show_key: this.show.cose, officer_key: this.officer.cose, recipient: seeded("recipient", 32), key_protection: "tee", attested: false, at: this.start, ...more,
    }));
    return this;
  }

  clocks(i) {
    return [this.start + 10_000 + i * 1000, 480, 10_000 + i * 1000, Buffer.of(1), null];
  }

  add(kind, fields, { seen = [], inCase = !kind.startsWith("log.") } = {}) {
    const i = this.headers.length;
    const own = Object.entries(fields).map(([name, value]) => cbor([seeded(`${this.label} salt ${i} ${name}`), name, value]));
    const commitments = map(...Object.keys(fields).map((name, k) => [name, sha256("mz1/commit\0", own[k])]));
    const position = inCase ? [[5, this.caseTag], [6, this.inCase], ...(this.inCase > 0 ? [[7, this.lastOfCase]] : [])] : [];
    this.headers.push(cbor(map(
      [1, 1], [2, this.id], [3, i], ...(i > 0 ? [[4, sha256(this.headers[i - 1])]] : []), ...position,
      [8, kind], [9, 1], [10, this.clocks(i)], [11, this.person], [12, commitments], [13, seen], [14, -16])));
    this.kinds.push(inCase ? "case" : "life");
    this.disclosures.push(own);
    if (inCase) {
      this.inCase++;
      this.lastOfCase = sha256(this.headers[i]);
    }
    return i;
  }

  get tree() {
    return tree(this.headers.map(leafHash));
  }

  checkpoint() {
    const i = this.checkpoints.length;
    const size = this.headers.length;
    const signed = cose(this.key, "mz1/checkpoint", cbor(map(
      [1, 1], [2, this.id], [3, i], ...(i > 0 ? [[4, sha256(this.checkpoints[i - 1].signed)]] : []), [5, size], [6, this.tree.root()],
      [7, this.inCase > 0 ? [[this.caseTag, this.inCase, this.lastOfCase]] : []], [8, this.clocks(size)], [10, sha256(this.enrolment)])));
    this.checkpoints.push({ signed, size });
    return { signed, size };
  }

  /** Entries of the case or the log's own life, each with its proof into the tree that holds it. */
  entries(which) {
    const signed = this.checkpoints.at(-1).size;
    const t = this.tree;
    return cbor(this.headers.flatMap((h, i) => (this.kinds[i] !== which ? [] : [[h, this.disclosures[i], t.path(i, i < signed ? signed : this.headers.length)]])));
  }
}

/** The office's own log and what it hands out. */
class Office {
  leaves = [];
  constructor(label) {
    this.keys = Object.fromEntries(["root", "export", "receipt", "badge", "witness"].map((use) => [use, ed25519(`${label}/${use}`)]));
    const payload = cbor({
      v: 1, version: 1, organ: "某县卫生健康局", issued: T0, expires: T0 + 9e9, roots: { k: 1, keys: [this.keys.root.cose] },
      keys: ["export", "receipt", "badge", "witness"].map((use) => ({
        key: this.keys[use].cose, use, name: use === "witness" ? "witness.example" : use, organ: "某县卫生健康局", areas: [], categories: [], from: T0, until: T0 + 9e9,
      })),
    });
    this.trust = cbor([payload, [cose(this.keys.root, "mz1/trust", payload, { detached: true })]]);
  }

  /** A leaf and the way to its receipt, which is signed when all leaves are there. */
  take(leaf, log = null) {
    const index = this.leaves.push(cbor(leaf)) - 1;
    return { index, at: leaf.at, log, leaf: this.leaves[index] };
  }

  receipt({ index, at, log }) {
    this.tree ??= tree(this.leaves.map(leafHash));
    return cose(this.keys.receipt, "mz1/log-receipt", this.tree.root(index + 1), {
      detached: true, extra: [[15, map([1, "某县卫生健康局"], [6, Math.floor(at / 1000)])], [395, 1], [-65541, [log, index + 1, at, 0]]],
      unprotected: map([396, map([-1, [cbor([index + 1, index, this.tree.path(index, index + 1)])]])]),
    });
  }

  file(taken) {
    return cbor({ leaf: taken.leaf, receipt: this.receipt(taken) });
  }

  /** The head over all leaves, cosigned by another office. */
  outside(at, paths) {
    const [size, root] = [this.leaves.length, this.tree.root()];
    const head = cose(this.keys.receipt, "mz1/head", cbor({ v: 1, epoch: 0, size, root, at }));
    const body = `mz1/0123456789abcdef/epoch-0\n${size}\n${root.toString("base64")}\n`;
    const line = (name, kind, key, rest) => `— ${name} ${Buffer.concat([sha256(`${name}\n`, Buffer.of(kind), key.x).subarray(0, 4), rest]).toString("base64")}`;
    const seconds = Math.floor(at / 1000) + 60;
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    const cosignature = line("witness.example", 4, this.keys.witness, Buffer.concat([time, this.keys.witness.sign(Buffer.from(`cosignature/v1\ntime ${seconds}\n${body}`))]));
    const origin = body.split("\n")[0];
    const consistency = Object.fromEntries(paths.map(([path, { index }]) => [path, index + 1 === size ? [] : this.tree.prefix(index + 1)]));
    return [`data/outside/0-${size}.cbor`, cbor({
      head, checkpoint: `${body}\n${line(origin, 1, this.keys.receipt, this.keys.receipt.sign(Buffer.from(body)))}\n`, cosignatures: [cosignature], timestamps: [], consistency,
    })];
  }
}

/** Evidence as an age file to nobody in particular: what is inside is not opened here. */
function sealed(label, bytes) {
  const payload = Buffer.alloc(bytes, seeded(label, 64));
  const header = `age-encryption.org/v1\n-> X25519 ${"A".repeat(43)}\n${"A".repeat(43)}\n--- ${"A".repeat(43)}\n`;
  const file = Buffer.concat([Buffer.from(header), payload]);
  const clear = sha256(`clear ${label}`);
  return {
    id: `${hex(clear)}-0`, file, clear, length: bytes,
    fields: {
      id: `${hex(clear)}-0`, media_type: "image/jpeg", clear: hex(clear), clear_len: bytes, sealed: hex(sha256(file)), sealed_len: file.length, payload: hex(sha256(payload)), suite: 1,
      source: "camera", original_name: "IMG_1.jpg", caption: "泳池全貌", place: null, fix: "none", exif: {}, differences: [],
    },
  };
}

/** The bundle of what happened so far. */
function bundle(office, caseTag, logs, evidence, { more = () => [], page } = {}) {
  const received = logs.map((log) => log.checkpoints.map(({ signed, size }) => office.take(
    { kind: "checkpoint", at: log.start + 20_000 + size * 1000, cp: sha256(signed), log: log.id, size }, log.id)));
  const custody = evidence.map((e) => {
    const at = T0 + 5e6;
    const payload = cbor({ v: 1, state: "opened", sealed: sha256(e.file), clear: e.clear, length: e.length, at });
    return { ...office.take({ kind: "custody", at, payload: sha256(payload) }), custody: cose(office.keys.receipt, "mz1/custody", payload), e };
  });
  const last = more(office);
  const files = new Map([
    ["data/case.cbor", cbor({ v: 1, case: caseTag, logs: logs.map((l) => l.id), newest: Object.fromEntries(logs.map((l) => [hex(l.id), l.checkpoints.length - 1])) })],
    ["data/trust/trust.cbor", office.trust],
    ...logs.flatMap((log, n) => {
      const older = log.checkpoints.slice(0, -1).filter(({ size }) => size < log.checkpoints.at(-1).size);
      const top = tree(log.headers.slice(0, log.checkpoints.at(-1).size).map(leafHash));
      return [
        [`data/trust/enrolment-${hex(log.id)}.cose`, log.enrolment],
        [`${log.folder}entries.cbor`, log.entries("case")], [`${log.folder}life.cbor`, log.entries("life")],
        ...log.checkpoints.flatMap(({ signed }, i) => [[`${log.folder}checkpoint-${i}.cose`, signed], [`${log.folder}receipt-${i}.cbor`, office.file(received[n][i])]]),
        ...(older.length > 0 ? [[`${log.folder}consistency.cbor`, cbor(map(...older.map(({ size }, i) => [i, top.prefix(size)])))]] : []),
      ];
    }),
    ...evidence.map((e) => [`data/evidence/${e.id}.jpg.age`, e.file]),
    ...custody.map((c) => [`data/custody/${hex(sha256(c.e.file))}.cbor`, cbor({ custody: c.custody, leaf: c.leaf, receipt: office.receipt(c) })]),
    ...last.map((f) => f(received)),
    ...(page ? [["verify.html", page]] : []),
  ]);
  return { files: seal(files, office.keys.export), trust: office.trust, checkpoint: logs.at(-1).checkpoints.at(-1).signed, keys: office.keys };
}

const OFFICER = { name: "张建国", number: "川H2026010017" };
const statement = (log, what, more = {}) => hex(cose(log.officer, "mz1/statement", cbor({
  v: 1, what, person: log.person, ...OFFICER, role: "主办", case: log.caseTag, at: log.start + 12_000, ...more,
})));

/** A plain case on one phone: files by path, the trust list that a judge holds, and the newest checkpoint as the party got it. */
export function make({ entries = 12, photos = 2, photoBytes = 3000, office = "o", kinds = [], page } = {}) {
  const home = new Office(office);
  const caseTag = seeded("case");
  const log = new Log("phone", caseTag, T0 + 1000).enrol(home.keys.badge);
  log.add("log.opened", { software: "test" });
  log.add("inspection.opened", { officer: OFFICER });
  log.add("person.arrived", { officer: OFFICER, place: null, statement: statement(log, "presence") });
  const evidence = Array.from({ length: photos }, (_, i) => sealed(`photo ${i}`, photoBytes));
  for (const e of evidence) log.add("evidence.captured", e.fields);
  for (const kind of kinds) log.add(kind, { text: "…" });
  const step = () => { if (log.headers.length % 32 === 0) log.checkpoint(); };
  step();
  while (log.headers.length < entries) {
    log.add("checklist.answered", { checklist: "youyong", item: `youyong-${log.headers.length}`, result: "pass", note: "水质清澈", measured: null, instrument: null });
    step();
  }
  log.add("inspection.closed", { entries: log.headers.length, witness: "party", reason: null });
  log.checkpoint();
  return bundle(home, caseTag, [log], evidence, { page });
}

/** A case with everything that can happen: a lost key and its heir, recordings, copies, withdrawal, witnesses inside and outside, looking at the files. */
export function rich({ office = "o", suspect = T0 + 4e6 } = {}) {
  const home = new Office(office);
  const caseTag = seeded("case");
  const a = new Log("a", caseTag, T0 + 1000).enrol(home.keys.badge);
  const c = new Log("c", caseTag, T0 + 2000).enrol(home.keys.badge);
  a.add("log.opened", { software: "test" });
  c.add("log.opened", { software: "test" });
  a.add("inspection.opened", { officer: OFFICER });
  c.add("inspection.opened", { officer: OFFICER });
  a.add("person.arrived", { officer: OFFICER, place: null, statement: statement(a, "presence") });
  const shown = a.checkpoint();
  a.add("party.witnessed", { cp_no: 0, checkpoint: hex(sha256(shown.signed)), how: "scanned", by: "陈晓梅" });
  const seen = [[a.id, sha256(shown.signed), shown.size]];
  c.add("checkpoint.cosigned", {
    log: hex(a.id), cp_no: 0, checkpoint: hex(sha256(shown.signed)), officer: OFFICER, statement: statement(c, "cosign", { checkpoint: sha256(shown.signed) }),
  }, { seen });
  const evidence = ["one", "two", "part 0", "part 1", "copy", "gone"].map((label) => sealed(label, 500));
  const [one, two, first, second, copy, gone] = evidence;
  a.add("evidence.captured", one.fields);
  a.add("evidence.captured", two.fields);
  a.add("recording.started", { recording: "r1", media: "audio", scene: null, must_record: true });
  a.add("evidence.captured", { ...first.fields, recording: "r1", part: 0, starts_ms: 0, lasts_ms: 10_000 });
  a.add("recording.interrupted", { recording: "r1", scene: null, from_ms: 10_000, to_ms: 15_000, reason: "call", note: "" });
  a.add("evidence.captured", { ...second.fields, recording: "r1", part: 1, starts_ms: 15_000, lasts_ms: 10_000 });
  a.add("recording.ended", { recording: "r1", parts: 2, lasts_ms: 25_000 });
  a.add("recording.started", { recording: "r2", media: "video", scene: null, must_record: false });
  a.add("evidence.captured", { ...copy.fields, derived_from: one.id, operation: "blur", parameters: "", operator: "张建国" });
  a.add("evidence.captured", gone.fields);
  a.add("retention.destroyed", { evidence: gone.id, basis: "保存期满" });
  a.add("finding.recorded", { text: "余氯不足", items: [], evidence: [one.id, two.id] });
  a.add("finding.recorded", { text: "记录缺失", items: [], evidence: [] });
  a.checkpoint();
  const signedSize = a.headers.length;
  a.add("note.added", { text: "密钥丢失之前" });
  a.add("note.added", { text: "尚未签名" });
  const b = new Log("b", caseTag, T0 + 100_000).enrol(home.keys.badge, { previous: sha256(a.enrolment), reason: "key_lost" });
  b.add("log.opened", { software: "test" });
  b.add("log.succeeds", {
    old: hex(a.id), size: signedSize, root: hex(a.tree.root(signedSize)), cp_no: 1, reason: "key_lost", adopted_size: a.headers.length, adopted_root: hex(a.tree.root()),
  });
  b.add("note.added", { text: "继续" }, { seen });
  b.checkpoint();
  c.checkpoint();
  b.add("inspection.closed", { entries: 2, witness: "none", reason: "当事人不在场" });
  b.checkpoint();
  const revoked = cose(home.keys.badge, "mz1/revocation", cbor({ v: 1, enrolment: sha256(a.enrolment), log: a.id, at: T0 + 5e6, suspect_since: suspect, reason: "lost" }));
  const made = bundle(home, caseTag, [a, b, c].sort((x, y) => Buffer.compare(x.id, y.id)), evidence, {
    more: (o) => {
      const record = cbor([seeded("access"), { v: 1, case: caseTag, act: "viewed", what: one.id, who: "li", at: T0 + 5.5e6 }]);
      const taken = o.take({ kind: "access", at: T0 + 5.5e6, record: sha256(record) });
      return [
        () => [`data/access/${hex(sha256(record))}.cbor`, cbor({ record, leaf: taken.leaf, receipt: o.receipt(taken) })],
        () => [`data/trust/revocation-${hex(a.id)}.cose`, revoked],
        (received) => o.outside(T0 + 5.8e6, received.flatMap((all, n) => all.map((r, i) => [`${[a, b, c].sort((x, y) => Buffer.compare(x.id, y.id))[n].folder}receipt-${i}.cbor`, r]))),
      ];
    },
  });
  made.files.delete(`data/evidence/${gone.id}.jpg.age`);
  made.files.delete(`data/custody/${hex(sha256(gone.file))}.cbor`);
  return { ...made, files: seal(made.files, home.keys.export), logs: { a, b, c }, ids: { one: one.id, gone: gone.id } };
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

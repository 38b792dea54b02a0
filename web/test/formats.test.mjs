// The shared vectors of docs/formats for what the pages read: good objects are read as written, all others refused, by the class that docs/formats names
// wherever the reader names one.
import assert from "node:assert/strict";
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { plugin } from "../tools/findings.mjs";

const src = new URL("../src/", import.meta.url).pathname;
const MODULES = [
  "cbor", "cose", "trust", "frame", "badge", "challenge", "officers", "status", ...["age", "bytes", "checkpoint", "enrolment", "entry", "evidence", "manifest", "merkle", "office", "outside", "pinned", "progress", "receipt", "refusal", "report"].map((m) => `verify/${m}`),
];

async function load() {
  const dir = await mkdtemp(join(tmpdir(), "mingzheng-formats-"));
  const outfile = join(dir, "formats.mjs");
  const contents = MODULES.map((m) => `export * as ${m.replace("verify/", "v_")} from "./${m}";`).join("\n");
  await build({ stdin: { contents, resolveDir: src }, bundle: true, format: "esm", platform: "node", outfile, logLevel: "warning", plugins: [plugin] });
  const module = await import(pathToFileURL(outfile));
  await rm(dir, { recursive: true });
  return module;
}

const m = await load();
const { cbor, cose, trust, badge } = m;
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));
const hex = (b) => (b == null ? null : Buffer.from(b).toString("hex"));
const key = (c) => cose.keyFromCose(cbor.decode(unhex(c.key)));
const list = (c) => trust.openSelfSigned(unhex(c.trust)).list;

class Found extends Error {}

/** Reads entries as the steps of a verification do; a finding that is not allowed is a refusal. */
async function entriesOf(file) {
  const out = new m.v_report.Findings();
  const entries = await m.v_entry.readEntries("entries.cbor", file, out, new m.v_progress.Progress());
  const report = out.report({ case: null, exported: null, signer: { state: "unknown" } });
  const bad = report.checks.flatMap((x) => x.findings.map((f) => f.code)).filter((code) => code !== "field-withheld");
  if (bad.length > 0) throw new Found(bad.join(" "));
  return entries;
}

const headPayload = (file, c) => {
  const object = cose.Unverified.read(file, c.typ);
  if (!c.payload) return object.verify(key(c));
  object.verifyDetached(key(c), unhex(c.payload));
  return unhex(c.payload);
};

/** By format: the page's reader, and what it says in the words of the vectors. */
const READERS = {
  cbor: (file) => { cbor.decode(file); return {}; },
  sign: (file, c) => ({ payload: hex(headPayload(file, c)) }),
  trust: (file, c) => {
    const { version, organ, issued, expires, keys } = trust.openTrust(file, c.root);
    return { version, organ, issued, expires, root: c.root, uses: keys.map((k) => k.use) };
  },
  badge: (file, c) => {
    const { showKey, photo, ...b } = badge.openBadge(file, list(c));
    return { ...b, photo: hex(photo), show_kid: hex(cose.kidOf(showKey)), digest: hex(cose.digest16(file)) };
  },
  show: (file, c) => {
    const s = badge.openShow(file, key(c));
    return { badge: hex(s.badge), at: s.at, challenge: hex(s.challenge), assignment: hex(s.assignment) };
  },
  assignment: (file, c) => {
    const { task, enterprise, kind, ...a } = badge.openAssignment(file, list(c));
    return { ...a, task: hex(task), enterprise: hex(enterprise), type: kind };
  },
  "status-list": (file, c) => {
    const { issued, expires, ...packed } = m.status.openStatusList(file, list(c));
    const statuses = c.indexes.map((i) => m.status.statusAt(packed, i) ?? null);
    return { issued, expires, statuses, overdue: c.at > expires * 1000 };
  },
  officers: (file, c) => {
    const { officers, ...l } = m.officers.openOfficers(file, list(c));
    const row = (o) => [o.name, o.unit, o.position, o.number, o.category, o.area, o.until];
    return { ...l, officers: officers.map(row), old: c.at > l.until };
  },
  challenge: (file) => {
    // The page draws its own digits and reads none.
    const digits = Buffer.from(file).toString("utf8");
    return /^[0-9]{8}$/.test(digits) ? { challenge: hex(m.challenge.challengeBytes(digits)) } : undefined;
  },
  "frame-text": (file) => {
    const f = m.frame.frameFromText(Buffer.from(file).toString("utf8"));
    const part = (b) => hex(cose.digest16(b));
    if (f.kind === "badge") return { kind: 1, badge: part(f.badge), show: part(f.show) };
    return f.kind === "assignment" ? { kind: 2, assignment: part(f.assignment), show: part(f.show) } : { kind: 3, checkpoint: part(f.checkpoint) };
  },
  entries: async (file, c) => {
    const entries = await entriesOf(file);
    let before;
    entries.forEach((e, i) => {
      const { header } = e;
      if (header.position?.case !== c.case) throw new Found("entry-other");
      const chained = !before || (header.position.prev === before.digest && (header.seq !== before.header.seq + 1 || header.prev === before.digest));
      if (header.position.seq !== i || !chained) throw new Found("entry-order or entry-chain");
      const root = m.v_merkle.rootFromInclusion(e.leaf, header.seq, c.size, e.proof);
      if (!root || hex(root) !== c.root) throw new Found("inclusion");
      before = e;
    });
    const withheld = (e) => [...e.header.commitments.keys()].filter((name) => !e.fields.has(name));
    return { seqs: entries.map((e) => e.header.seq), kinds: entries.map((e) => e.header.kind), withheld: entries.map((e) => withheld(e).sort()) };
  },
  checkpoint: (file, c) => {
    if (c.known) return undefined; // the steps of verification §5 compare neighbours: tests/tamper
    const p = m.v_checkpoint.openCheckpoint(file, key(c));
    return { log: p.log, cp_no: p.number, previous: p.previous ?? null, size: p.size, root: hex(p.root), cases: p.cases.map((x) => [x.case, x.length, x.head]), enrolment: p.enrolment };
  },
  "consistency-proof": (file, c) => {
    const { log, from, to, proof } = m.v_pinned.readProof(file);
    const [older, newer] = [c.older, c.newer].map((held) => m.v_checkpoint.openCheckpoint(unhex(held), key(c)));
    if (log !== older.log || log !== newer.log || from !== older.size || to !== newer.size) throw new Found("of other checkpoints");
    if (!m.v_merkle.isConsistent(from, older.root, to, newer.root, proof)) throw new Found("two histories");
    return { log, from, to };
  },
  "log-receipt": (file, c) => {
    if (c.checkpoint) return undefined;
    const r = m.v_receipt.openReceiptFile(file, list(c));
    return { kind: r.leaf.kind, at: r.leaf.at, size: r.size, root: hex(r.root), epoch: r.epoch };
  },
  custody: (file, c) => m.v_receipt.openCustody(file, list(c)),
  destruction: (file, c) => {
    const d = m.v_receipt.openDestruction(file, list(c));
    return { ...d, files: d.files.map((f) => [f.sealed, f.clear, f.length]) };
  },
  enrolment: (file, c) => {
    const e = m.v_enrolment.readEnrolment(file, list(c));
    return { log: e.log, person: e.person, name: e.name, role: e.role, log_kid: hex(cose.kidOf(e.logKey)), officer_kid: hex(cose.kidOf(e.officerKey)), key_protection: e.keyProtection, attested: e.attested, at: e.at, digest: e.digest };
  },
  revocation: (file, c) => {
    const r = m.v_enrolment.readRevocation(file, list(c));
    return { enrolment: r.enrolment, log: r.log, ...(c.received !== undefined && { counts: c.received < r.from }) };
  },
  head: (file, c) => {
    const h = m.v_outside.openHead(file, list(c));
    return { epoch: h.epoch, size: h.size, root: hex(h.root) };
  },
  header: (file) => {
    const h = m.v_entry.readHeader(file);
    return {
      log: h.log, seq: h.seq, prev: h.prev ?? null, case: h.position?.case ?? null, case_seq: h.position?.seq ?? null, case_prev: h.position?.prev ?? null,
      kind: h.kind, version: h.version, wall: h.clocks.wall, actor: h.actor, fields: [...h.commitments.keys()].sort(), seen: h.seen.length,
      leaf: hex(m.v_merkle.leafHash(file)),
    };
  },
  leaf: (file) => {
    const l = m.v_receipt.readLeaf(file);
    const known = l.kind !== "unknown";
    return { at: l.at, known, leaf: hex(m.v_merkle.leafHash(file)), ...(known && { kind: l.kind }) };
  },
  access: (file, c) => {
    const { digest, ...a } = m.v_evidence.openAccess(file, list(c));
    return { ...a, record: digest };
  },
  pack: (file, c) => {
    try {
      return { digest: m.v_office.openPack(file, list(c), c.at) };
    } catch (e) {
      if (e instanceof cose.SignError && e.code === "wrong_key") throw new Found("fewer than two who may"); // whatever kept them from counting
      throw e;
    }
  },
  bundle: (file, c) => {
    const { content } = trust.openSigned(list(c), file, "mz1/bundle", "export", (v) => {
      const content = m.v_manifest.readList(v);
      return { at: content.at, content };
    });
    return { case: content.case, at: content.at, files: Object.fromEntries([...content.files].map(([path, f]) => [path, [f.size, f.digest]])) };
  },
  case: (file) => {
    const about = m.v_manifest.readCase(file);
    return { case: about.case, newest: Object.fromEntries(about.newest) };
  },
  anchor: (file, c) => ({ at: m.v_office.openAnchor(file, list(c)) }),
  outside: async (file, c, expected) => {
    // What stands in a bundle has its receipts beside it: without them its proofs prove nothing.
    const index = JSON.parse(await readFile(new URL("../../tests/vectors/outside/index.json", import.meta.url), "utf8"));
    const beside = c.receipt ? c : index.cases.find((x) => x.context.receipt).context;
    const receipts = new Map([[beside.path, m.v_receipt.openReceiptFile(unhex(beside.receipt), list(index.context))]]);
    const o = m.v_outside.openOutside("data/outside/0-7.cbor", file, list(c), receipts);
    const { cosignatures, timestamps } = expected.ok ?? { cosignatures: [], timestamps: [] };
    assert.equal(o.witnesses.length, cosignatures.length + timestamps.length);
    return { unjudged: o.unjudged.length };
  },
  sealed: async (file, c) => {
    const { x25519 } = await import("@noble/curves/ed25519.js");
    const secret = unhex(c.identity);
    const opened = await m.v_age.openAge(new m.v_bytes.MemoryBytes(file), { secret, recipient: x25519.getPublicKey(secret) }, new m.v_progress.Progress());
    return { clear: opened.digest, clear_len: opened.size };
  },
};

/** The class that a reader names; a refusal of this folder's own kind names none. */
function classOf(format, error) {
  const { CborError } = cbor;
  if (error instanceof CborError) return format === "cbor" ? error.code : "malformed";
  if (error instanceof cose.SignError || error instanceof trust.TrustError || error instanceof badge.BadgeError) return error.code;
  if (error instanceof m.frame.FrameError) return error.code === "unreadable" ? "cut_short" : error.code;
  if (error instanceof m.v_refusal.Refused || error instanceof Found) return undefined;
  throw error;
}

const subset = (expected, got) => Object.fromEntries(Object.keys(got).map((name) => [name, expected[name]]));
const inWords = (format, ok) => format !== "entries" ? ok : {
  seqs: ok.entries.map((e) => e.seq), kinds: ok.entries.map((e) => e.kind), withheld: ok.entries.map((e) => e.withheld.sort()),
};

/** What a pack says is no matter for who judges a case: a later data model does not make an old case wrong. */
const JUDGED_BY_PHONES = ["before its first day", "after its last day", "payload is no pack", "payload is an array", "another schema"];

let judged = 0;
for (const [format, read] of Object.entries(READERS)) {
  test(`vectors: ${format}`, async () => {
    const folder = new URL(`../../tests/vectors/${format}/`, import.meta.url);
    const index = JSON.parse(await readFile(new URL("index.json", folder), "utf8"));
    const wrong = [];
    for (const vector of index.cases) {
      const c = { ...index.context, ...vector.context };
      if (format === "trust" && c.known) continue; // the pages hold no older list
      if (format === "pack" && JUDGED_BY_PHONES.includes(vector.name)) continue;
      const file = vector.file ? new Uint8Array(await readFile(new URL(vector.file, folder))) : unhex(vector.hex);
      let got;
      try {
        const ok = await read(file, c, vector.expect);
        if (ok === undefined) continue;
        got = { ok };
      } catch (e) {
        got = { refuse: classOf(format, e) };
      }
      judged++;
      try {
        assert.deepEqual(Object.keys(got), Object.keys(vector.expect));
        if (got.ok) assert.deepEqual(got.ok, subset(inWords(format, vector.expect.ok), got.ok));
        else if (got.refuse !== undefined) assert.equal(got.refuse, vector.expect.refuse);
      } catch (e) {
        wrong.push(`${vector.name}: ${e.message.split("\n").slice(0, 12).join(" ")}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
}

test("enough vectors were judged", () => assert.ok(judged > 500, String(judged)));

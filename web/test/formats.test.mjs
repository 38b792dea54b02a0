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
  "cbor", "cose", "trust", "frame", "badge", ...["age", "bytes", "checkpoint", "enrolment", "entry", "manifest", "merkle", "office", "outside", "progress", "receipt", "refusal", "report"].map((m) => `verify/${m}`),
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

/** What a step of the verification makes of one file: its findings are refusals. */
function held(path, file, c) {
  const out = new m.v_report.Findings();
  const bag = { need: async () => file, load: async () => file, below: () => [path], files: new Map(), hashed: new Map() };
  return { bag, out, progress: new m.v_progress.Progress(), trust: c.trust && list(c) };
}
const codes = (out) => out.report({ case: null, exported: null, signer: { state: "unknown" } }).checks.flatMap((x) => x.findings.map((f) => f.code));
class Found extends Error {}
function noFinding(out, allowed = []) {
  const bad = codes(out).filter((code) => !allowed.includes(code));
  if (bad.length > 0) throw new Found(bad.join(" "));
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
  "frame-text": (file) => {
    const f = m.frame.frameFromText(Buffer.from(file).toString("utf8"));
    const part = (b) => hex(cose.digest16(b));
    if (f.kind === "badge") return { kind: 1, badge: part(f.badge), show: part(f.show) };
    return f.kind === "assignment" ? { kind: 2, assignment: part(f.assignment), show: part(f.show) } : { kind: 3, checkpoint: part(f.checkpoint) };
  },
  entries: async (file, c) => {
    const { out, progress } = held("", file, c);
    const entries = await m.v_entry.readEntries("entries.cbor", file, out, progress);
    noFinding(out, ["field-withheld"]);
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
  "log-receipt": (file, c) => {
    if (c.checkpoint) return undefined;
    const r = m.v_receipt.openReceiptFile(file, list(c));
    return { kind: r.leaf.kind, at: r.leaf.at, size: r.size, root: hex(r.root), epoch: r.epoch };
  },
  custody: (file, c) => m.v_receipt.openCustody(file, list(c)),
  enrolment: async (file, c) => {
    const log = c.log ?? "03".repeat(16);
    const v = held("", file, c);
    const e = await m.v_enrolment.openEnrolment(v, log);
    noFinding(v.out, ["enrolment-other"]);
    return e ? { log: e.log, person: e.person, name: e.name, role: e.role, log_kid: hex(cose.kidOf(e.logKey)), officer_kid: hex(cose.kidOf(e.officerKey)), key_protection: e.keyProtection, attested: e.attested, at: e.at, digest: e.digest } : {};
  },
  revocation: async (file, c) => {
    const enrolment = { digest: JSON.parse(await readFile(new URL("../../tests/vectors/enrolment/index.json", import.meta.url), "utf8")).cases.find((x) => x.name === "good").expect.ok.digest };
    const v = held("", file, c);
    const from = await m.v_enrolment.openRevocation(v, { id: "03".repeat(16), enrolment });
    noFinding(v.out, ["device-revoked"]);
    return c.received === undefined ? {} : { counts: c.received < from };
  },
  bundle: async (file, c) => {
    const v = held("", file, c);
    const b = await m.v_manifest.readManifest(v);
    noFinding(v.out, ["file-missing", "trust-overdue"]); // only the list is at hand
    return { case: b.case, at: b.at, files: Object.fromEntries([...b.files].map(([path, f]) => [path, [f.size, f.digest]])) };
  },
  case: (file) => {
    const about = m.v_manifest.readCase(file);
    return { case: about.case, newest: Object.fromEntries(about.newest) };
  },
  anchor: async (file, c) => {
    const path = `data/anchor/${hex(cose.sha256(file))}.cose`;
    const v = held(path, file, c);
    const anchors = await m.v_office.readAnchors(v);
    noFinding(v.out);
    return { at: [...anchors.values()][0] };
  },
  outside: async (file, c, expected) => {
    const path = "data/outside/0-7.cbor";
    const v = held(path, file, c);
    const receipt = c.receipt && m.v_receipt.openReceiptFile(unhex(c.receipt), list(c));
    // Without the receipt beside, its proof has nothing to prove: verification §8 refuses that, the object alone does not.
    const other = JSON.parse(await readFile(new URL("../../tests/vectors/outside/index.json", import.meta.url), "utf8")).cases.find((x) => x.context.receipt).context;
    const log = { folder: "data/log/03/", newest: 1, checkpoints: new Map([[1, { receiptPath: other.path, receipt: receipt ?? m.v_receipt.openReceiptFile(unhex(other.receipt), list(c)) }]]) };
    await m.v_outside.checkOutside(v, [log]);
    noFinding(v.out, ["witness-outside", "outside-unjudged", "office-alone"]);
    const said = codes(v.out);
    const { cosignatures, timestamps, unjudged } = expected.ok ?? { cosignatures: [], timestamps: [] };
    assert.equal(said.includes("witness-outside"), cosignatures.length + timestamps.length > 0);
    assert.equal(said.includes("outside-unjudged"), unjudged > 0);
    return {};
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

let judged = 0;
for (const [format, read] of Object.entries(READERS)) {
  test(`vectors: ${format}`, async () => {
    const folder = new URL(`../../tests/vectors/${format}/`, import.meta.url);
    const index = JSON.parse(await readFile(new URL("index.json", folder), "utf8"));
    const wrong = [];
    for (const vector of index.cases) {
      const c = { ...index.context, ...vector.context };
      if (format === "trust" && c.known) continue; // the pages hold no older list
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

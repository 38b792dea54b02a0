/** Evidence files, custody, access, recordings, derived copies and findings (docs/formats/verification.md §6). */
import { sha256 } from "@noble/hashes/sha2.js";
import { Fields, array, bytes, decode, hex, hexOf, int, str, type Value } from "../cbor";
import type { TrustList } from "../trust";
import { openAge } from "./age";
import { digestField, textField, uintField, type Entry } from "./entry";
import type { Log } from "./log";
import type { Manifest } from "./manifest";
import { openCustody, openDestruction, openReceipt } from "./receipt";
import { Refused, attempt, demand } from "./refusal";
import { limit, refuse, type Verification } from "./state";

interface Captured {
  entry: Entry;
  clear: string;
  clearLength: number;
  sealed: string;
  payload: string | undefined;
}

const kindOf = (logs: Log[], ...kinds: string[]): Entry[] => logs.flatMap((l) => l.entries).filter((e) => kinds.includes(e.header.kind));

export async function checkEvidence(v: Verification, logs: Log[], manifest: Manifest | undefined): Promise<void> {
  const { bag, out } = v;
  const captured = new Map<string, Captured>();
  for (const entry of kindOf(logs, "evidence.captured")) {
    const [id, clear, clearLength, sealed] = [textField(entry, "id"), digestField(entry, "clear"), uintField(entry, "clear_len"), digestField(entry, "sealed")];
    if (id !== undefined && clear !== undefined && clearLength !== undefined && sealed !== undefined) {
      captured.set(id, { entry, clear, clearLength, sealed, payload: digestField(entry, "payload") });
    } else if (!entry.fieldsChanged) {
      out.add("media-withheld", entry.subject);
    }
  }
  const files = new Map<string, string[]>();
  for (const path of bag.below("data/evidence/")) {
    const id = path.slice("data/evidence/".length).split(".")[0] as string;
    files.set(id, [...(files.get(id) ?? []), path]);
  }
  for (const [id, paths] of files) {
    const c = captured.get(id);
    if (c && paths.length === 1) await checkFile(v, paths[0] as string, c);
    else out.add("media-foreign", paths.join(" "));
  }
  const destroyed = new Set(kindOf(logs, "retention.destroyed").flatMap((e) => namedEvidence(e)));
  const certified = await readDestructions(v, captured);
  const absent = new Set<string>();
  for (const [id, c] of captured) {
    if (files.has(id)) continue;
    const { entry } = c;
    const certificate = certified.get(keyOf(c.sealed, c.clear, c.clearLength));
    if (manifest?.withheld.has(id)) out.add("media-withheld", entry.subject, id);
    else if (destroyed.has(id)) out.add("destroyed", entry.subject, id);
    else if (certificate !== undefined) out.add("destroyed", entry.subject, `${id}: ${certificate}`);
    else {
      out.add("media-missing", entry.subject, id);
      continue;
    }
    absent.add(id);
  }
  await checkCustody(v, captured, absent);
}

const keyOf = (sealed: string, clear: string, length: number): string => `${sealed} ${clear} ${length}`;

/** The office's certificates of destruction (R22): by the file, the number of the certificate. */
async function readDestructions({ bag, out, trust }: Verification, captured: Map<string, Captured>): Promise<Map<string, string>> {
  const certified = new Map<string, string>();
  const known = new Set([...captured.values()].map((c) => keyOf(c.sealed, c.clear, c.clearLength)));
  for (const path of bag.below("data/destroyed/")) {
    const file = await bag.load(path, limit.SMALL, out);
    if (!file || !trust) continue;
    out.checked("custody");
    const opened = attempt(() => {
      const d = openDestruction(file, trust);
      const keys = d.files.map((f) => keyOf(f.sealed, f.clear, f.length)).filter((key) => known.has(key));
      demand(keys.length > 0, "files of another case");
      return { keys, number: d.number };
    });
    if ("value" in opened) for (const key of opened.value.keys) certified.set(key, opened.value.number);
    else refuse(out, "destruction-bad", path, opened);
  }
  return certified;
}

/** Ids in a field `evidence`, one text or several. */
function namedEvidence(e: Entry): string[] {
  const value = e.fields.get("evidence");
  return (Array.isArray(value) ? value : [value]).filter((id): id is string => typeof id === "string");
}

async function checkFile({ bag, out, identity, progress }: Verification, path: string, c: Captured): Promise<void> {
  out.checked("media");
  const hashed = bag.hashed.get(path);
  if (!hashed) return;
  if (!path.endsWith(".age")) {
    if (hashed.digest !== c.clear || hashed.size !== c.clearLength) out.add("media-changed", path, `${c.entry.subject}: SHA-256 ${hashed.digest} ≠ ${c.clear}`);
    return;
  }
  const good = hashed.digest === c.sealed || (c.payload !== undefined && hashed.payload === c.payload);
  if (c.payload !== undefined && !good) {
    out.add("media-changed", path, c.entry.subject);
    return;
  }
  const file = bag.files.get(path)?.bytes;
  if (!identity || !file) {
    if (!good) out.add("media-sealed", path, c.entry.subject);
    return;
  }
  try {
    const opened = await openAge(file, identity, progress);
    if (opened.digest !== c.clear || opened.size !== c.clearLength) out.add("media-changed", path, `${c.entry.subject}: SHA-256 ${opened.digest} ≠ ${c.clear}`);
  } catch (e) {
    if (!(e instanceof Refused)) throw e;
    out.add("media-not-opened", path, e.message);
  }
}

async function checkCustody(v: Verification, captured: Map<string, Captured>, absent: Set<string>): Promise<void> {
  const { bag, out, trust } = v;
  if (!trust) return;
  const held = new Set<string>();
  const bySealed = new Map<string, Captured[]>();
  for (const c of captured.values()) bySealed.set(c.sealed, [...(bySealed.get(c.sealed) ?? []), c]);
  for (const path of bag.below("data/custody/")) {
    const file = await bag.load(path, limit.SMALL, out);
    if (!file) continue;
    out.checked("custody");
    const opened = attempt(() => openCustody(file, trust));
    await v.progress.step(1);
    if (!("value" in opened)) {
      refuse(out, "custody-bad", path, opened);
      continue;
    }
    const custody = opened.value;
    const fits = bySealed.get(custody.sealed)?.some((c) => c.clear === custody.clear && c.clearLength === custody.length);
    if (path !== `data/custody/${custody.sealed}.cbor` || !fits) {
      out.add("custody-other", path, custody.sealed);
      continue;
    }
    if (custody.state === "stored") out.add("custody-stored", path);
    held.add(custody.sealed);
  }
  for (const [id, c] of captured) {
    if (!absent.has(id) && !held.has(c.sealed)) out.add("custody-none", c.entry.subject, id);
  }
}

const ACTS = ["viewed", "opened", "exported", "downloaded"];

export function openAccess(file: Uint8Array, trust: TrustList): { digest: string; case: string; act: string; what: string; who: string; at: number } {
  const f = new Fields(decode(file));
  const [record, leaf, receipt] = ["record", "leaf", "receipt"].map((name) => bytes(f.req(name, name), name)) as [Uint8Array, Uint8Array, Uint8Array];
  f.end();
  const [salt, content] = array(decode(record), "record", 2) as [Value, Value];
  bytes(salt, "salt", 16);
  const r = new Fields(content);
  demand(r.req("v", "v") === 1, "v");
  const access = {
    digest: hex(sha256(record)),
    case: hexOf(r.req("case", "case"), "case", 16),
    act: str(r.req("act", "act"), "act"),
    what: str(r.req("what", "what"), "what"),
    who: str(r.req("who", "who"), "who"),
    at: int(r.req("at", "at"), "at"),
  };
  r.end();
  demand(ACTS.includes(access.act), "act");
  const included = openReceipt(leaf, receipt, trust).leaf;
  demand(included.kind === "access" && included.digest === access.digest && included.at === access.at, "leaf");
  return access;
}

/** Who looked at the case in the office (§6.3, R25). */
export async function checkAccess({ bag, out, trust }: Verification, tag: string): Promise<void> {
  for (const path of bag.below("data/access/")) {
    const file = await bag.load(path, limit.SMALL, out);
    if (!file || !trust) continue;
    out.checked("custody");
    const opened = attempt(() => {
      const access = openAccess(file, trust);
      demand(path === `data/access/${access.digest}.cbor`, "name");
      demand(access.case === tag, "another case");
      return access;
    });
    if ("value" in opened) out.add("access", path, `${opened.value.act} ${opened.value.what}: ${opened.value.who}`);
    else refuse(out, "access-bad", path, opened);
  }
}

const MOST_SILENCE_MS = 2000;

export function checkRecordings({ out }: Verification, logs: Log[]): void {
  const recordings = new Map<string, { started: Entry[]; parts: Entry[]; ended: Entry[] }>();
  for (const e of kindOf(logs, "recording.started", "evidence.captured", "recording.ended")) {
    const id = textField(e, "recording");
    if (id === undefined) continue;
    const r = recordings.get(id) ?? { started: [], parts: [], ended: [] };
    recordings.set(id, r);
    (e.header.kind === "recording.started" ? r.started : e.header.kind === "recording.ended" ? r.ended : r.parts).push(e);
  }
  for (const { started, parts, ended } of recordings.values()) {
    const subject = (started[0] ?? parts[0] ?? ended[0])?.subject ?? "";
    out.checked("media");
    const numbered = new Map<number, Entry>();
    for (const p of parts) {
      const n = uintField(p, "part");
      if (n !== undefined) numbered.set(n, p);
    }
    const whole = numbered.size === parts.length && [...numbered.keys()].every((n) => n < parts.length);
    const counted = ended.every((e) => !e.fields.has("parts") || uintField(e, "parts") === parts.length);
    if (!whole || !counted) out.add("recording-part", subject, `${[...numbered.keys()].join(" ")} / ${parts.length}`);
    if (ended.length === 0) out.add("recording-open", subject);
    for (const [n, part] of numbered) {
      const before = numbered.get(n - 1);
      if (!before) continue;
      const [starts, from, lasts] = [uintField(part, "starts_ms"), uintField(before, "starts_ms"), uintField(before, "lasts_ms")];
      if (starts !== undefined && from !== undefined && lasts !== undefined && starts - (from + lasts) > MOST_SILENCE_MS) {
        out.add("recording-gap", part.subject, `${starts - from - lasts} ms`);
      }
    }
  }
  for (const e of kindOf(logs, "recording.interrupted")) out.add("interrupted", e.subject, textField(e, "reason") ?? "");
}

/** Copies name their original; findings name their evidence (R28). */
export function checkLinks({ out }: Verification, logs: Log[]): void {
  const captured = kindOf(logs, "evidence.captured");
  const ids = new Set(captured.map((e) => textField(e, "id")).filter((id) => id !== undefined));
  for (const e of captured) {
    const original = textField(e, "derived_from");
    if (original !== undefined) out.add(ids.has(original) ? "derived" : "derived-from", e.subject, `${textField(e, "operation") ?? ""} ${original}`.trim());
  }
  for (const e of kindOf(logs, "finding.recorded")) {
    const evidence = e.fields.get("evidence");
    if (!Array.isArray(evidence)) continue;
    out.checked("media");
    if (evidence.length === 0) out.add("finding-bare", e.subject);
    else if (evidence.some((id) => typeof id !== "string" || !ids.has(id))) out.add("finding-evidence", e.subject);
  }
}


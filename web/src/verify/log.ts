/** Each device log: entries, checkpoints and receipts; chain, tree and completeness (docs/formats/verification.md §5). */
import { sha256 } from "@noble/hashes/sha2.js";
import { CborMap, array, bytes, decode, equal, hex, uint } from "../cbor";
import { openCheckpoint, type Checkpoint } from "./checkpoint";
import { openEnrolment, openRevocation, type Enrolment } from "./enrolment";
import { readEntries, textField, uintField, type Entry } from "./entry";
import type { AboutCase } from "./manifest";
import { isConsistent, rootFromInclusion } from "./merkle";
import { numberIn } from "./path";
import { openReceiptFile, type LogReceipt } from "./receipt";
import { attempt, demand } from "./refusal";
import { limit, refuse, type Verification } from "./state";
import { adoptions, isHeir, isProven, type Adoption } from "./succession";

/** A checkpoint whose signature was verified. */
export interface HeldCheckpoint extends Checkpoint {
  path: string;
  /** SHA-256 of the signed checkpoint, hex. */
  digest: string;
  receiptPath: string;
  /** Its receipt, verified; it counts if `received` is there. */
  receipt?: LogReceipt;
  /** When the office had it, ms. */
  received?: number;
}

export interface Log {
  id: string;
  folder: string;
  /** Where its entries were read. */
  path: string;
  enrolment?: Enrolment;
  entries: Entry[];
  /** Entries of kinds `log.*`. */
  life: Entry[];
  /** `entries.cbor` is an empty array. */
  empty: boolean;
  /** Good checkpoints in order of number. */
  checkpoints: Map<number, HeldCheckpoint>;
  newest: number;
  /** The newest of `case.cbor`, good and with a counting receipt. */
  top?: HeldCheckpoint;
  /** Entries that no key signed at the time. */
  adopted: Set<Entry>;
}

export async function readLogs(v: Verification, about: AboutCase): Promise<Log[]> {
  for (const path of v.bag.below("data/log/")) {
    if (!about.newest.has(path.split("/")[2] ?? "") || path.split("/").length < 4) v.out.add("case-file", path);
  }
  const logs: Log[] = [];
  for (const [id, newest] of about.newest) {
    const log = await readLog(v, id, newest);
    if (log) logs.push(log);
  }
  for (const log of logs) {
    if (log.empty && !isHeir(log, logs)) v.out.add("no-entries", log.path);
    checkChain(v, about.case, log);
    checkLife(v, log);
    await checkTree(v, log, adoptions(log, logs));
    checkCompleteness(v, about.case, log, isHeir(log, logs));
  }
  if (!logs.some((l) => l.entries.some((e) => e.header.kind === "inspection.closed"))) v.out.add("not-closed", about.case);
  return logs;
}

async function readLog(v: Verification, id: string, newest: number): Promise<Log | undefined> {
  const folder = `data/log/${id}/`;
  if (v.bag.below(folder).length === 0) {
    v.out.add("log-missing", folder);
    return undefined;
  }
  const log: Log = { id, folder, path: `${folder}entries.cbor`, entries: [], life: [], empty: false, checkpoints: new Map(), newest, adopted: new Set() };
  const enrolment = await openEnrolment(v, id);
  if (enrolment) log.enrolment = enrolment;
  const revoked = await openRevocation(v, log);
  const file = await v.bag.need(log.path, limit.ENTRIES, v.out);
  if (file) {
    log.entries = await readEntries(log.path, file, v.out, v.progress);
    log.empty = file.length === 1 && file[0] === 0x80;
  }
  const life = await v.bag.load(`${folder}life.cbor`, limit.LIFE, v.out);
  if (life) log.life = await readEntries(`${folder}life.cbor`, life, v.out, v.progress);
  await readCheckpoints(v, log, revoked);
  const top = log.checkpoints.get(newest);
  if (top?.received !== undefined) log.top = top;
  return log;
}

async function readCheckpoints(v: Verification, log: Log, revoked: number | undefined): Promise<void> {
  const numbered = (before: string, after: string): [number, string][] => v.bag.below(log.folder)
    .flatMap((path): [number, string][] => {
      const n = numberIn(path.slice(log.folder.length), before, after);
      return n === undefined ? [] : [[n, path]];
    }).sort(([a], [b]) => a - b);
  for (const [number, path] of log.enrolment ? numbered("checkpoint-", ".cose") : []) {
    const file = await v.bag.load(path, limit.LIST, v.out);
    if (!file || !log.enrolment) continue;
    v.out.checked("signatures");
    const { logKey, digest: enrolment } = log.enrolment;
    const opened = attempt(() => openCheckpoint(file, logKey));
    await v.progress.step(1);
    if (!("value" in opened)) {
      refuse(v.out, "checkpoint-signature", path, opened);
      continue;
    }
    const c = opened.value;
    if (c.log !== log.id || c.number !== number || c.enrolment !== enrolment) {
      v.out.add("checkpoint-other", path);
      continue;
    }
    const held: HeldCheckpoint = { ...c, path, digest: hex(sha256(file)), receiptPath: `${log.folder}receipt-${number}.cbor` };
    await readReceipt(v, log, held, revoked);
    log.checkpoints.set(number, held);
  }
  for (const [number, path] of numbered("receipt-", ".cbor")) {
    if (!log.checkpoints.has(number)) v.out.add("receipt-other", path);
  }
}

async function readReceipt({ bag, out, trust }: Verification, log: Log, held: HeldCheckpoint, revoked: number | undefined): Promise<void> {
  const file = await bag.load(held.receiptPath, limit.SMALL, out);
  if (!file || !trust) return;
  out.checked("receipts");
  const opened = attempt(() => openReceiptFile(file, trust));
  if (!("value" in opened)) {
    refuse(out, "receipt-bad", held.receiptPath, opened);
    return;
  }
  const { leaf } = opened.value;
  if (leaf.kind !== "checkpoint" || leaf.cp !== held.digest || leaf.log !== log.id || leaf.size !== held.size) {
    out.add("receipt-other", held.receiptPath);
    return;
  }
  held.receipt = opened.value;
  if (revoked !== undefined && leaf.at >= revoked) out.add("key-suspect", held.receiptPath, `${leaf.at} ≥ ${revoked}`);
  else held.received = leaf.at;
}

/** `case_seq` 0…n−1, and each header naming the one before it. */
function checkChain({ out }: Verification, tag: string, log: Log): void {
  out.checked("chain", log.entries.length);
  let before: Entry | undefined;
  let expected = 0;
  for (const e of log.entries) {
    const { position, seq, prev } = e.header;
    if (!position || position.case !== tag || e.header.log !== log.id) {
      out.add("entry-other", e.subject);
      continue;
    }
    if (position.seq !== expected || (before && before.header.seq >= seq)) {
      out.add("entry-order", e.subject, `case_seq ${position.seq} ≠ ${expected}`);
    } else if (position.prev !== before?.digest || (before && before.header.seq + 1 === seq && prev !== before.digest)) {
      out.add("entry-chain", e.subject);
    }
    expected = position.seq + 1;
    before = e;
  }
}

function checkLife({ out }: Verification, log: Log): void {
  let before = -1;
  log.life = log.life.filter((e) => {
    const own = e.header.log === log.id && e.header.kind.startsWith("log.");
    if (!own) {
      out.add("entry-other", e.subject);
    } else {
      if (e.header.seq <= before) out.add("entry-order", e.subject);
      before = e.header.seq;
    }
    return own;
  });
}

/** One history in all checkpoints, and every entry in the tree of the newest. */
async function checkTree(v: Verification, log: Log, adopted: Adoption[]): Promise<void> {
  const { out } = v;
  const all = [...log.checkpoints.values()];
  all.forEach((b, i) => {
    const a = all[i - 1];
    if (!a) return;
    const unlinked = a.number + 1 === b.number && b.previous !== a.digest;
    if (a.size > b.size || (a.size === b.size && !equal(a.root, b.root)) || unlinked) out.add("two-histories", b.path, a.path);
  });
  const { top } = log;
  if (!top) {
    out.add("no-receipt", `${log.folder}receipt-${log.newest}.cbor`);
    return;
  }
  if (all.some((c) => c.received !== undefined && c.number > top.number)) out.add("case-file", top.path);
  await checkConsistency(v, log, top, all.filter((c) => c.size < top.size));
  out.checked("tree", log.entries.length + log.life.length);
  for (const e of [...log.entries, ...log.life]) {
    await v.progress.step(1);
    if (e.header.seq < top.size) {
      if (!isProven(e, top)) out.add("inclusion", e.subject, top.path);
    } else if (adopted.some((a) => e.header.seq < a.size && equal(rootFromInclusion(e.leaf, e.header.seq, a.size, e.proof) ?? new Uint8Array(), a.root))) {
      log.adopted.add(e);
      out.add("adopted", e.subject);
    } else {
      out.add("inclusion", e.subject, top.path);
    }
  }
}

async function checkConsistency({ bag, out }: Verification, log: Log, top: HeldCheckpoint, older: HeldCheckpoint[]): Promise<void> {
  const path = `${log.folder}consistency.cbor`;
  const file = await (older.length > 0 ? bag.need(path, limit.PROOFS, out) : bag.load(path, limit.PROOFS, out));
  if (!file) return;
  const read = attempt(() => {
    const map = decode(file);
    demand(map instanceof CborMap, "map");
    return new Map(map.entries.map(([number, proof]) => [uint(number, "cp_no"), array(proof, "proof").map((h) => bytes(h, "proof", 32))]));
  });
  if (!("value" in read)) {
    out.add("file-malformed", path, read.refusal);
    return;
  }
  for (const c of older) {
    const proof = read.value.get(c.number);
    if (!proof || !isConsistent(c.size, c.root, top.size, top.root, proof)) out.add("two-histories", c.path, top.path);
  }
}

/** Each signed statement of the case's length and head fits the entries, and a receipted one covers all of them. */
function checkCompleteness({ out }: Verification, tag: string, log: Log, heir: boolean): void {
  const { entries } = log;
  let covered: number | undefined;
  for (const c of log.checkpoints.values()) {
    for (const stated of c.cases.filter((s) => s.case === tag)) {
      out.checked("completeness");
      if (entries[stated.length - 1]?.digest !== stated.head) out.add("case-head", log.path, `${c.path}: ${stated.length} / ${entries.length}`);
      if (c.received !== undefined) covered = Math.max(covered ?? 0, stated.length);
    }
  }
  const own = entries.filter((e) => !log.adopted.has(e)).length;
  if (covered === undefined) {
    if (!heir) out.add("case-head-absent", log.folder);
  } else if (covered < own) {
    out.add("case-head", log.path, `${covered} / ${own}`);
  }
  entries.forEach((e, i) => {
    if (e.header.kind !== "inspection.closed") return;
    out.checked("completeness");
    const stated = uintField(e, "entries");
    if (stated !== undefined && stated !== i + 1) out.add("closed-count", e.subject, `${stated} / ${i + 1}`);
    if (i + 1 < entries.length) out.add("after-closing", e.subject, String(entries.length - i - 1));
    if (textField(e, "witness") === "none") out.add("closed-unwitnessed", e.subject, textField(e, "reason") ?? "");
  });
}

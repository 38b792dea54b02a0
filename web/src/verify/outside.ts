/** What others outside say of heads of the office's log (docs/formats §6.1; docs/formats/verification.md §8, Outside). */
import { sha256 } from "@noble/hashes/sha2.js";
import { CborMap, Fields, array, bytes, decode, equal, int, str, uint } from "../cbor";
import { concat, verifyEd25519 } from "../cose";
import { openSigned, validAt, type TrustList } from "../trust";
import { fromBase64 } from "./base64";
import type { Log } from "./log";
import { isConsistent } from "./merkle";
import type { LogReceipt } from "./receipt";
import { attempt, demand } from "./refusal";
import { limit, refuse, type Verification } from "./state";
import { timeText } from "./times";
import { judgeToken } from "./timestamp";

const MAX_NOTE = 16 << 10;
const MAX_SECONDS = 2 ** 40;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Outside {
  witnesses: string[];
  unjudged: string[];
  /** Paths of the receipts that are proven to lie in the head. */
  proven: string[];
}

export async function checkOutside(v: Verification, logs: Log[]): Promise<void> {
  const { bag, out, trust } = v;
  const receipts = new Map(logs.flatMap((l) => [...l.checkpoints.values()]).flatMap((c) => (c.receipt ? [[c.receiptPath, c.receipt] as const] : [])));
  const outside = new Set<string>();
  for (const path of bag.below("data/outside/")) {
    const file = await bag.load(path, limit.PROOFS, out);
    await v.progress.step(1);
    if (!file || !trust) continue;
    out.checked("witnesses");
    const opened = attempt(() => openOutside(path, file, trust, receipts));
    if (!("value" in opened)) {
      refuse(out, "outside-bad", path, opened);
      continue;
    }
    const { witnesses, unjudged, proven } = opened.value;
    if (unjudged.length > 0) out.add("outside-unjudged", path, unjudged.join(", "));
    if (witnesses.length === 0) continue;
    out.add("witness-outside", path, witnesses.join(", "));
    proven.forEach((p) => outside.add(p));
  }
  if (logs.some((l) => !outside.has(`${l.folder}receipt-${l.newest}.cbor`))) out.add("office-alone", "");
}

export interface Head {
  epoch: number;
  size: number;
  root: Uint8Array;
}

export function openHead(file: Uint8Array, trust: TrustList): Head {
  return openSigned(trust, file, "mz1/head", "receipt", (value) => {
    const f = new Fields(value);
    demand(f.req("v", "v") === 1, "v");
    const at = int(f.req("at", "at"), "at");
    const content = { epoch: uint(f.req("epoch", "epoch"), "epoch"), size: uint(f.req("size", "size"), "size"), root: bytes(f.req("root", "root"), "root", 32) };
    f.end();
    return { at, content };
  }).content;
}

export function openOutside(path: string, file: Uint8Array, trust: TrustList, receipts: Map<string, LogReceipt>): Outside {
  const f = new Fields(decode(file));
  const signed = bytes(f.req("head", "head"), "head");
  const note = str(f.req("checkpoint", "checkpoint"), "checkpoint");
  const lines = array(f.req("cosignatures", "cosignatures"), "cosignatures").map((l) => str(l, "cosignature"));
  const stamps = array(f.req("timestamps", "timestamps"), "timestamps").map((t) => bytes(t, "timestamp"));
  const consistency = f.req("consistency", "consistency");
  f.end();
  demand(consistency instanceof CborMap, "consistency");

  const head = openHead(signed, trust);
  demand(path === `data/outside/${head.epoch}-${head.size}.cbor`, "name");

  const body = readNote(note);
  const [origin, size, root] = body.slice(0, -1).split("\n") as [string, string, string];
  demand(/^mz1\/.+\/epoch-(0|[1-9][0-9]*)$/s.exec(origin)?.[1] === String(head.epoch) && size === String(head.size) && equal(fromBase64(root), head.root), "another head");

  const outside: Outside = { witnesses: [], unjudged: [], proven: [] };
  for (const line of lines) judgeCosignature(line, body, trust, outside);
  const imprint = sha256(signed);
  for (const token of stamps) {
    const { at, by } = judgeToken(token, imprint, trust);
    (by === undefined ? outside.unjudged : outside.witnesses).push(`${by ?? "RFC 3161"} ${timeText(at)}`);
  }
  for (const [name, p] of consistency.entries) {
    const proof = array(p, "proof").map((h) => bytes(h, "proof", 32));
    const receipt = receipts.get(str(name, "path"));
    demand(receipt !== undefined && receipt.epoch === head.epoch && isConsistent(receipt.size, receipt.root, head.size, head.root, proof), "consistency");
    outside.proven.push(String(name));
  }
  return outside;
}

/** The body of a signed note, with its last line end; every signature line must have its form. */
function readNote(note: string): string {
  demand(utf8(note).length <= MAX_NOTE, "note");
  const at = note.lastIndexOf("\n\n");
  demand(at >= 0 && note.endsWith("\n") && at + 2 < note.length, "note");
  note.slice(at + 2, -1).split("\n").forEach(signatureLine);
  const body = note.slice(0, at + 1);
  demand(body.split("\n").length === 4, "note");
  return body;
}

/** `— NAME base64`. */
function signatureLine(line: string): { name: string; raw: Uint8Array } {
  const m = /^— ([^ ]+) ([^ ]+)$/s.exec(line);
  demand(m !== null && !(m[1] as string).includes("+"), "signature line");
  const raw = fromBase64(m[2] as string);
  demand(raw.length >= 5, "signature line");
  return { name: m[1] as string, raw };
}

function judgeCosignature(line: string, body: string, trust: TrustList, outside: Outside): void {
  const { name, raw } = signatureLine(line);
  const witness = trust.keys.find((k) => k.use === "witness" && k.name === name && k.key?.alg === -19
    && equal(sha256(concat(utf8(`${name}\n`), Uint8Array.of(4), k.key.x)).subarray(0, 4), raw.subarray(0, 4)));
  if (!witness?.key) {
    outside.unjudged.push(name);
    return;
  }
  demand(raw.length === 4 + 8 + 64, "cosignature");
  const seconds = raw.subarray(4, 12).reduce((n, b) => n * 256 + b, 0);
  demand(seconds <= MAX_SECONDS, "cosignature");
  verifyEd25519(witness.key, utf8(`cosignature/v1\ntime ${seconds}\n${body}`), raw.subarray(12));
  validAt(witness, seconds * 1000);
  outside.witnesses.push(`${name} ${timeText(seconds * 1000)}`);
}

/** Entries: headers that are chained, fields that were committed to (docs/formats/README.md §5). */
import { sha256 } from "@noble/hashes/sha2.js";
import { CborMap, Fields, array, arrayItems, bytes, decode, hex, hexOf, int, splitArray, str, uint, type Value } from "../cbor";
import { concat } from "../cose";
import { leafHash } from "./merkle";
import type { Progress } from "./progress";
import { attempt, demand, maybe } from "./refusal";
import type { Findings } from "./report";

export interface Clocks {
  wall: number;
  zone: number;
  mono: number;
  boot: string;
  anchor?: { digest: string; since: number };
}

export interface Header {
  log: string;
  seq: number;
  prev?: string;
  position?: { case: string; seq: number; prev?: string };
  kind: string;
  version: number;
  clocks: Clocks;
  actor: string | null;
  commitments: Map<string, string>;
  seen: { log: string; checkpoint: string; size: number }[];
}

const MAX_FIELDS = 64;
const MAX_PROOF = 64;
const MAX_ENTRY = 1 << 20;
const MAX_ZONE = 18 * 60;
const MAX_BOOT = 16;
const COMMIT = new TextEncoder().encode("mz1/commit\0");

export function readClocks(v: Value): Clocks {
  const [wall, zone, mono, boot, anchor] = array(v, "clocks", 5) as [Value, Value, Value, Value, Value];
  const clocks: Clocks = { wall: int(wall, "wall"), zone: int(zone, "zone"), mono: uint(mono, "mono"), boot: hexOf(boot, "boot") };
  demand(Math.abs(clocks.zone) <= MAX_ZONE && clocks.boot.length <= 2 * MAX_BOOT, "clocks");
  if (anchor !== null) {
    const [digest, since] = array(anchor, "anchor", 2) as [Value, Value];
    clocks.anchor = { digest: hexOf(digest, "anchor", 32), since: uint(since, "anchor") };
  }
  return clocks;
}

export function readHeader(file: Uint8Array): Header {
  const f = new Fields(decode(file));
  demand(f.req(1, "version") === 1 && f.req(14, "hash") === -16, "version or hash");
  const [tag, prev] = [f.opt(5), f.opt(4)];
  const commitments = f.req(12, "commitments");
  demand(commitments instanceof CborMap && commitments.entries.length <= MAX_FIELDS, "commitments");
  const actor = f.req(11, "actor");
  const header: Header = {
    log: hexOf(f.req(2, "log"), "log", 16),
    seq: uint(f.req(3, "seq"), "seq"),
    kind: str(f.req(8, "kind"), "kind"),
    version: uint(f.req(9, "kind version"), "kind version"),
    clocks: readClocks(f.req(10, "clocks")),
    actor: actor === null ? null : hexOf(actor, "actor", 16),
    commitments: new Map(commitments.entries.map(([name, digest]) => [str(name, "commitment"), hexOf(digest, "commitment", 32)])),
    seen: array(f.req(13, "seen"), "seen").map((s) => {
      const [log, checkpoint, size] = array(s, "seen", 3) as [Value, Value, Value];
      return { log: hexOf(log, "seen", 16), checkpoint: hexOf(checkpoint, "seen", 32), size: uint(size, "seen") };
    }),
  };
  if (prev !== undefined) header.prev = hexOf(prev, "prev", 32);
  if (tag !== undefined) {
    header.position = { case: hexOf(tag, "case_tag", 16), seq: uint(f.req(6, "case_seq"), "case_seq") };
    const casePrev = f.opt(7);
    if (casePrev !== undefined) header.position.prev = hexOf(casePrev, "case_prev", 32);
    demand((header.position.seq === 0) === (casePrev === undefined), "case_prev");
  }
  f.end();
  demand((header.seq === 0) === (prev === undefined), "prev");
  return header;
}

export interface Entry {
  /** How a report names it. */
  subject: string;
  header: Header;
  /** SHA-256 of the header, hex. */
  digest: string;
  leaf: Uint8Array;
  proof: Uint8Array[];
  /** Disclosed fields; none when one of them does not fit. */
  fields: Map<string, Value>;
  /** The encoded value of each field. */
  raw: Map<string, Uint8Array>;
  /** A field did not fit its commitment. */
  fieldsChanged: boolean;
}

/** The items of `entries.cbor` or `life.cbor`; what cannot be read is reported. */
export async function readEntries(path: string, file: Uint8Array, out: Findings, progress: Progress): Promise<Entry[]> {
  const items = attempt(() => splitArray(file, MAX_ENTRY));
  if (!("value" in items)) {
    out.add("entry-malformed", path, items.refusal);
    return [];
  }
  const entries: Entry[] = [];
  for (const [i, item] of items.value.entries()) {
    await progress.step(1);
    const read = attempt(() => readEntry(path, item, out));
    if ("value" in read) entries.push(read.value);
    else out.add("entry-malformed", `${path}#[${i}]`, read.refusal);
  }
  return entries;
}

function readEntry(path: string, item: Uint8Array, out: Findings): Entry {
  const [h, d, p] = array(decode(item), "entry", 3) as [Value, Value, Value];
  const file = bytes(h, "header");
  const disclosures = array(d, "disclosures").map((x) => bytes(x, "disclosure"));
  const proof = array(p, "proof").map((x) => bytes(x, "proof", 32));
  demand(proof.length <= MAX_PROOF, "proof");
  const header = readHeader(file);
  const entry: Entry = {
    subject: `${path}#${header.seq}`, header, digest: hex(sha256(file)), leaf: leafHash(file), proof, fields: new Map(), raw: new Map(), fieldsChanged: false,
  };
  const read = attempt(() => disclosures.forEach((disclosure) => readField(disclosure, entry)));
  if (!("value" in read)) {
    entry.fields.clear();
    entry.raw.clear();
    entry.fieldsChanged = true;
    out.add("field-changed", entry.subject, read.refusal);
    return entry;
  }
  out.checked("fields", entry.fields.size);
  const withheld = [...header.commitments.keys()].filter((name) => !entry.fields.has(name));
  if (withheld.length > 0) out.add("field-withheld", entry.subject, withheld.join(", "));
  return entry;
}

export function readField(disclosure: Uint8Array, entry: Entry): void {
  const [s, n, value] = array(decode(disclosure), "disclosure", 3) as [Value, Value, Value];
  bytes(s, "salt", 16);
  const name = str(n, "name");
  demand(entry.header.commitments.get(name) === hex(sha256(concat(COMMIT, disclosure))), name);
  demand(!entry.fields.has(name), name);
  entry.fields.set(name, value);
  entry.raw.set(name, arrayItems(disclosure)[2] as Uint8Array);
}

/** A field of that type, if it is disclosed. */
export function textField(e: Entry, name: string): string | undefined {
  const v = e.fields.get(name);
  return typeof v === "string" ? v : undefined;
}

export function uintField(e: Entry, name: string): number | undefined {
  const v = e.fields.get(name);
  return typeof v === "number" && v >= 0 ? v : undefined;
}

export function digestField(e: Entry, name: string): string | undefined {
  const text = textField(e, name);
  return text !== undefined && isDigest(text) ? text : undefined;
}

export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Bytes that stand as lower-case hex. */
export function hexField(e: Entry, name: string): Uint8Array | undefined {
  const text = textField(e, name);
  return text === undefined ? undefined : maybe(() => fromHexText(text));
}

function fromHexText(text: string): Uint8Array {
  demand(/^([0-9a-f]{2})*$/.test(text), "hex");
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** The signed list of files, and BagIt's own manifests (docs/formats/verification.md §4; RFC 8493 §2). */
import { CborMap, Fields, array, decode, hexOf, int, str, uint, type Value } from "../cbor";
import { openSigned } from "../trust";
import type { Bag } from "./bag";
import { BAGIT, BAG_INFO, BUNDLE, FETCH, MANIFEST, TAG_MANIFEST, TRUST, isKnown, isPath } from "./path";
import { attempt, demand } from "./refusal";
import type { Findings } from "./report";
import { atOf, limit, type Verification } from "./state";

export interface Manifest {
  case: string;
  at: number;
  form: "sealed" | "open" | "party";
  files: Map<string, { size: number; digest: string }>;
  /** Evidence that is not handed over. */
  withheld: Set<string>;
}

export async function readManifest(held: Verification): Promise<Manifest | undefined> {
  const { bag, out } = held;
  const file = await bag.need(BUNDLE, limit.BUNDLE, out);
  if (!file || !held.trust) return undefined;
  const { trust } = held;
  out.checked("signatures");
  const signed = attempt(() => openSigned(trust, file, "mz1/bundle", "export", (v) => ({ at: atOf(v), content: v })).content);
  if (!("value" in signed)) {
    out.add("bundle-signature", BUNDLE, signed.refusal);
    return undefined;
  }
  const read = attempt(() => readList(signed.value));
  if (!("value" in read)) {
    out.add("file-malformed", BUNDLE, read.refusal);
    return undefined;
  }
  const manifest = read.value;
  if (manifest.at > trust.expires) out.add("trust-overdue", TRUST);
  compareFiles(bag, manifest, out);
  return manifest;
}

export function readList(value: Value): Manifest {
  const f = new Fields(value);
  demand(f.req("v", "v") === 1, "v");
  const form = str(f.req("form", "form"), "form");
  demand(form === "sealed" || form === "open" || form === "party", "form");
  const list = f.req("files", "files");
  demand(list instanceof CborMap, "files");
  const files = new Map(list.entries.map(([path, file]) => {
    const [size, digest] = array(file, "file", 2) as [Value, Value];
    return [str(path, "path"), { size: uint(size, "size"), digest: hexOf(digest, "digest", 32) }] as const;
  }));
  const withheld = f.opt("withheld");
  const ids = withheld === undefined ? [] : array(withheld, "withheld").map((id) => str(id, "withheld"));
  demand(withheld === undefined || ids.length > 0, "withheld");
  const manifest = { case: hexOf(f.req("case", "case"), "case", 16), at: int(f.req("at", "at"), "at"), form, files, withheld: new Set(ids) } as const;
  f.end();
  return manifest;
}

function compareFiles({ files, hashed }: Bag, manifest: Manifest, out: Findings): void {
  for (const [path, { size, digest }] of manifest.files) {
    const h = hashed.get(path);
    if (!files.has(path)) out.once("file-missing", path);
    else if (h && (h.size !== size || h.digest !== digest)) out.once("file-changed", path, h.size === size ? "" : `${h.size} ≠ ${size}`);
    if (!isPath(path)) out.add("file-name", path);
    if (path.startsWith("data/") && !isKnown(path)) out.add("file-unknown", path);
  }
  for (const path of files.keys()) {
    if (path !== BUNDLE && path !== FETCH && !manifest.files.has(path)) out.add("file-added", path);
  }
}

const BAGIT_TEXT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/** Whether or not the signed list could be read. */
export async function checkBagIt({ bag, out }: Verification): Promise<void> {
  if (bag.files.has(FETCH)) out.add("fetch", FETCH);
  const declaration = await bag.need(BAGIT, limit.SMALL, out);
  if (declaration && text(declaration) !== BAGIT_TEXT) out.once("bag-manifest", BAGIT);
  await checkLines(bag, out, MANIFEST, (path) => path.startsWith("data/"));
  await checkLines(bag, out, TAG_MANIFEST, (path) => !path.startsWith("data/") && ![TAG_MANIFEST, BUNDLE, FETCH].includes(path));
  const info = await bag.need(BAG_INFO, limit.SMALL, out);
  if (info) {
    const payload = [...bag.files].filter(([path]) => path.startsWith("data/"));
    const oxum = `${payload.reduce((n, [, m]) => n + m.bytes.size, 0)}.${payload.length}`;
    const stated = splitLines(lossy.decode(info)).find((line) => line.startsWith("Payload-Oxum:"));
    if (stated !== `Payload-Oxum: ${oxum}`) out.add("bag-manifest", BAG_INFO, `${stated ?? ""} ≠ ${oxum}`);
  }
}

async function checkLines(bag: Bag, out: Findings, name: string, mine: (path: string) => boolean): Promise<void> {
  const file = await bag.need(name, limit.MANIFEST, out);
  if (!file) return;
  const listed = lines(file);
  if (!listed) {
    out.once("bag-manifest", name);
    return;
  }
  for (const [path, digest] of listed) {
    const h = bag.hashed.get(path);
    if (!bag.files.has(path)) out.once("file-missing", path, name);
    else if (h && h.digest !== digest) out.once("bag-manifest", path, name);
  }
  for (const path of bag.files.keys()) {
    if (mine(path) && !listed.has(path)) out.once("bag-manifest", path, name);
  }
}

/** Lines `hex  path`, no path twice. */
function lines(file: Uint8Array): Map<string, string> | undefined {
  const whole = text(file);
  if (whole === undefined) return undefined;
  const listed = new Map<string, string>();
  for (const line of splitLines(whole)) {
    const match = /^([0-9a-f]{64}) {2}(.*)$/s.exec(line);
    if (!match || listed.has(match[2] as string)) return undefined;
    listed.set(match[2] as string, match[1] as string);
  }
  return listed;
}

/** Lines end with LF, which the last may lack. */
function splitLines(whole: string): string[] {
  const parts = whole.split("\n");
  if (parts[parts.length - 1] === "") parts.pop();
  return parts;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

function text(b: Uint8Array): string | undefined {
  try {
    return utf8.decode(b);
  } catch {
    return undefined;
  }
}

export interface AboutCase {
  case: string;
  /** Number of the newest receipted checkpoint by log, in order of the logs. */
  newest: Map<string, number>;
}

/** `data/case.cbor`: one number a log, at least one log, none twice. */
export function readCase(file: Uint8Array): AboutCase {
  const f = new Fields(decode(file));
  demand(f.req("v", "v") === 1, "v");
  const id = hexOf(f.req("case", "case"), "case", 16);
  const logs = array(f.req("logs", "logs"), "logs").map((l) => hexOf(l, "logs", 16)).sort();
  const numbers = new Fields(f.req("newest", "newest"));
  f.end();
  const newest = new Map(logs.map((log) => [log, uint(numbers.req(log, "newest"), "newest")]));
  numbers.end();
  demand(newest.size === logs.length && logs.length > 0, "logs");
  return { case: id, newest };
}

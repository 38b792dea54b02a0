/** The trust list (docs/formats §3, P3): which key of the office may sign what, where and when. */
import { Fields, array, bytes, decode, equal, hex, int, str, uint, CborError, encode, type Value } from "./cbor";
import { SignError, Unverified, concat, keyFromCose, keyToCose, kidOf, sha256, type PublicKey } from "./cose";

const USES = ["badge", "assignment", "status", "receipt", "anchor", "pack", "feed", "export", "seal", "witness", "timestamp"] as const;
export type Use = (typeof USES)[number];

export type TrustCode = "another_root" | "signer_unknown" | "wrong_use" | "not_yet_valid" | "expired" | "suspect";

export class TrustError extends Error {
  constructor(readonly code: TrustCode) {
    super(code);
  }
}

export interface TrustKey {
  /** Absent for recipients of sealed files, which sign nothing. */
  key?: PublicKey;
  use: Use;
  /** For `seal` the month, for `witness` its C2SP name. */
  name: string;
  organ: string;
  areas: string[];
  categories: string[];
  from: number;
  until: number;
  suspectSince?: number;
}

export interface TrustList {
  version: number;
  organ: string;
  issued: number;
  expires: number;
  keys: TrustKey[];
}

const MAX_SIGNATURES = 16;

/** A list that its own roots signed; whether they are the right ones is for the caller to know. */
export interface SelfSigned {
  list: TrustList;
  /** Root fingerprint, 64 hex digits. */
  root: string;
  payload: Uint8Array;
}

/** Opens a list whose roots have the fingerprint that is trusted and signed it. */
export function openTrust(file: Uint8Array, root: string): TrustList {
  const opened = openSelfSigned(file);
  if (opened.root !== root) throw new TrustError("another_root");
  return opened.list;
}

/** Opens a list that at least k of its own roots signed. */
export function openSelfSigned(file: Uint8Array): SelfSigned {
  const [p, s] = array(decode(file), "multi", 2) as [Value, Value];
  const payload = bytes(p, "payload");
  const signatures = readSignatures(s, "mz1/trust");
  const { list, k, roots } = read(decode(payload));

  const signers = new Set<string>();
  for (const signature of signatures) {
    const key = roots.find((r) => equal(kidOf(r), signature.kid));
    if (!key) continue;
    signature.verifyDetached(key, payload);
    signers.add(hex(signature.kid));
  }
  if (signers.size < k) throw new SignError("wrong_key");
  return { list, root: hex(fingerprint(k, roots)), payload };
}

/** 1…16 detached signatures of an object with several signers (docs/formats §2). */
export function readSignatures(value: Value, typ: string): Unverified[] {
  const items = array(value, "signatures");
  if (items.length < 1 || items.length > MAX_SIGNATURES) throw new CborError("type", "signatures");
  return items.map((x) => Unverified.read(bytes(x, "signature"), typ));
}

/** SHA-256 over the encoded roots. */
function fingerprint(k: number, roots: PublicKey[]): Uint8Array {
  // encode({"k": k, "keys": roots}) with the keys' own encodings
  return sha256(concat(Uint8Array.of(0xa2), encode("k"), encode(k), encode("keys"), arrayHead(roots.length), ...roots.map(keyToCose)));
}

function arrayHead(n: number): Uint8Array {
  return Uint8Array.of(0x80 | n);
}

function read(value: Value): { list: TrustList; k: number; roots: PublicKey[] } {
  const f = new Fields(value);
  if (f.req("v", "v") !== 1) throw new CborError("type", "v");
  const version = uint(f.req("version", "version"), "version");
  const previous = f.opt("previous");
  if (previous !== undefined) bytes(previous, "previous", 32);
  const organ = str(f.req("organ", "organ"), "organ");
  const issued = int(f.req("issued", "issued"), "issued");
  const expires = int(f.req("expires", "expires"), "expires");
  const r = new Fields(f.req("roots", "roots"));
  const k = uint(r.req("k", "k"), "k");
  const roots = array(r.req("keys", "keys"), "keys").map(keyFromCose);
  r.end();
  if (k === 0 || k > roots.length || roots.length > MAX_SIGNATURES) throw new CborError("type", "roots");
  const keys = array(f.req("keys", "keys"), "keys").map(readKey);
  f.end();
  return { list: { version, organ, issued, expires, keys }, k, roots };
}

function readKey(value: Value): TrustKey {
  const f = new Fields(value);
  const name = str(f.req("use", "use"), "use");
  const use = USES.find((u) => u === name);
  if (!use) throw new CborError("type", "use");
  const cose = f.req("key", "key");
  let key: PublicKey | undefined;
  if (use === "seal") {
    const k = new Fields(cose);
    const kty = int(k.req(1, "kty"), "kty");
    const crv = int(k.req(-1, "crv"), "crv");
    bytes(k.req(-2, "x"), "x", 32);
    k.end();
    if (kty !== 1 || crv !== 4) throw new SignError("bad_key");
  } else {
    key = keyFromCose(cose);
  }
  const texts = (v: Value): string[] => array(v, "scope").map((t) => str(t, "scope"));
  const label = str(f.req("name", "name"), "name");
  const organ = str(f.req("organ", "organ"), "organ");
  const areas = texts(f.req("areas", "areas"));
  const categories = texts(f.req("categories", "categories"));
  const from = int(f.req("from", "from"), "from");
  const until = int(f.req("until", "until"), "until");
  const suspect = f.opt("suspect_since");
  f.end();
  const read: TrustKey = { use, name: label, organ, areas, categories, from, until };
  if (key) read.key = key;
  if (suspect !== undefined) read.suspectSince = int(suspect, "suspect_since");
  return read;
}

/** Verifies an object of the office: signer in the list, for this use, at the time that `read` finds in the payload (ms). */
export function openSigned<T>(
  trust: TrustList, object: Uint8Array, typ: string, use: Use, read: (value: Value) => { at: number; content: T },
): { content: T; signer: TrustKey; payload: Uint8Array } {
  const signed = Unverified.read(object, typ);
  const signer = keyFor(trust, signed.kid, use);
  const payload = signed.verify(signer.key);
  const { at, content } = read(decode(payload));
  validAt(signer, at);
  return { content, signer, payload };
}

/** The key with that `kid` and use. */
export function keyFor(trust: TrustList, kid: Uint8Array, use: Use): TrustKey & { key: PublicKey } {
  const known = trust.keys.filter((k): k is TrustKey & { key: PublicKey } => k.key !== undefined && equal(kidOf(k.key), kid));
  if (known.length === 0) throw new TrustError("signer_unknown");
  const signer = known.find((k) => k.use === use);
  if (!signer) throw new TrustError("wrong_use");
  return signer;
}

/** Whether a key counts for what was made at that moment (ms). */
export function validAt(key: TrustKey, at: number): void {
  if (at < key.from) throw new TrustError("not_yet_valid");
  if (at > key.until) throw new TrustError("expired");
  if (key.suspectSince !== undefined && at >= key.suspectSince) throw new TrustError("suspect");
}

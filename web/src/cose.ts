/**
 * Strict COSE_Sign1 (RFC 9052 §4) with a typed protected header (docs/formats §2). A payload is reachable only through verification.
 * The curves come from @noble/curves; browsers of old phones have no Ed25519 of their own.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { CborError, CborMap, Fields, Tag18, array, bool, bytes, bytesHead, decode, encode, equal, hex, int, type Value } from "./cbor";

export { sha256 };

export type SignCode =
  | "wrong_type" | "unknown_algorithm" | "algorithm_mismatch" | "wrong_key" | "bad_key" | "bad_signature" | "high_s"
  | "unexpected_header" | "detachment";

export class SignError extends Error {
  constructor(readonly code: SignCode) {
    super(code);
  }
}

const ALG_ED25519 = -19;
const ALG_ESP256 = -9;

export type PublicKey = { alg: typeof ALG_ED25519; x: Uint8Array } | { alg: typeof ALG_ESP256; x: Uint8Array; odd: boolean };

export function keyFromCose(value: Value): PublicKey {
  const f = new Fields(value);
  const kty = int(f.req(1, "kty"), "kty");
  const crv = int(f.req(-1, "crv"), "crv");
  const x = bytes(f.req(-2, "x"), "x", 32);
  let key: PublicKey;
  if (kty === 1 && crv === 6) key = { alg: ALG_ED25519, x };
  else if (kty === 2 && crv === 1) key = { alg: ALG_ESP256, x, odd: bool(f.req(-3, "y"), "y") };
  else throw new SignError("bad_key");
  f.end();
  return key;
}

export function keyToCose(key: PublicKey): Uint8Array {
  return key.alg === ALG_ED25519
    ? encode({ map: [[1, 1], [-1, 6], [-2, key.x]] })
    : encode({ map: [[1, 2], [-1, 1], [-2, key.x], [-3, key.odd]] });
}

const kids = new WeakMap<PublicKey, Uint8Array>();

/** First 8 bytes of SHA-256 over the deterministic COSE key. */
export function kidOf(key: PublicKey): Uint8Array {
  let kid = kids.get(key);
  if (!kid) kids.set(key, (kid = sha256(keyToCose(key)).subarray(0, 8)));
  return kid;
}

/** First 16 bytes of SHA-256. */
export function digest16(b: Uint8Array): Uint8Array {
  return sha256(b).subarray(0, 16);
}

function littleEndian(b: Uint8Array): bigint {
  return b.reduceRight((acc, x) => (acc << 8n) | BigInt(x), 0n);
}

/** Points of keys that were met. One that is met again gets a table, since an office signs many receipts with one key and a phone shows itself once. */
const points = new Map<string, { point: InstanceType<typeof ed25519.Point>; table: boolean }>();
const MOST_POINTS = 32;

function pointOf(key: Uint8Array): InstanceType<typeof ed25519.Point> {
  const name = hex(key);
  const known = points.get(name);
  if (known) {
    if (!known.table) known.point.precompute(6, true);
    known.table = true;
    return known.point;
  }
  let point: InstanceType<typeof ed25519.Point>;
  try {
    point = ed25519.Point.fromBytes(key, false);
  } catch {
    throw new SignError("bad_key");
  }
  if (point.isSmallOrder()) throw new SignError("bad_key");
  if (points.size < MOST_POINTS) points.set(name, { point, table: false });
  return point;
}

/**
 * Ed25519 as ed25519-dalek's `verify_strict`: canonical A and R, neither of small order, S < L, and the equation *without* the cofactor
 * (noble's own `verify` clears it, and so accepts signatures that the core refuses).
 */
function checkEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
  const { Point } = ed25519;
  const A = pointOf(key);
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  let R: InstanceType<typeof Point>;
  try {
    R = Point.fromBytes(r, false);
  } catch {
    throw new SignError("bad_signature");
  }
  const order = Point.Fn.ORDER;
  if (R.isSmallOrder() || s >= order) throw new SignError("bad_signature");
  const hashed = new Uint8Array(64 + message.length);
  hashed.set(r);
  hashed.set(key, 32);
  hashed.set(message, 64);
  const k = littleEndian(sha512(hashed)) % order;
  if (!Point.BASE.multiplyUnsafe(s).subtract(A.multiplyUnsafe(k)).equals(R)) throw new SignError("bad_signature");
}

/** ECDSA P-256 with SHA-256; raw r‖s, low-s only. */
function checkP256(key: { x: Uint8Array; odd: boolean }, message: Uint8Array, signature: Uint8Array): void {
  const sec1 = new Uint8Array(33);
  sec1[0] = key.odd ? 3 : 2;
  sec1.set(key.x, 1);
  try {
    p256.Point.fromBytes(sec1);
  } catch {
    throw new SignError("bad_key");
  }
  let sig: ReturnType<typeof p256.Signature.fromBytes>;
  try {
    sig = p256.Signature.fromBytes(signature, "compact");
  } catch {
    throw new SignError("bad_signature");
  }
  if (sig.hasHighS()) throw new SignError("high_s");
  if (!p256.verify(signature, message, sec1, { lowS: true, prehash: true, format: "compact" })) throw new SignError("bad_signature");
}

/** Sig_structure (RFC 9052 §4.4): an array of four that begins with this text; `external_aad` is empty. */
const SIGNATURE1 = concat(Uint8Array.of(0x84), encode("Signature1"));
const EMPTY = Uint8Array.of(0x40);

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((n, b) => n + b.length, 0));
  let at = 0;
  for (const b of parts) {
    whole.set(b, at);
    at += b.length;
  }
  return whole;
}

/** A signed object that was read but not verified: only its `kid` can be asked for. */
export class Unverified {
  private constructor(
    private readonly protectedHeader: Uint8Array,
    private readonly algorithm: number,
    readonly kid: Uint8Array,
    private readonly payload: Uint8Array | null,
    private readonly signature: Uint8Array,
    /** Protected headers besides alg, kid and typ; trusted after `verify`. */
    readonly extra: Fields,
    readonly unprotectedHeader: CborMap,
  ) {}

  /** Reads an object of kind `typ` whose headers are exactly alg, kid, typ. */
  static read(object: Uint8Array, typ: string): Unverified {
    const read = Unverified.readReceipt(object, typ);
    if (read.extra.left > 0 || read.unprotectedHeader.entries.length > 0) throw new SignError("unexpected_header");
    return read;
  }

  /** Reads an object of kind `typ` that may carry more headers (receipts, docs/formats §6); the caller judges them. */
  static readReceipt(object: Uint8Array, typ: string): Unverified {
    const tagged = decode(object);
    if (!(tagged instanceof Tag18)) throw new CborError("type", "COSE_Sign1");
    const [p, unprotected, payload, signature] = array(tagged.value, "COSE_Sign1", 4) as [Value, Value, Value, Value];
    const protectedHeader = bytes(p, "protected");
    const f = new Fields(decode(protectedHeader));
    if (f.req(16, "typ") !== typ) throw new SignError("wrong_type");
    const algorithm = int(f.req(1, "alg"), "alg");
    const kid = bytes(f.req(4, "kid"), "kid", 8);
    if (!(unprotected instanceof CborMap)) throw new CborError("type", "unprotected");
    return new Unverified(
      protectedHeader, algorithm, kid, payload === null ? null : bytes(payload, "payload"), bytes(signature, "signature"), f, unprotected);
  }

  get algorithmKnown(): boolean {
    return this.algorithm === ALG_ED25519 || this.algorithm === ALG_ESP256;
  }

  /** The embedded payload, after the signature was verified with `key`. */
  verify(key: PublicKey): Uint8Array {
    if (this.payload === null) throw new SignError("detachment");
    this.check(key, this.payload);
    return this.payload;
  }

  /** Verifies over a payload that travelled apart. */
  verifyDetached(key: PublicKey, payload: Uint8Array): void {
    if (this.payload !== null) throw new SignError("detachment");
    this.check(key, payload);
  }

  private check(key: PublicKey, payload: Uint8Array): void {
    if (!this.algorithmKnown) throw new SignError("unknown_algorithm");
    if (this.algorithm !== key.alg) throw new SignError("algorithm_mismatch");
    if (!equal(this.kid, kidOf(key))) throw new SignError("wrong_key");
    if (this.signature.length !== 64) throw new SignError("bad_signature");
    const message = concat(SIGNATURE1, bytesHead(this.protectedHeader.length), this.protectedHeader, EMPTY, bytesHead(payload.length), payload);
    if (key.alg === ALG_ED25519) checkEd25519(key.x, message, this.signature);
    else checkP256(key, message, this.signature);
  }
}

/** Ed25519 over a text that is not COSE (C2SP cosignatures); strict like all others. */
export function verifyEd25519(key: PublicKey, message: Uint8Array, signature: Uint8Array): void {
  if (key.alg !== ALG_ED25519 || signature.length !== 64) throw new SignError("bad_signature");
  checkEd25519(key.x, message, signature);
}

/** ECDSA P-256 with SHA-256, the signature in DER, high or low s (RFC 3161 tokens). */
export function isP256Der(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.alg !== ALG_ESP256) return false;
  try {
    return p256.verify(signature, message, concat(Uint8Array.of(key.odd ? 3 : 2), key.x), { lowS: false, prehash: true, format: "der" });
  } catch {
    return false;
  }
}

/** Verifies nothing, so that tables and compiled code are there when a code is scanned: each first time costs an old phone noticeable time. */
export function warmUp(keys: PublicKey[]): void {
  const phone: PublicKey = { alg: ALG_ESP256, x: p256.Point.BASE.toBytes(true).slice(1), odd: true };
  const one = new Uint8Array(64);
  one[31] = 1;
  one[63] = 1;
  for (const key of [phone, ...keys, ...keys]) {
    try {
      // r and s are 1, R is the base point: the whole equation is worked out and found wrong.
      if (key.alg === ALG_ESP256) checkP256(key, EMPTY, one);
      else checkEd25519(key.x, EMPTY, concat(ed25519.Point.BASE.toBytes(), one.subarray(32).reverse()));
    } catch {
      // As it must.
    }
  }
}


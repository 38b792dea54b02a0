/**
 * The one CBOR profile (RFC 8949 §4.2.1, docs/formats §1): a strict reader. Same refusals, by the same names, as core/src/cbor.rs;
 * both run tests/vectors/cbor.
 */

export const MAX_DEPTH = 16;

export type Value = number | string | boolean | null | Uint8Array | Value[] | CborMap | Tag18;

export class CborMap {
  constructor(readonly entries: readonly (readonly [number | string, Value])[]) {}
}

export class Tag18 {
  constructor(readonly value: Value) {}
}

export type CborCode =
  | "truncated" | "trailing" | "not_shortest" | "indefinite" | "simple" | "tag" | "integer" | "utf8"
  | "order" | "duplicate" | "key" | "depth" | "missing" | "type" | "unknown";

export class CborError extends Error {
  constructor(readonly code: CborCode, field = "") {
    super(field ? `${code}: ${field}` : code);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Reader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  take(n: number): Uint8Array {
    if (n > this.bytes.length - this.at) throw new CborError("truncated");
    return this.bytes.subarray(this.at, (this.at += n));
  }

  /** Exact below 2^53, and not below 2^53 above it. */
  uint(n: number): number {
    if (n > this.bytes.length - this.at) throw new CborError("truncated");
    let value = 0;
    for (let i = 0; i < n; i++) value = value * 256 + (this.bytes[this.at++] as number);
    return value;
  }

  head(): [major: number, n: number] {
    const info = (this.bytes[this.at] ?? 0) & 31;
    if ((this.bytes[this.at] ?? 0) >> 5 === 7 && info !== 31 && (info < 20 || info > 22)) throw new CborError("simple");
    return this.rawHead();
  }

  /** Major type and number in the shortest form, whatever it means. */
  rawHead(): [major: number, n: number] {
    const b = this.uint(1);
    const major = b >> 5;
    const info = b & 31;
    if (info === 31) throw new CborError("indefinite");
    if (info < 24) return [major, info];
    if (info > 27) throw new CborError("simple");
    const n = this.uint(1 << (info - 24));
    const least = [24, 0x100, 0x1_0000, 0x1_0000_0000][info - 24] as number;
    if (n < least) throw new CborError("not_shortest");
    return [major, n];
  }

  item(depth: number): Value {
    if (depth > MAX_DEPTH) throw new CborError("depth");
    const [major, n] = this.head();
    switch (major) {
      case 0:
        if (n > Number.MAX_SAFE_INTEGER) throw new CborError("integer");
        return n;
      case 1:
        if (n >= Number.MAX_SAFE_INTEGER) throw new CborError("integer");
        return -1 - n;
      case 2:
        return this.take(n);
      case 3:
        return text(this.take(n));
      case 4: {
        const items: Value[] = [];
        for (let i = 0; i < n; i++) items.push(this.item(depth + 1));
        return items;
      }
      case 5: {
        const entries: [number | string, Value][] = [];
        let last: Uint8Array | undefined;
        for (let i = 0; i < n; i++) {
          const before = this.at;
          const key = this.item(depth + 1);
          if (typeof key !== "number" && typeof key !== "string") throw new CborError("key");
          const raw = this.bytes.subarray(before, this.at);
          const order = last ? compare(last, raw) : -1;
          if (order === 0) throw new CborError("duplicate");
          if (order > 0) throw new CborError("order");
          last = raw;
          entries.push([key, this.item(depth + 1)]);
        }
        return new CborMap(entries);
      }
      case 6:
        if (n !== 18) throw new CborError("tag");
        return new Tag18(this.item(depth + 1));
      default:
        return n === 22 ? null : n === 21;
    }
  }
}

function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new CborError("utf8");
  }
}

export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const d = (a[i] as number) - (b[i] as number);
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return compare(a, b) === 0;
}

/** Reads exactly one item. */
export function decode(bytes: Uint8Array): Value {
  const r = new Reader(bytes);
  const value = r.item(0);
  if (r.at !== bytes.length) throw new CborError("trailing");
  return value;
}

/** The original bytes of each element of one array, each checked by the strict reader. */
export function arrayItems(bytes: Uint8Array): Uint8Array[] {
  const r = new Reader(bytes);
  const [major, n] = r.head();
  if (major !== 4) throw new CborError("type", "array");
  const items: Uint8Array[] = [];
  for (let i = 0; i < n; i++) {
    const before = r.at;
    r.item(1);
    items.push(bytes.subarray(before, r.at));
  }
  if (r.at !== bytes.length) throw new CborError("trailing");
  return items;
}

/** Length of the item at `at`, however nested; only heads and lengths are looked at. */
function itemLength(bytes: Uint8Array, at: number): number {
  const r = new Reader(bytes);
  r.at = at;
  for (let open = 1; open > 0; open--) {
    const [major, n] = r.rawHead();
    if (major === 2 || major === 3) r.take(n);
    else if (major === 4) open += n;
    else if (major === 5) open += 2 * n;
    else if (major === 6) open += 1;
    if (open > bytes.length) throw new CborError("truncated");
  }
  return r.at - at;
}

/** The raw items of one array by their lengths alone, so that one bad item does not hide the others; each still goes through `decode`. */
export function splitArray(bytes: Uint8Array, longest: number): Uint8Array[] {
  const r = new Reader(bytes);
  const [major, n] = r.rawHead();
  if (major !== 4) throw new CborError("type", "array");
  const items: Uint8Array[] = [];
  for (let i = 0; i < n; i++) {
    const length = itemLength(bytes, r.at);
    if (length > longest) throw new CborError("type", "item");
    items.push(r.take(length));
  }
  if (r.at !== bytes.length) throw new CborError("trailing");
  return items;
}

/** A head, for the few structures that a verifier writes (Sig_structure, COSE keys). */
function head(major: number, n: number): number[] {
  const m = major << 5;
  if (n < 24) return [m | n];
  if (n < 0x100) return [m | 24, n];
  if (n < 0x1_0000) return [m | 25, n >> 8, n & 255];
  return [m | 26, (n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
}

/** The head of a byte string of that length. */
export function bytesHead(length: number): Uint8Array {
  return Uint8Array.from(head(2, length));
}

export type Writable = number | string | boolean | Uint8Array | Writable[] | { map: [number | string, Writable][] };

/** Writes in the profile. Map entries must be given in order. */
export function encode(value: Writable): Uint8Array {
  const out: number[] = [];
  const write = (v: Writable): void => {
    if (typeof v === "number") out.push(...(v >= 0 ? head(0, v) : head(1, -1 - v)));
    else if (typeof v === "boolean") out.push(v ? 0xf5 : 0xf4);
    else if (typeof v === "string") {
      const b = new TextEncoder().encode(v);
      out.push(...head(3, b.length), ...b);
    } else if (v instanceof Uint8Array) {
      out.push(...head(2, v.length));
      for (const b of v) out.push(b);
    } else if (Array.isArray(v)) {
      out.push(...head(4, v.length));
      v.forEach(write);
    } else {
      out.push(...head(5, v.map.length));
      for (const [k, x] of v.map) {
        write(k);
        write(x);
      }
    }
  };
  write(value);
  return Uint8Array.from(out);
}

/** Takes a map apart field by field; `end` refuses what was not asked for. */
export class Fields {
  private rest: Map<number | string, Value>;

  constructor(value: Value) {
    if (!(value instanceof CborMap)) throw new CborError("type", "map");
    this.rest = new Map(value.entries);
  }

  opt(key: number | string): Value | undefined {
    const value = this.rest.get(key);
    this.rest.delete(key);
    return value;
  }

  req(key: number | string, name: string): Value {
    const value = this.opt(key);
    if (value === undefined) throw new CborError("missing", name);
    return value;
  }

  end(): void {
    if (this.rest.size > 0) throw new CborError("unknown");
  }

  get left(): number {
    return this.rest.size;
  }
}

export function int(v: Value, name: string): number {
  if (typeof v !== "number") throw new CborError("type", name);
  return v;
}

export function uint(v: Value, name: string): number {
  if (typeof v !== "number" || v < 0) throw new CborError("type", name);
  return v;
}

export function str(v: Value, name: string): string {
  if (typeof v !== "string") throw new CborError("type", name);
  return v;
}

export function bytes(v: Value, name: string, length?: number): Uint8Array {
  if (!(v instanceof Uint8Array) || (length !== undefined && v.length !== length)) throw new CborError("type", name);
  return v;
}

/** Bytes as lower-case hex. */
export function hexOf(v: Value, name: string, length?: number): string {
  return hex(bytes(v, name, length));
}

export function bool(v: Value, name: string): boolean {
  if (typeof v !== "boolean") throw new CborError("type", name);
  return v;
}

export function array(v: Value, name: string, length?: number): Value[] {
  if (!Array.isArray(v) || (length !== undefined && v.length !== length)) throw new CborError("type", name);
  return v;
}

const HEX = Array.from({ length: 256 }, (_, x) => x.toString(16).padStart(2, "0"));

export function hex(b: Uint8Array): string {
  let text = "";
  for (let i = 0; i < b.length; i++) text += HEX[b[i] as number];
  return text;
}

export function fromHex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new CborError("type", "hex");
  return Uint8Array.from(text.match(/../g) ?? [], (p) => parseInt(p, 16));
}

/** The one canonical zip of a bundle (docs/formats/README.md §10): every byte that is not content is built again and compared. */
import { compare } from "../cbor";
import type { Bytes } from "./bytes";

export interface Record {
  name: string;
  crc: number;
  size: number;
  /** Where the content begins. */
  offset: number;
}

/** A deviation, where it is, and nothing of the zip is read. */
export class NotCanonical extends Error {
  constructor(readonly finding: "zip-form" | "zip-truncated" | "too-many", readonly place: string) {
    super(place);
  }
}

const END_LENGTH = 22;
const END64_LENGTH = 56 + 20;
const MAX_DIRECTORY = 16 << 20;
const MAX16 = 0xffff;
const MAX32 = 0xffff_ffff;
/** 1980-01-01. */
const DATE = 0x0021;

/** Little-endian numbers: [value, bytes]. */
function pack(...fields: ([number, 2 | 4 | 8] | Uint8Array)[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((n, f) => n + (f instanceof Uint8Array ? f.length : f[1]), 0));
  let at = 0;
  for (const f of fields) {
    if (f instanceof Uint8Array) {
      out.set(f, at);
      at += f.length;
      continue;
    }
    let n = f[0];
    for (let i = 0; i < f[1]; i++, n = Math.floor(n / 256)) out[at++] = n % 256;
  }
  return out;
}

const short16 = (n: number): [number, 2] => [Math.min(n, MAX16), 2];
const short32 = (n: number): [number, 4] => [Math.min(n, MAX32), 4];

/** The zip64 field, only with the values that do not fit. */
function extra(values: number[]): Uint8Array {
  return values.length === 0 ? new Uint8Array() : pack([1, 2], [values.length * 8, 2], ...values.map((v): [number, 8] => [v, 8]));
}

function common(needed: number, r: Record, name: Uint8Array): Uint8Array {
  return pack([needed, 2], [0, 2], [0, 2], [0, 2], [DATE, 2], [r.crc, 4], short32(r.size), short32(r.size), short16(name.length));
}

const sizes = (r: Record): number[] => (r.size >= MAX32 ? [r.size, r.size] : []);
const needed = (values: number[]): number => (values.length > 0 ? 45 : 10);

function local(r: Record, name: Uint8Array): Uint8Array {
  const values = sizes(r);
  const x = extra(values);
  return pack([0x0403_4b50, 4], common(needed(values), r, name), [x.length, 2], name, x);
}

function central(r: Record, name: Uint8Array): Uint8Array {
  const values = [...sizes(r), ...(r.offset >= MAX32 ? [r.offset] : [])];
  const x = extra(values);
  const version = needed(values);
  return pack([0x0201_4b50, 4], [version, 2], common(version, r, name), [x.length, 2], [0, 2], [0, 2], [0, 2], [0, 4], short32(r.offset), name, x);
}

function end(count: number, size: number, offset: number): Uint8Array {
  const big = count >= MAX16 || size >= MAX32 || offset >= MAX32;
  const zip64 = !big ? new Uint8Array() : pack(
    [0x0606_4b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8], [size, 8], [offset, 8],
    [0x0706_4b50, 4], [0, 4], [offset + size, 8], [1, 4]);
  return pack(zip64, [0x0605_4b50, 4], [0, 2], [0, 2], short16(count), short16(count), short32(size), short32(offset), [0, 2]);
}

/** A little-endian number; NaN outside the bytes or above 2^53, which equals nothing. */
function uint(b: Uint8Array, at: number, length: number): number {
  if (at < 0 || at + length > b.length) return NaN;
  let n = 0;
  for (let i = length - 1; i >= 0; i--) n = n * 256 + (b[at + i] as number);
  return Number.isSafeInteger(n) ? n : NaN;
}

/** Count, size and offset of the directory as the end states them; the caller builds the end again. */
function findEnd(tail: Uint8Array): [number, number, number] | undefined {
  const at = tail.length - END_LENGTH;
  if (uint(tail, at, 4) !== 0x0605_4b50) return undefined;
  const [count, size, offset] = [uint(tail, at + 10, 2), uint(tail, at + 12, 4), uint(tail, at + 16, 4)];
  if (count < MAX16 && size < MAX32 && offset < MAX32) return [count, size, offset];
  const at64 = at - END64_LENGTH;
  if (uint(tail, at64, 4) !== 0x0606_4b50) return undefined;
  return [uint(tail, at64 + 32, 8), uint(tail, at64 + 40, 8), uint(tail, at64 + 48, 8)];
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a central header states, without judging it. */
function stated(b: Uint8Array): { record: Record; name: Uint8Array } | undefined {
  const nameEnd = 46 + uint(b, 28, 2);
  if (!(nameEnd <= b.length)) return undefined;
  const name = b.subarray(46, nameEnd);
  let [size, offset] = [uint(b, 24, 4), uint(b, 42, 4)];
  let field = nameEnd + 4;
  if (size === MAX32) {
    size = uint(b, field, 8);
    field += 16;
  }
  if (offset === MAX32) offset = uint(b, field, 8);
  const crc = uint(b, 16, 4);
  if (Number.isNaN(size + offset + crc)) return undefined;
  try {
    return { record: { name: utf8.decode(name), crc, size, offset }, name };
  } catch {
    return undefined;
  }
}

const startsWith = (b: Uint8Array, part: Uint8Array): boolean => b.length >= part.length && compare(b.subarray(0, part.length), part) === 0;

/** Local headers of small files are read in runs of this many bytes, those behind large ones alone. */
const RUN = 256 * 1024;
const SMALL = 16 * 1024;

class Window {
  private from = 0;
  private held = new Uint8Array();
  constructor(private readonly zip: Bytes) {}

  async read(from: number, to: number, run: number): Promise<Uint8Array> {
    if (from < this.from || to > this.from + this.held.length) {
      this.held = await this.zip.read(from, Math.min(this.zip.size, Math.max(to, from + run))) as Uint8Array<ArrayBuffer>;
      this.from = from;
    }
    return this.held.subarray(from - this.from, to - this.from);
  }
}

/** The folder in which all files lie, with its `/`; not of dots alone, so that unpacking cannot leave its place. */
function baseFolder(first: Record | undefined): string {
  const base = /^[a-z0-9._-]*[a-z0-9_-][a-z0-9._-]*\//.exec(first?.name ?? "")?.[0];
  if (base === undefined) throw new NotCanonical("zip-form", "base folder");
  return base;
}

/** The records, their names without the base folder. */
export async function readZip(zip: Bytes): Promise<Record[]> {
  const tail = await zip.read(Math.max(0, zip.size - END_LENGTH - END64_LENGTH), zip.size);
  const found = findEnd(tail);
  if (!found) throw new NotCanonical("zip-truncated", "end");
  const [count, size, offset] = found;
  const directoryEnd = offset + size;
  if (!(directoryEnd <= zip.size)) throw new NotCanonical("zip-form", "end");
  const built = end(count, size, offset);
  if (zip.size - directoryEnd !== built.length || compare(tail.subarray(tail.length - built.length), built) !== 0) throw new NotCanonical("zip-form", "end");
  if (size > MAX_DIRECTORY) throw new NotCanonical("too-many", "central directory");

  let rest = await zip.read(offset, directoryEnd);
  const window = new Window(zip);
  const records: Record[] = [];
  let before: { text: string; name: Uint8Array } | undefined;
  let expected = 0;
  while (rest.length > 0) {
    const s = stated(rest);
    if (!s) throw new NotCanonical("zip-form", before ? `entry after ${before.text}` : "first entry");
    const { record, name } = s;
    const wrong = (): NotCanonical => new NotCanonical("zip-form", record.name);
    const header = central(record, name);
    if (!startsWith(rest, header)) throw wrong();
    rest = rest.subarray(header.length);
    const lead = local(record, name);
    if ((before && compare(before.name, name) >= 0) || record.offset !== expected || record.offset + lead.length > zip.size) throw wrong();
    if (compare(await window.read(record.offset, record.offset + lead.length, record.size < SMALL ? RUN : 0), lead) !== 0) throw wrong();
    const content = record.offset + lead.length;
    expected = content + record.size;
    before = { text: record.name, name };
    if (records.length === 0) baseFolder(record);
    records.push({ ...record, offset: content });
  }
  if (expected !== offset || records.length !== count) throw new NotCanonical("zip-form", "central directory");
  const base = baseFolder(records[0]);
  for (const r of records) {
    if (!r.name.startsWith(base)) throw new NotCanonical("zip-form", r.name);
    r.name = r.name.slice(base.length);
  }
  return records;
}

const TABLE = crcTable();

/** Eight tables of 256, one behind the other. */
function crcTable(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let i = 0; i < 8; i++) c = c & 1 ? 0xedb8_8320 ^ (c >>> 1) : c >>> 1;
    table[n] = c;
  }
  for (let n = 256; n < table.length; n++) table[n] = (table[n - 256]! >>> 8) ^ table[table[n - 256]! & 255]!;
  return table;
}

/** CRC-32 of the pieces so far and one more, eight bytes at a time (all that runs a browser is little endian); begins with 0. */
export function crc32(before: number, b: Uint8Array): number {
  let c = ~before;
  let i = 0;
  const single = (): void => { c = TABLE[(c ^ b[i++]!) & 255]! ^ (c >>> 8); };
  while (i < b.length && (b.byteOffset + i) % 4 !== 0) single();
  const words = new Int32Array(b.buffer, b.byteOffset + i, ((b.length - i) >> 3) * 2);
  for (let k = 0; k < words.length; k += 2) {
    const x = c ^ words[k]!;
    const y = words[k + 1]!;
    c = TABLE[1792 + (x & 255)]! ^ TABLE[1536 + ((x >>> 8) & 255)]! ^ TABLE[1280 + ((x >>> 16) & 255)]! ^ TABLE[1024 + (x >>> 24)]!
      ^ TABLE[768 + (y & 255)]! ^ TABLE[512 + ((y >>> 8) & 255)]! ^ TABLE[256 + ((y >>> 16) & 255)]! ^ TABLE[y >>> 24]!;
  }
  for (i += words.length * 4; i < b.length;) single();
  return ~c >>> 0;
}

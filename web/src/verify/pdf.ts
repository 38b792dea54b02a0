/**
 * Reads a PDF as this product writes it, strictly (docs/formats/verification.md §9; docs/adr/0003-paper-signature.md; ISO 32000-1 §7.3, §7.5).
 * It repairs nothing: where two readers see two documents in one file, one of them is an attack.
 */
import { Unzlib } from "fflate";
import { sha256 } from "@noble/hashes/sha2.js";
import { equal } from "../cbor";
import { concat } from "../cose";
import { Refused, demand } from "./refusal";

export interface Paper {
  seal?: { digest: Uint8Array; signature: Uint8Array; coversWholeFile: boolean };
  attachments: { name: string; bytes: Uint8Array }[];
}

type Dict = Map<string, Item>;
/** null, booleans and reals are never looked at. */
type Item =
  | { type: "other" } | { type: "int"; value: number } | { type: "name"; value: string } | { type: "text"; value: Uint8Array }
  | { type: "array"; value: Item[] } | { type: "dict"; value: Dict } | { type: "ref"; value: number };

const MAX_FILE = 64 << 20;
const MAX_OBJECT = 1 << 20;
const MAX_OBJECTS = 100_000;
const MAX_DEPTH = 32;
const MAX_SECTIONS = 16;
const MAX_ATTACHMENTS = 64;
const MAX_ATTACHMENT = 16 << 20;
const MAX_ALL = 64 << 20;

const latin = (b: Uint8Array): string => {
  let text = "";
  for (let i = 0; i < b.length; i++) text += String.fromCharCode(b[i] as number);
  return text;
};
const isSpace = (b: number | undefined): boolean => b === 0 || b === 9 || b === 10 || b === 12 || b === 13 || b === 32;
const isDelimiter = (b: number | undefined): boolean => b !== undefined && "()<>[]{}/%".includes(String.fromCharCode(b));
const isNewline = (b: number | undefined): boolean => b === 10 || b === 13;

class Lexer {
  readonly end: number;
  /** Reads on to `end` at most. */
  constructor(readonly bytes: Uint8Array, public at: number, end = bytes.length) {
    this.end = Math.min(end, bytes.length);
  }

  get peek(): number | undefined {
    return this.at < this.end ? this.bytes[this.at] : undefined;
  }

  starts(text: string): boolean {
    if (this.at + text.length > this.end) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  spaceOnly(): void {
    while (isSpace(this.peek)) this.at++;
  }

  /** White space and comments. */
  space(): void {
    this.spaceOnly();
    while (this.peek === 0x25) {
      while (this.peek !== undefined && !isNewline(this.peek)) this.at++;
      this.spaceOnly();
    }
  }

  private regular(): string {
    const from = this.at;
    while (this.peek !== undefined && !isSpace(this.peek) && !isDelimiter(this.peek)) this.at++;
    return latin(this.bytes.subarray(from, this.at));
  }

  word(): string {
    this.space();
    return this.regular();
  }

  integer(): number {
    const n = integer(this.word());
    demand(n !== undefined, "number");
    return n;
  }

  item(depth: number): Item {
    demand(depth <= MAX_DEPTH, "nesting");
    this.space();
    const b = this.peek;
    demand(b !== undefined, "object");
    if (b === 0x2f) return { type: "name", value: this.name() };
    if (b === 0x28) return { type: "text", value: this.literal() };
    if (b === 0x5b) {
      this.at++;
      const items: Item[] = [];
      for (;;) {
        this.space();
        if (this.peek === 0x5d) {
          this.at++;
          return { type: "array", value: items };
        }
        items.push(this.item(depth + 1));
      }
    }
    if (this.starts("<<")) {
      this.at += 2;
      const dict: Dict = new Map();
      for (;;) {
        this.space();
        if (this.starts(">>")) {
          this.at += 2;
          return { type: "dict", value: dict };
        }
        const key = this.name();
        const value = this.item(depth + 1);
        demand(!dict.has(key), "a key twice");
        dict.set(key, value);
      }
    }
    if (b === 0x3c) return { type: "text", value: this.hex() };
    return this.numberOrReference();
  }

  private numberOrReference(): Item {
    const word = this.word();
    const n = integer(word);
    if (n !== undefined) {
      const ahead = new Lexer(this.bytes, this.at, this.end);
      if (n >= 0 && n <= 0xffff_ffff && integer(ahead.word()) === 0 && ahead.word() === "R") {
        this.at = ahead.at;
        return { type: "ref", value: n };
      }
      return { type: "int", value: n };
    }
    demand(/^[0-9.+-]+$/.test(word) || ["true", "false", "null"].includes(word), "object");
    return { type: "other" };
  }

  private name(): string {
    demand(this.peek === 0x2f, "name");
    this.at++;
    return this.regular().replace(/#(.{0,2})/gs, (_, digits: string) => {
      demand(/^[0-9a-fA-F]{2}$/.test(digits), "name");
      return String.fromCharCode(parseInt(digits, 16));
    });
  }

  /** Literal string (§7.3.4.2). */
  private literal(): Uint8Array {
    this.at++;
    const text: number[] = [];
    for (let open = 1; ;) {
      const b = this.take();
      if (b === 0x28) open++;
      else if (b === 0x29 && --open === 0) return Uint8Array.from(text);
      if (b !== 0x5c) {
        text.push(b);
        continue;
      }
      const escaped = this.take();
      const plain = { n: 10, r: 13, t: 9, b: 8, f: 12 }[String.fromCharCode(escaped)];
      if (plain !== undefined) text.push(plain);
      else if (escaped >= 0x30 && escaped <= 0x37) {
        let code = escaped - 0x30;
        for (let i = 0; i < 2 && this.peek !== undefined && this.peek >= 0x30 && this.peek <= 0x37; i++) code = code * 8 + this.take() - 0x30;
        demand(code <= 255, "text");
        text.push(code);
      } else if (escaped !== 0x0a) text.push(escaped);
    }
  }

  private take(): number {
    const b = this.peek;
    demand(b !== undefined, "text");
    this.at++;
    return b;
  }

  private hex(): Uint8Array {
    this.at++;
    let digits = "";
    for (;;) {
      const b = this.take();
      if (b === 0x3e) break;
      if (!isSpace(b)) digits += String.fromCharCode(b);
    }
    demand(/^[0-9a-fA-F]*$/.test(digits), "text");
    if (digits.length % 2 === 1) digits += "0";
    const out = new Uint8Array(digits.length / 2);
    for (let i = 0; i < out.length; i++) out[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
    return out;
  }
}

function integer(word: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(word)) return undefined;
  const n = Number(word);
  return Number.isSafeInteger(n) ? n : undefined;
}

const dictOf = (item: Item | undefined): Dict | undefined => (item?.type === "dict" ? item.value : undefined);
const indexOf = (item: Item | undefined): number | undefined => (item?.type === "int" && item.value >= 0 ? item.value : undefined);

interface Indirect {
  value: Item;
  /** Where the value lies. */
  from: number;
  to: number;
  stream?: Uint8Array;
}

class File {
  private readonly offsets = new Map<number, number>();
  private readonly trailer: Dict;

  constructor(private readonly bytes: Uint8Array) {
    demand(bytes.length <= MAX_FILE, "too large");
    demand(new Lexer(bytes, 0).starts("%PDF-1."), "no PDF header");
    let at = this.startxref();
    const newest = this.section(at);
    let trailer = newest;
    for (let sections = 1; trailer.has("Prev"); sections++) {
      demand(sections < MAX_SECTIONS, "too many cross-reference sections");
      const earlier = indexOf(trailer.get("Prev"));
      demand(earlier !== undefined && earlier < at, "order of cross-reference sections");
      at = earlier;
      trailer = this.section(at);
    }
    this.trailer = newest;
  }

  private startxref(): number {
    const from = Math.max(0, this.bytes.length - 64);
    const found = latin(this.bytes.subarray(from)).lastIndexOf("startxref");
    demand(found >= 0, "end of the file");
    const lexer = new Lexer(this.bytes, from + found + "startxref".length);
    const offset = lexer.integer();
    demand(offset >= 0, "startxref");
    lexer.spaceOnly();
    demand(["%%EOF", "%%EOF\n", "%%EOF\r\n"].includes(latin(this.bytes.subarray(lexer.at))), "end of the file");
    return offset;
  }

  /** One cross-reference table; what newer ones said stays. */
  private section(at: number): Dict {
    const lexer = new Lexer(this.bytes, at);
    demand(lexer.word() === "xref", "cross-reference table");
    const here: [number, number][] = [];
    for (;;) {
      lexer.space();
      if (lexer.starts("trailer")) break;
      const first = lexer.integer();
      const count = lexer.integer();
      lexer.space();
      for (let i = 0; i < count; i++) {
        demand(lexer.at + 20 <= this.bytes.length, "cross-reference table");
        const entry = latin(this.bytes.subarray(lexer.at, lexer.at + 20));
        const offset = integer(entry.slice(0, 10));
        const number = first + i;
        demand(offset !== undefined && offset >= 0 && number >= 0 && number <= 0xffff_ffff, "cross-reference table");
        if (entry[17] === "n") {
          demand(here.length < MAX_OBJECTS, "cross-reference table");
          here.push([number, offset]);
        } else {
          demand(entry[17] === "f", "cross-reference table");
        }
        lexer.at += 20;
      }
    }
    for (const [number, offset] of here) if (!this.offsets.has(number)) this.offsets.set(number, offset);
    lexer.at += "trailer".length;
    const trailer = dictOf(new Lexer(this.bytes, lexer.at, lexer.at + MAX_OBJECT).item(0));
    demand(trailer !== undefined, "trailer");
    return trailer;
  }

  catalog(): Dict {
    const root = this.trailer.get("Root");
    demand(root?.type === "ref", "no catalog");
    const catalog = dictOf(this.indirect(root.value).value);
    demand(catalog !== undefined, "catalog");
    return catalog;
  }

  indirect(number: number): Indirect {
    const at = this.offsets.get(number);
    demand(at !== undefined, "object is not listed");
    const lexer = new Lexer(this.bytes, at, at + MAX_OBJECT);
    demand(lexer.integer() === number && lexer.integer() === 0 && lexer.word() === "obj", "object is not where the table says");
    lexer.space();
    const from = lexer.at;
    const value = lexer.item(0);
    const to = lexer.at;
    const word = lexer.word();
    if (word === "endobj") return { value, from, to };
    demand(word === "stream" && value.type === "dict", "end of an object");
    demand(lexer.starts("\r\n") || lexer.starts("\n"), "stream");
    const begin = lexer.at + (lexer.starts("\n") ? 1 : 2);
    const length = indexOf(value.value.get("Length"));
    demand(length !== undefined && begin + length <= this.bytes.length, "length of a stream");
    demand(new Lexer(this.bytes, begin + length, begin + length + MAX_OBJECT).word() === "endstream", "end of a stream");
    return { value, from, to, stream: this.bytes.subarray(begin, begin + length) };
  }

  resolve(item: Item): Item {
    return item.type === "ref" ? this.indirect(item.value).value : item;
  }

  /** The bytes of a stream, plain or deflated. */
  content({ value, stream }: Indirect, most: number): Uint8Array {
    const dict = dictOf(value);
    demand(dict !== undefined && stream !== undefined, "not a stream");
    let filter = dict.get("Filter");
    if (filter?.type === "array") {
      demand(filter.value.length <= 1, "filters of a stream");
      filter = filter.value[0];
    }
    const raw = filter === undefined ? stream : inflate(filter, stream, most);
    demand(raw.length <= most, "attachment too large");
    return raw;
  }
}

const SLICE = 64 * 1024;

/** zlib (RFC 1950) up to a limit; the library leaves the check sum to us. */
function inflate(filter: Item, stream: Uint8Array, most: number): Uint8Array {
  demand(filter.type === "name" && filter.value === "FlateDecode", "filter of a stream");
  const pieces: Uint8Array[] = [];
  let size = 0;
  const unzlib = new Unzlib((piece) => {
    size += piece.length;
    demand(size <= most, "attachment too large");
    pieces.push(piece);
  });
  try {
    for (let at = 0; at < stream.length; at += SLICE) unzlib.push(stream.subarray(at, at + SLICE), at + SLICE >= stream.length);
  } catch (e) {
    throw e instanceof Refused ? e : new Refused("compressed stream");
  }
  const bytes = concat(...pieces);
  demand(equal(adler32(bytes), stream.subarray(-4)), "compressed stream");
  return bytes;
}

function adler32(bytes: Uint8Array): Uint8Array {
  let [a, b] = [1, 0];
  for (let i = 0; i < bytes.length;) {
    for (const end = Math.min(i + 3800, bytes.length); i < end; i++) b += a += bytes[i] as number;
    [a, b] = [a % 65521, b % 65521];
  }
  return Uint8Array.of(b >> 8, b & 255, a >> 8, a & 255);
}

export function readPaper(bytes: Uint8Array): Paper {
  const file = new File(bytes);
  const catalog = file.catalog();
  const seal = readSeal(file, bytes, catalog);
  const attachments = readAttachments(file, catalog);
  return seal ? { seal, attachments } : { attachments };
}

function readSeal(file: File, bytes: Uint8Array, catalog: Dict): Paper["seal"] {
  const piece = dictOf(dictOf(catalog.get("PieceInfo"))?.get("Mingzheng"));
  if (!piece) return undefined;
  const place = piece.get("Private");
  demand(place?.type === "ref", "seal");
  const object = file.indirect(place.value);
  const [range, contents] = [dictOf(object.value)?.get("ByteRange"), dictOf(object.value)?.get("Contents")];
  demand(range?.type === "array" && contents?.type === "text", "seal");
  const numbers = range.value.map(indexOf).filter((n) => n !== undefined);
  demand(numbers.length === 4 && numbers[0] === 0, "range of the seal");
  const [, from, to, after] = numbers as [number, number, number, number];
  const end = to + after;
  demand(end <= bytes.length && object.from < from && from <= to && to < object.to, "range of the seal");
  const digits = latin(bytes.subarray(from, to));
  const own = contents.value;
  demand(bytes[from - 1] === 0x3c && bytes[to] === 0x3e && /^([0-9a-f]{2})*$/.test(digits) && digits.length === 2 * own.length, "signature bytes of the seal");
  demand(own.every((b, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16) === b), "signature bytes of the seal");
  let last = own.length - 1;
  while (last >= 0 && own[last] === 0) last--;
  demand(own[last] === 0x80, "signature bytes of the seal");
  const digest = sha256.create().update(bytes.subarray(0, from)).update(bytes.subarray(to, end)).digest();
  return { digest, signature: own.subarray(0, last), coversWholeFile: end === bytes.length };
}

function readAttachments(file: File, catalog: Dict): Paper["attachments"] {
  const given = catalog.get("AF");
  if (!given) return [];
  const list = file.resolve(given);
  demand(list.type === "array", "list of attachments");
  demand(list.value.length <= MAX_ATTACHMENTS, "too many attachments");
  let room = MAX_ALL;
  return list.value.map((item) => {
    const entry = dictOf(file.resolve(item));
    const name = entry?.get("UF");
    const place = dictOf(entry?.get("EF"))?.get("F");
    demand(name?.type === "text" && place?.type === "ref", "attachment");
    const stream = file.indirect(place.value);
    const subtype = dictOf(stream.value)?.get("Subtype");
    demand(subtype?.type === "name" && isUtf8(subtype.value), "type of an attachment");
    const bytes = file.content(stream, Math.min(room, MAX_ATTACHMENT));
    room -= bytes.length;
    return { name: textString(name.value), bytes };
  });
}

/** Whether the bytes of a name, one a character, are UTF-8. */
function isUtf8(name: string): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(name, (c) => c.charCodeAt(0)));
    return true;
  } catch {
    return false;
  }
}

/** A PDF text string: UTF-16BE with byte order mark, or ASCII. */
function textString(raw: Uint8Array): string {
  if (raw[0] === 0xfe && raw[1] === 0xff) {
    demand(raw.length % 2 === 0, "name of an attachment");
    try {
      return new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true }).decode(raw.subarray(2));
    } catch {
      throw new Refused("name of an attachment");
    }
  }
  demand(raw.every((b) => b < 128), "name of an attachment");
  return latin(raw);
}

/** The files of a bundle, from a folder or a zip, each hashed once (docs/formats/verification.md §2). */
import { sha256 } from "@noble/hashes/sha2.js";
import { hex } from "../cbor";
import { Part, Unreadable, type Bytes } from "./bytes";
import { isDropping, isPath } from "./path";
import type { Progress } from "./progress";
import type { Findings } from "./report";
import { NotCanonical, crc32, readZip } from "./zip";

/** A folder as somebody gave it. */
export type Folder = Map<string, Folder | Bytes | "other" | "unreadable">;

interface Member {
  bytes: Bytes;
  /** CRC-32 that the zip states. */
  crc?: number;
}

export interface Hashed {
  size: number;
  /** SHA-256, hex. */
  digest: string;
  /** SHA-256 of what follows the header of an age file. */
  payload?: string;
}

const MAX_FILES = 100_000;
const MAX_FOLDERS = 8;
const PIECE = 1 << 20;

/** The browser's own SHA-256, where it gives it: several times faster, and off the page's thread. It reads a file whole. */
const subtle = typeof crypto === "undefined" ? undefined : (crypto.subtle as SubtleCrypto | undefined);
const WHOLE = 32 << 20;
const LEAST_FOR_SUBTLE = 16 << 10;
/** Files that are read and hashed side by side. */
const AT_ONCE = 4;

/** A zip's own sum of a file, compared with its content. */
class Sum {
  private crc = 0;
  constructor(private readonly member: Member) {}

  update(piece: Uint8Array): void {
    if (this.member.crc !== undefined) this.crc = crc32(this.crc, piece);
  }

  get fits(): boolean {
    return this.member.crc === undefined || this.member.crc === this.crc;
  }
}

export class Bag {
  /** By path, in order of the paths. */
  readonly files = new Map<string, Member>();
  readonly hashed = new Map<string, Hashed>();
  /** Content that does not fit the zip's own sum: reported once, read no further. */
  private readonly broken = new Set<string>();

  static folder(root: Folder, out: Findings): Bag {
    const bag = new Bag();
    const found: [string, Member][] = [];
    const open: [Folder, string, number][] = [[root, "", 0]];
    walk: for (let next = open.pop(); next; next = open.pop()) {
      const [folder, prefix, depth] = next;
      for (const [name, item] of folder) {
        const path = prefix + name;
        if (found.length >= MAX_FILES) {
          out.add("too-many", path);
          break walk;
        }
        if (isDropping(path)) out.add("file-dropping", path);
        else if (item === "unreadable") out.add("file-unreadable", path);
        else if (item === "other") out.add("file-kind", path);
        else if (!isPath(path) || (item instanceof Map && depth >= MAX_FOLDERS)) out.add("file-name", path);
        else if (item instanceof Map) open.push([item, `${path}/`, depth + 1]);
        else found.push([path, { bytes: item }]);
      }
    }
    return bag.fill(found);
  }

  static async zip(zip: Bytes, out: Findings): Promise<Bag> {
    const bag = new Bag();
    const found: [string, Member][] = [];
    try {
      for (const r of await readZip(zip)) {
        if (found.length >= MAX_FILES) {
          out.add("too-many", r.name);
          break;
        }
        if (isPath(r.name)) found.push([r.name, { bytes: new Part(zip, r.offset, r.size), crc: r.crc }]);
        else out.add("file-name", r.name);
      }
    } catch (e) {
      if (!(e instanceof NotCanonical)) throw e;
      out.add(e.finding, `zip: ${e.place}`);
    }
    return bag.fill(found);
  }

  private fill(found: [string, Member][]): this {
    for (const [path, member] of found.sort(([a], [b]) => (a < b ? -1 : 1))) this.files.set(path, member);
    return this;
  }

  below(prefix: string): string[] {
    return [...this.files.keys()].filter((p) => p.startsWith(prefix));
  }

  /** Hashes every file once. With `sumsFirst` a zip's own sums are looked at before that: the cheapest way to find one change. */
  async hash(out: Findings, progress: Progress, sumsFirst: boolean): Promise<void> {
    out.checked("files", this.files.size);
    let total = 0;
    for (const { bytes } of this.files.values()) total += bytes.size;
    progress.begin("read", total);
    if (sumsFirst) {
      for (const [path, member] of this.files) {
        const sum = new Sum(member);
        await this.read(path, member, progress, out, (piece) => sum.update(piece));
        this.compare(path, sum, out);
      }
    }
    const rest = this.files.entries();
    const worker = async (): Promise<void> => {
      for (const [path, member] of rest) {
        const sum = sumsFirst ? undefined : new Sum(member);
        const hashed = await this.hashOne(path, member, progress, out, (piece) => sum?.update(piece));
        if (sum) this.compare(path, sum, out);
        if (hashed) this.hashed.set(path, hashed);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  private compare(path: string, sum: Sum, out: Findings): void {
    if (sum.fits || this.broken.has(path)) return;
    this.broken.add(path);
    out.add("file-changed", path, "CRC-32");
  }

  private async hashOne(path: string, member: Member, progress: Progress, out: Findings, each: (piece: Uint8Array) => void): Promise<Hashed | undefined> {
    const { size } = member.bytes;
    const sealed = path.endsWith(".age");
    if (subtle && size >= LEAST_FOR_SUBTLE && size <= WHOLE) {
      let whole: Uint8Array<ArrayBuffer> | undefined;
      const read = await this.read(path, member, progress, out, (piece) => {
        each(piece);
        whole = piece as Uint8Array<ArrayBuffer>;
      }, WHOLE);
      if (!read || !whole) return undefined;
      const start = sealed ? payloadStart(whole) : undefined;
      const hashed: Hashed = { size, digest: hex(new Uint8Array(await subtle.digest("SHA-256", whole))) };
      if (start !== undefined) hashed.payload = hex(new Uint8Array(await subtle.digest("SHA-256", whole.subarray(start))));
      return hashed;
    }
    const digest = sha256.create();
    const payload = sealed ? new PayloadDigest() : undefined;
    const read = await this.read(path, member, progress, out, (piece) => {
      each(piece);
      digest.update(piece);
      payload?.update(piece);
    });
    if (!read) return undefined;
    const hashed: Hashed = { size, digest: hex(digest.digest()) };
    const inner = payload?.finish();
    if (inner !== undefined) hashed.payload = inner;
    return hashed;
  }

  private async read(path: string, { bytes }: Member, progress: Progress, out: Findings, each: (piece: Uint8Array) => void, length = PIECE): Promise<boolean> {
    try {
      for (let at = 0; at < bytes.size; at += length) {
        const to = Math.min(at + length, bytes.size);
        each(await bytes.read(at, to));
        await progress.step(to - at);
      }
      return true;
    } catch (e) {
      if (!(e instanceof Unreadable)) throw e;
      if (!this.broken.has(path)) out.add("file-unreadable", path);
      this.broken.add(path);
      return false;
    }
  }

  /** A whole file, or nothing when it is not there, too large, or could not be read. */
  async load(path: string, longest: number, out: Findings): Promise<Uint8Array | undefined> {
    const member = this.files.get(path);
    if (!member || this.broken.has(path)) return undefined;
    if (member.bytes.size > longest) {
      out.add("file-too-large", path, `${member.bytes.size} > ${longest}`);
      return undefined;
    }
    try {
      return await member.bytes.read(0, member.bytes.size);
    } catch (e) {
      if (e instanceof Unreadable) return undefined;
      throw e;
    }
  }

  /** Like `load`, for a file without which a step cannot be done. */
  async need(path: string, longest: number, out: Findings): Promise<Uint8Array | undefined> {
    if (!this.files.has(path)) out.once("file-missing", path);
    return this.load(path, longest, out);
  }
}

/** Longest age header that is read. */
const MAX_HEADER = 8 * 1024;

/** Where the payload of an age file begins: behind the line that begins `--- ` and has 43 more characters. */
export function payloadStart(start: Uint8Array): number | undefined {
  const head = start.subarray(0, MAX_HEADER);
  for (let i = 0; i + 5 <= head.length; i++) {
    if (head[i] === 0x0a && head[i + 1] === 0x2d && head[i + 2] === 0x2d && head[i + 3] === 0x2d && head[i + 4] === 0x20) {
      return head[i + 48] === 0x0a ? i + 49 : undefined;
    }
  }
  return undefined;
}

/** SHA-256 of what follows the header, from pieces of which the first holds the whole header. */
class PayloadDigest {
  private inner: ReturnType<typeof sha256.create> | undefined;
  private begun = false;

  update(piece: Uint8Array): void {
    if (!this.begun) {
      this.begun = true;
      const start = payloadStart(piece);
      if (start !== undefined) this.inner = sha256.create().update(piece.subarray(start));
    } else {
      this.inner?.update(piece);
    }
  }

  finish(): string | undefined {
    return this.inner && hex(this.inner.digest());
  }
}

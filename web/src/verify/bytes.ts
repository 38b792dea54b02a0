/** Bytes that are read in pieces: a chosen file in the browser, memory or an open file in Node. */
export interface Bytes {
  readonly size: number;
  /** Exactly the bytes from…to, or an error. */
  read(from: number, to: number): Promise<Uint8Array>;
}

export class Unreadable extends Error {}

export class BlobBytes implements Bytes {
  constructor(private readonly blob: Blob) {}

  get size(): number {
    return this.blob.size;
  }

  async read(from: number, to: number): Promise<Uint8Array> {
    const piece = this.blob.slice(from, to);
    let buffer: ArrayBuffer;
    try {
      // Browsers before 2020 have no Blob.arrayBuffer.
      buffer = await ("arrayBuffer" in piece ? piece.arrayBuffer() : new Response(piece).arrayBuffer());
    } catch {
      throw new Unreadable();
    }
    if (buffer.byteLength !== to - from) throw new Unreadable();
    return new Uint8Array(buffer);
  }
}

export class MemoryBytes implements Bytes {
  constructor(private readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  async read(from: number, to: number): Promise<Uint8Array> {
    if (to > this.bytes.length) throw new Unreadable();
    return this.bytes.subarray(from, to);
  }
}

/** A part of other bytes. */
export class Part implements Bytes {
  constructor(private readonly whole: Bytes, private readonly offset: number, readonly size: number) {}

  read(from: number, to: number): Promise<Uint8Array> {
    return to <= this.size ? this.whole.read(this.offset + from, this.offset + to) : Promise.reject(new Unreadable());
  }
}

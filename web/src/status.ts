/** The status list (draft-ietf-oauth-status-list, CWT form): which certificates the office suspended or cancelled since. */
import { Unzlib } from "fflate";
import { CborError, Fields, bytes, int, str, uint, type Value } from "./cbor";
import { openSigned, type TrustList } from "./trust";

/** Largest list after inflating: a small file must not fill the memory. */
const MAX_INFLATED = 1 << 20;

export interface StatusList {
  /** Seconds: what the list says is known as of then. */
  issued: number;
  /** Seconds: not to be relied on after that. */
  expires: number;
  bits: number;
  packed: Uint8Array;
}

export function openStatusList(token: Uint8Array, trust: TrustList): StatusList {
  return openSigned(trust, token, "application/statuslist+cwt", "status", (value) => {
    const content = read(value);
    return { at: content.issued * 1000, content };
  }).content;
}

function read(value: Value): StatusList {
  const f = new Fields(value);
  str(f.req(2, "sub"), "sub");
  const expires = int(f.req(4, "exp"), "exp");
  const issued = int(f.req(6, "iat"), "iat");
  const ttl = f.opt(65534);
  if (ttl !== undefined) uint(ttl, "ttl");
  const list = new Fields(f.req(65533, "status_list"));
  f.end();
  const bits = uint(list.req("bits", "bits"), "bits");
  if (![1, 2, 4, 8].includes(bits)) throw new CborError("type", "bits");
  const packed = inflate(bytes(list.req("lst", "lst"), "lst"));
  const aggregation = list.opt("aggregation_uri");
  if (aggregation !== undefined) str(aggregation, "aggregation_uri");
  list.end();
  return { issued, expires, bits, packed };
}

/** ZLIB (RFC 1950) as other readers see it: one whole stream, its checksum, nothing behind it. fflate itself looks neither at the sum nor at what follows. */
export function inflate(compressed: Uint8Array): Uint8Array {
  const whole = unfold(compressed);
  const end = compressed.length - 4;
  const sum = compressed.subarray(end).reduce((n, byte) => n * 256 + byte, 0);
  // A stream that needs each of its bytes does not end before the last of them.
  const oneLess = () => unfold(Uint8Array.from([...compressed.subarray(0, end - 1), ...compressed.subarray(end)]));
  if (!whole || sum !== adler32(whole) || oneLess()) throw new CborError("type", "lst");
  return whole;
}

/** Feeds the compressed bytes piece by piece, so that a bomb is noticed before it has unfolded; undefined when they are no such stream. */
function unfold(compressed: Uint8Array): Uint8Array | undefined {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  const stream = new Unzlib((piece, final) => {
    length += piece.length;
    if (length > MAX_INFLATED) throw new CborError("type", "lst");
    pieces.push(piece.slice());
    ended ||= final;
  });
  const step = 1024;
  try {
    for (let at = 0; at < compressed.length; at += step) stream.push(compressed.subarray(at, at + step), at + step >= compressed.length);
  } catch {
    return undefined;
  }
  if (!ended) return undefined;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** RFC 1950 §9. */
function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

/** The number at `index`; undefined when the list does not reach so far. */
export function statusAt(list: StatusList, index: number): number | undefined {
  const perByte = 8 / list.bits;
  const byte = list.packed[Math.floor(index / perByte)];
  return byte === undefined ? undefined : (byte >> ((index % perByte) * list.bits)) & (0xff >> (8 - list.bits));
}

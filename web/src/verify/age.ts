/** Opens an `age` v1 file for an X25519 identity (age-encryption.org/v1), streaming. */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { equal, hex } from "../cbor";
import { concat } from "../cose";
import { payloadStart } from "./bag";
import type { Bytes } from "./bytes";
import type { Progress } from "./progress";
import { Refused, demand, maybe } from "./refusal";

export interface Identity {
  secret: Uint8Array;
  recipient: Uint8Array;
}

const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function checksum(values: number[]): number {
  let c = 1;
  for (const v of values) {
    const top = c >>> 25;
    c = ((c & 0x1ffffff) << 5) ^ v;
    GENERATOR.forEach((g, i) => { if ((top >>> i) & 1) c ^= g; });
  }
  return c;
}

/** The identity in a file of `AGE-SECRET-KEY-1…` lines and comments (BIP 173). */
export function parseIdentity(text: string): Identity | undefined {
  const line = text.split(/\r?\n/).map((l) => l.trim()).find((l) => l.startsWith("AGE-SECRET-KEY-1"));
  if (!line) return undefined;
  const prefix = "age-secret-key-";
  const values = [...line.toLowerCase().slice(prefix.length + 1)].map((c) => CHARSET.indexOf(c));
  const expanded = [...[...prefix].map((c) => c.charCodeAt(0) >> 5), 0, ...[...prefix].map((c) => c.charCodeAt(0) & 31)];
  if (values.length !== 58 || values.includes(-1) || checksum([...expanded, ...values]) !== 1) return undefined;
  let [acc, bits] = [0, 0];
  const secret: number[] = [];
  for (const v of values.slice(0, -6)) {
    [acc, bits] = [((acc << 5) | v) & 0xfff, bits + 5];
    if (bits >= 8) secret.push((acc >> (bits -= 8)) & 255);
  }
  if ((acc & ((1 << bits) - 1)) !== 0) return undefined;
  const raw = Uint8Array.from(secret);
  return { secret: raw, recipient: x25519.getPublicKey(raw) };
}

const MAX_HEADER = 8 * 1024;
const CHUNK = 64 * 1024;
const TAG = 16;
/** Chunks that are read at once. */
const RUN = 16;
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const LABEL = "age-encryption.org/v1";

/** Canonical base64 without padding, as age writes it. */
function base64(text: string): Uint8Array {
  demand(/^[A-Za-z0-9+/]*$/.test(text) && text.length % 4 !== 1, "base64");
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  demand(btoa(String.fromCharCode(...raw)).replace(/=+$/, "") === text, "base64");
  return raw;
}

/** The file key, if one of the stanzas is for this identity. */
function fileKey(header: string, identity: Identity): Uint8Array {
  const lines = header.split("\n");
  demand(lines.shift() === LABEL, "version");
  let found: Uint8Array | undefined;
  while (lines[0] !== undefined && !lines[0].startsWith("---")) {
    const [mark, type, ...rest] = (lines.shift() as string).split(" ");
    demand(mark === "->" && type !== undefined && type !== "", "stanza");
    let body = "";
    for (;;) {
      const line = lines.shift();
      demand(line !== undefined && line.length <= 64, "stanza");
      body += line;
      if (line.length < 64) break;
    }
    const wrapped = base64(body);
    if (type !== "X25519") continue;
    demand(rest.length === 1 && wrapped.length === 32, "X25519");
    const share = base64(rest[0] as string);
    demand(share.length === 32, "X25519");
    found ??= unwrap(share, wrapped, identity);
  }
  demand(found !== undefined, "another recipient");
  return found;
}

function unwrap(share: Uint8Array, wrapped: Uint8Array, { secret, recipient }: Identity): Uint8Array | undefined {
  let shared: Uint8Array;
  try {
    shared = x25519.getSharedSecret(secret, share);
  } catch {
    throw new Refused("low order");
  }
  const key = hkdf(sha256, shared, concat(share, recipient), ascii(`${LABEL}/X25519`), 32);
  try {
    return chacha20poly1305(key, new Uint8Array(12)).decrypt(wrapped);
  } catch {
    return undefined;
  }
}

/** Length and SHA-256 of what is inside. */
export async function openAge(file: Bytes, identity: Identity, progress: Progress): Promise<{ size: number; digest: string }> {
  const start = await file.read(0, Math.min(file.size, MAX_HEADER));
  const payload = payloadStart(start);
  demand(payload !== undefined, "header");
  const header = String.fromCharCode(...start.subarray(0, payload - 1));
  const macLine = header.lastIndexOf("\n--- ") + 1;
  const key = fileKey(header, identity);
  const mac = hmac(sha256, hkdf(sha256, key, undefined, ascii("header"), 32), start.subarray(0, macLine + 3));
  demand(equal(mac, base64(header.slice(macLine + 4))), "header MAC");

  demand(file.size >= payload + TAG + TAG, "payload");
  const nonce = await file.read(payload, payload + TAG);
  const stream = hkdf(sha256, key, nonce, ascii("payload"), 32);
  const clear = sha256.create();
  const counter = new Uint8Array(12);
  let size = 0;
  for (let at = payload + TAG, n = 0; at < file.size;) {
    const run = await file.read(at, Math.min(file.size, at + RUN * (CHUNK + TAG)));
    for (let i = 0; i < run.length; i += CHUNK + TAG, n++) {
      const chunk = run.subarray(i, i + CHUNK + TAG);
      const last = at + i + chunk.length === file.size;
      new DataView(counter.buffer).setUint32(7, n);
      counter[11] = last ? 1 : 0;
      demand(chunk.length > TAG || (n === 0 && chunk.length === TAG), "payload");
      const opened = maybe(() => decrypt(stream, counter, chunk));
      demand(opened !== undefined, "payload");
      clear.update(opened);
      size += opened.length;
    }
    at += run.length;
    await progress.step(run.length);
  }
  return { size, digest: hex(clear.digest()) };
}

function decrypt(key: Uint8Array, nonce: Uint8Array, chunk: Uint8Array): Uint8Array {
  try {
    return chacha20poly1305(key, nonce).decrypt(chunk);
  } catch {
    throw new Refused("payload");
  }
}

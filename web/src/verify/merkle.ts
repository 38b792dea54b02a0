/** Proofs of RFC 9162 §2.1 with SHA-256. Sizes go to 2^53, so numbers are halved, not shifted. */
import { sha256 } from "@noble/hashes/sha2.js";
import { equal } from "../cbor";

export type Hash = Uint8Array;

const pair = new Uint8Array(65);
pair[0] = 1;

function node(left: Hash, right: Hash): Hash {
  pair.set(left, 1);
  pair.set(right, 33);
  return sha256(pair);
}

export function leafHash(bytes: Uint8Array): Hash {
  const prefixed = new Uint8Array(bytes.length + 1);
  prefixed.set(bytes, 1);
  return sha256(prefixed);
}

const half = (n: number): number => Math.floor(n / 2);
const odd = (n: number): boolean => n % 2 === 1;

/** §2.1.3.2: the root that a leaf and its path lead to. */
export function rootFromInclusion(leaf: Hash, index: number, size: number, path: readonly Hash[]): Hash | undefined {
  if (index >= size) return undefined;
  let [f, s, hash] = [index, size - 1, leaf];
  for (const p of path) {
    if (s === 0) return undefined;
    if (odd(f) || f === s) {
      hash = node(p, hash);
      while (!odd(f) && f !== 0) [f, s] = [half(f), half(s)];
    } else {
      hash = node(hash, p);
    }
    [f, s] = [half(f), half(s)];
  }
  return s === 0 ? hash : undefined;
}

/** §2.1.4.2: the older tree is a prefix of the newer. */
export function isConsistent(old: number, oldRoot: Hash, now: number, newRoot: Hash, path: readonly Hash[]): boolean {
  if (old === 0) return path.length === 0;
  if (old >= now) return old === now && path.length === 0 && equal(oldRoot, newRoot);
  let [f, s] = [old - 1, now - 1];
  while (odd(f)) [f, s] = [half(f), half(s)];
  // The old tree is complete when nothing of f is left: then its root is where the path starts.
  const rest = f === 0 ? [...path] : path.slice(1);
  const first = f === 0 ? oldRoot : path[0];
  if (!first) return false;
  let [a, b] = [first, first];
  for (const p of rest) {
    if (s === 0) return false;
    if (odd(f) || f === s) {
      a = node(p, a);
      b = node(p, b);
      while (!odd(f) && f !== 0) [f, s] = [half(f), half(s)];
    } else {
      b = node(b, p);
    }
    [f, s] = [half(f), half(s)];
  }
  return s === 0 && equal(a, oldRoot) && equal(b, newRoot);
}

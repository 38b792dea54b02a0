/** QR frames and their text form: an address, `#`, then decimal digits (docs/formats §4). Same refusals as core/src/badge/frame.rs. */
import { CborError, arrayItems, decode } from "./cbor";

export type Frame =
  | { kind: "badge"; badge: Uint8Array; show: Uint8Array }
  | { kind: "assignment"; assignment: Uint8Array; show: Uint8Array }
  | { kind: "checkpoint"; checkpoint: Uint8Array };

export class FrameError extends Error {
  constructor(readonly code: "unreadable" | "newer_format" | "malformed") {
    super(code);
  }
}

/** Digits for a last group of 1…6 bytes, and for a whole one of 7. */
const DIGITS = [0, 3, 5, 8, 10, 13, 15, 17];

/** Digits as bytes; `undefined` when a group has no such length or its value does not fit its bytes. */
export function fromDigits(digits: string): Uint8Array | undefined {
  if (!/^[0-9]*$/.test(digits)) return undefined;
  const out: number[] = [];
  for (let at = 0; at < digits.length; at += 17) {
    const group = digits.slice(at, at + 17);
    const length = DIGITS.indexOf(group.length);
    const n = BigInt(group);
    if (length < 0 || n >> BigInt(8 * length) !== 0n) return undefined;
    for (let i = length - 1; i >= 0; i--) out.push(Number((n >> BigInt(8 * i)) & 255n));
  }
  return Uint8Array.from(out);
}

/** Reads a scanned text. The host is ignored; the digits end at the first other character after `#`. */
export function frameFromText(text: string): Frame {
  const digits = /^[^#]*#([0-9]+)/.exec(text)?.[1];
  const bytes = digits && fromDigits(digits);
  if (!bytes) throw new FrameError("unreadable");
  try {
    return read(arrayItems(bytes));
  } catch (e) {
    if (e instanceof CborError) throw new FrameError(e.code === "truncated" ? "unreadable" : "malformed");
    throw e;
  }
}

function read([kind, a, b, ...more]: Uint8Array[]): Frame {
  const n = kind && decode(kind);
  if (more.length === 0) {
    if (n === 1 && a && b) return { kind: "badge", badge: a, show: b };
    if (n === 2 && a && b) return { kind: "assignment", assignment: a, show: b };
    if (n === 3 && a && !b) return { kind: "checkpoint", checkpoint: a };
  }
  throw new FrameError(typeof n === "number" && (n < 1 || n > 3) ? "newer_format" : "malformed");
}

/** What all steps of a verification work on. */
import { Fields, int, type Value } from "../cbor";
import type { TrustList } from "../trust";
import type { Bag } from "./bag";
import type { Identity } from "./age";
import type { Progress } from "./progress";
import { attempt } from "./refusal";
import type { Findings } from "./report";

export interface Verification {
  bag: Bag;
  out: Findings;
  progress: Progress;
  /** The list that all signatures are checked with. */
  trust?: TrustList;
  /** Opens sealed evidence. */
  identity?: Identity;
}

/** Longest files that are read whole, in bytes (docs/formats/verification.md §2). */
export const limit = {
  SMALL: 64 << 10, LIST: 4 << 20, PACK: 8 << 20, PROOFS: 16 << 20, BUNDLE: 16 << 20, MANIFEST: 64 << 20, LIFE: 64 << 20, PAPER: 64 << 20, ENTRIES: 512 << 20,
};

export function atOf(v: Value): number {
  return int(new Fields(v).req("at", "at"), "at");
}

/** Reports a refused object: an unknown algorithm proves nothing wrong (P2). */
export function refuse(out: Findings, code: string, subject: string, refused: { refusal: string; unknownAlgorithm: boolean }): void {
  out.add(refused.unknownAlgorithm ? "algorithm" : code, subject, refused.refusal);
}

/** What a key of the office signed; a refusal becomes a finding. Without a trust list nothing is said. */
export function openOffice<T>({ trust, out }: Verification, path: string, bad: string, open: (trust: TrustList) => T): T | undefined {
  if (!trust) return undefined;
  out.checked("signatures");
  const opened = attempt(() => open(trust));
  if ("value" in opened) return opened.value;
  refuse(out, bad, path, opened);
  return undefined;
}

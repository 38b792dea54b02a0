/** Whose root signed (docs/formats/verification.md §3). Trust comes from outside the bundle. */
import { equal } from "../cbor";
import { keyToCose } from "../cose";
import { openSelfSigned, type SelfSigned, type TrustList } from "../trust";
import { TRUST } from "./path";
import { attempt } from "./refusal";
import type { Findings, Signer } from "./report";

/** What the judge brings: a trust list, a typed fingerprint (64 hex digits), or nothing. */
export type Given = { list: Uint8Array } | { fingerprint: string } | undefined;

/** 64 hex digits in groups of four, as they are printed. */
export function grouped(root: string): string {
  return root.replace(/(.{4})(?=.)/g, "$1 ");
}

/** A typed fingerprint; spaces and letter case do not matter. */
export function parseFingerprint(text: string): string | undefined {
  const digits = text.replace(/\s/g, "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
}

export function establish(inside: Uint8Array | undefined, given: Given, out: Findings): { signer: Signer; list?: TrustList } {
  const own = inside && open(inside, "trust-unreadable", TRUST, out);
  let brought: SelfSigned | undefined;
  let unreadable = false;
  if (given && "list" in given) {
    brought = open(given.list, "trust-given", "", out);
    unreadable = !brought;
  }
  if (inside) out.checked("trust");
  if (!own) return brought ? { signer: { state: "unknown" }, list: brought.list } : { signer: { state: "unknown" } };
  const root = grouped(own.root);
  if (!given || unreadable) {
    out.add("signer-not-established", "");
    return { signer: { state: "not_established", claimed_organ: own.list.organ, root }, list: own.list };
  }
  if (own.root !== (brought ? brought.root : "fingerprint" in given ? given.fingerprint : "")) {
    out.add("another-root", TRUST);
    return { signer: { state: "another", root }, list: own.list };
  }
  if (brought && brought.list.version === own.list.version && !equal(brought.payload, own.payload)) out.add("trust-contradiction", TRUST);
  return { signer: { state: "established", organ: own.list.organ, root }, list: brought ? newest(own.list, brought.list) : own.list };
}

function open(file: Uint8Array, bad: string, subject: string, out: Findings): SelfSigned | undefined {
  const opened = attempt(() => openSelfSigned(file));
  if ("value" in opened) return opened.value;
  out.add(opened.unknownAlgorithm && subject !== "" ? "algorithm" : bad, subject, opened.refusal);
  return undefined;
}

/** The newer list, and those keys of the older one that it does not name. */
function newest(inside: TrustList, given: TrustList): TrustList {
  const [newer, older] = given.version >= inside.version ? [given, inside] : [inside, given];
  const names = new Set(newer.keys.map((k) => k.key && String(keyToCose(k.key))));
  return { ...newer, keys: [...newer.keys, ...older.keys.filter((k) => k.key && !names.has(String(keyToCose(k.key))))] };
}

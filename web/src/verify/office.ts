/** What the office gave beforehand: assignment, badges, packs, time anchors (docs/formats/verification.md §8). */
import { sha256 } from "@noble/hashes/sha2.js";
import { openAssignment, openBadge } from "../badge";
import { Fields, array, bytes, decode, hex, int, type Value } from "../cbor";
import { SignError, digest16 } from "../cose";
import { keyFor, openSigned, readSignatures, validAt, type TrustList } from "../trust";
import { textField } from "./entry";
import type { Log } from "./log";
import { ASSIGNMENT } from "./path";
import { attempt, demand, maybe } from "./refusal";
import { atOf, limit, openOffice, refuse, type Verification } from "./state";

export async function checkOffice(v: Verification, logs: Log[]): Promise<void> {
  const opened = logs.flatMap((l) => l.entries).filter((e) => ["inspection.opened", "pack.moved"].includes(e.header.kind));
  const recorded = (field: string): Set<string> => new Set(opened.map((e) => textField(e, field)).filter((t): t is string => t !== undefined && t !== ""));
  const officers = await checkAssignment(v, recorded("assignment"));
  await checkBadges(v, officers);
  const received = logs.flatMap((l) => [...l.checkpoints.values()]).flatMap((c) => (c.received === undefined ? [] : [c.received]));
  await checkPacks(v, recorded("pack"), received.length > 0 ? Math.min(...received) : 0);
}

/** Certificate numbers of the officers whom the office assigned. */
async function checkAssignment({ bag, out, trust }: Verification, recorded: Set<string>): Promise<string[] | undefined> {
  if (!bag.files.has(ASSIGNMENT)) {
    out.add("assignment-none", ASSIGNMENT);
    return undefined;
  }
  const file = await bag.load(ASSIGNMENT, limit.SMALL, out);
  if (!file) return undefined;
  out.checked("signatures");
  out.checked("office");
  const digest = hex(digest16(file));
  if ([...recorded].some((r) => r !== digest)) out.add("assignment-other", ASSIGNMENT, digest);
  if (!trust) return undefined;
  const opened = attempt(() => openAssignment(file, trust));
  if ("value" in opened) return opened.value.officers;
  out.add("assignment-signature", ASSIGNMENT, opened.refusal);
  return undefined;
}

async function checkBadges({ bag, out, trust }: Verification, officers: string[] | undefined): Promise<void> {
  for (const path of bag.below("data/badge/")) {
    const file = await bag.load(path, limit.SMALL, out);
    if (!file || !trust) continue;
    out.checked("signatures");
    out.checked("office");
    if (path !== `data/badge/${hex(digest16(file))}.cose`) out.add("badge-other", path);
    const opened = attempt(() => openBadge(file, trust));
    if (!("value" in opened)) out.add("badge-signature", path, opened.refusal);
    else if (officers && !officers.includes(opened.value.number)) out.add("badge-not-assigned", path, opened.value.number);
  }
}

const PACK_SIGNERS = 2;

/** SHA-256 of a pack that two who might then have signed. */
export function openPack(file: Uint8Array, trust: TrustList, at: number): string {
  const [p, s] = array(decode(file), "multi", 2) as [Value, Value];
  const payload = bytes(p, "payload");
  const signers = new Set<string>();
  for (const signature of readSignatures(s, "mz1/pack")) {
    const key = maybe(() => {
      const found = keyFor(trust, signature.kid, "pack");
      validAt(found, at);
      return found;
    });
    if (!key) continue;
    signature.verifyDetached(key.key, payload);
    signers.add(hex(signature.kid));
  }
  if (signers.size < PACK_SIGNERS) throw new SignError("wrong_key");
  return hex(sha256(payload));
}

/** Signers and digest. What a pack says is not judged: a later data model does not make an old case wrong. */
async function checkPacks(v: Verification, recorded: Set<string>, usedAt: number): Promise<void> {
  const { bag, out, trust } = v;
  for (const path of bag.below("data/pack/")) {
    const file = await bag.load(path, limit.PACK, out);
    await v.progress.step(1);
    if (!file || !trust) continue;
    out.checked("signatures");
    out.checked("office");
    const opened = attempt(() => openPack(file, trust, usedAt));
    if (!("value" in opened)) refuse(out, "pack-signature", path, opened);
    else if (path !== `data/pack/${opened.value}.cbor`) out.add("pack-other", path);
  }
  for (const digest of recorded) {
    const path = `data/pack/${digest}.cbor`;
    if (!bag.files.has(path)) out.add("pack-none", path);
  }
}

/** Office time, ms. */
export function openAnchor(file: Uint8Array, trust: TrustList): number {
  const f = openSigned(trust, file, "mz1/anchor", "anchor", (v) => ({ at: atOf(v), content: new Fields(v) })).content;
  demand(f.req("v", "v") === 1, "v");
  bytes(f.req("nonce", "nonce"), "nonce", 16);
  const at = int(f.req("at", "at"), "at");
  f.end();
  return at;
}

/** The office's time anchors by digest, ms. */
export async function readAnchors(v: Verification): Promise<Map<string, number>> {
  const anchors = new Map<string, number>();
  for (const path of v.bag.below("data/anchor/")) {
    const file = await v.bag.load(path, limit.SMALL, v.out);
    if (!file) continue;
    const at = openOffice(v, path, "anchor-signature", (trust) => openAnchor(file, trust));
    if (at === undefined) continue;
    const digest = hex(sha256(file));
    if (path === `data/anchor/${digest}.cose`) anchors.set(digest, at);
    else v.out.add("anchor-signature", path, "SHA-256");
  }
  return anchors;
}

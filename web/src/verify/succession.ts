/** A log that ends and the one that follows it: rotation, loss of a key, a store that was behind (docs/formats §8.1). */
import { sha256 } from "@noble/hashes/sha2.js";
import { equal, fromHex, hex } from "../cbor";
import { keyToCose } from "../cose";
import { digestField, textField, uintField, type Entry } from "./entry";
import type { HeldCheckpoint, Log } from "./log";
import { rootFromInclusion } from "./merkle";
import type { Verification } from "./state";

export function isProven(e: Entry, top: HeldCheckpoint): boolean {
  const root = rootFromInclusion(e.leaf, e.header.seq, top.size, e.proof);
  return root !== undefined && equal(root, top.root);
}

const succeeds = (log: Log): Entry[] => log.life.filter((e) => e.header.kind === "log.succeeds");
const find = (logs: Log[], id: string | undefined): Log | undefined => logs.find((l) => l.id === id);

/** A log that has no entry of the case of its own and stands here for the one that it follows. */
export function isHeir(log: Log, logs: Log[]): boolean {
  return log.empty && succeeds(log).some((e) => textField(e, "old") !== log.id && find(logs, textField(e, "old")));
}

/** A tree of entries that no key had signed, vouched for by the log that follows. */
export interface Adoption {
  size: number;
  root: Uint8Array;
}

export function adoptions(log: Log, logs: Log[]): Adoption[] {
  return logs.filter((b) => b !== log).flatMap((b) => succeeds(b).flatMap((e): Adoption[] => {
    const [size, root] = [uintField(e, "adopted_size"), digestField(e, "adopted_root")];
    if (textField(e, "old") !== log.id || size === undefined || root === undefined || !b.top || !isProven(e, b.top)) return [];
    return [{ size, root: fromHex(root) }];
  }));
}

export function checkSuccession({ out }: Verification, logs: Log[]): void {
  for (const log of logs) {
    for (const e of succeeds(log)) {
      const verdict = succession(log, e, logs);
      if (verdict) out.add(verdict, e.subject, textField(e, "reason") ?? "");
    }
    for (const e of log.life) {
      const heir = e.header.kind === "log.ended" ? find(logs, textField(e, "by")) : undefined;
      const key = textField(e, "key");
      if (heir?.enrolment && key !== undefined && key !== hex(sha256(keyToCose(heir.enrolment.logKey)))) out.add("succession-broken", e.subject, "key");
    }
  }
}

function succession(log: Log, e: Entry, logs: Log[]): "succeeded" | "succession-broken" | undefined {
  const [old, reason] = [textField(e, "old"), textField(e, "reason")];
  const cp = e.fields.get("cp_no");
  if (old === undefined) return undefined;
  const a = find(logs, old);
  if (!a || a === log) return "succeeded";
  const number = cp === null ? -1 : uintField(e, "cp_no");
  if (number === undefined || reason === undefined) return undefined;
  const same = a.checkpoints.get(number);
  if (same) {
    const [size, root] = [uintField(e, "size"), digestField(e, "root")];
    if (size === undefined || root === undefined) return undefined;
    if (same.size !== size || hex(same.root) !== root) return "succession-broken";
  }
  if ([...a.checkpoints.keys()].some((n) => n > number)) return "succession-broken";
  if (reason === "rotated" && !a.life.some((x) => x.header.kind === "log.ended" && textField(x, "by") === log.id)) return "succession-broken";
  return "succeeded";
}

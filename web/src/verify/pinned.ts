/** A checkpoint that somebody scanned or typed: which prefix of a log it pins (docs/formats/verification.md §8). */
import { sha256 } from "@noble/hashes/sha2.js";
import { Fields, array, arrayItems, bytes, decode, equal, hex, hexOf, uint } from "../cbor";
import { frameFromText, fromDigits } from "../frame";
import { openCheckpoint } from "./checkpoint";
import type { Log } from "./log";
import { isConsistent } from "./merkle";
import { attempt, demand, maybe } from "./refusal";
import type { Verification } from "./state";

export interface Pin {
  /** COSE bytes of the checkpoint, as found in a text, a frame or a file. */
  checkpoint: Uint8Array;
  proof?: Uint8Array;
}

/** The COSE bytes in a frame's text, its digits alone, a frame, or the bytes themselves. */
export function readPin(given: Uint8Array | string): Uint8Array | undefined {
  const text = typeof given === "string" ? given : maybe(() => ascii(given));
  if (text !== undefined) {
    const digits = text.replace(/\s/g, "");
    const frame = attempt(() => frameOf(digits));
    return "value" in frame ? frame.value : undefined;
  }
  const raw = given as Uint8Array;
  return raw[0] === 0xd2 ? raw : maybe(() => checkpointIn(raw));
}

function ascii(b: Uint8Array): string {
  demand(b.every((x) => x === 9 || x === 10 || x === 13 || (x >= 32 && x < 127)), "text");
  return String.fromCharCode(...b);
}

function frameOf(text: string): Uint8Array | undefined {
  if (text.includes("#")) {
    try {
      const frame = frameFromText(text);
      return frame.kind === "checkpoint" ? frame.checkpoint : undefined;
    } catch {
      return undefined;
    }
  }
  const raw = fromDigits(text);
  return raw && checkpointIn(raw);
}

/** Frame 3: `[3, checkpoint]`. */
function checkpointIn(frame: Uint8Array): Uint8Array {
  const [kind, checkpoint, ...more] = arrayItems(frame);
  demand(kind !== undefined && decode(kind) === 3 && checkpoint !== undefined && more.length === 0, "frame");
  return checkpoint;
}

export function checkPin({ out }: Verification, logs: Log[], pin: Pin): void {
  const subject = hex(sha256(pin.checkpoint));
  out.checked("witnesses");
  const finding = judge(logs, pin, subject);
  out.add(finding.code, subject, finding.detail);
}

function judge(logs: Log[], { checkpoint, proof }: Pin, digest: string): { code: "pinned" | "pinned-other" | "pinned-unknown"; detail: string } {
  for (const log of logs) {
    const key = log.enrolment?.logKey;
    const opened = key && maybe(() => openCheckpoint(checkpoint, key));
    if (!opened || opened.log !== log.id) continue;
    const covered = log.entries.filter((e) => e.header.seq < opened.size);
    const part = `本案 ${covered.length} / ${log.entries.length} 条 (entries of this case)`;
    const detail = `${log.enrolment?.name ?? ""} ${log.id}: ${opened.size > 0 ? `#0–#${opened.size - 1}` : "–"}, ${part}`;
    const held = [...log.checkpoints.values()];
    if (held.some((c) => c.digest === digest)) return { code: "pinned", detail };
    if (held.some((c) => c.number === opened.number || (c.size === opened.size && !equal(c.root, opened.root)))) return { code: "pinned-other", detail };
    if (held.some((c) => c.size === opened.size)) return { code: "pinned", detail };
    const given = proof && maybe(() => readProof(proof));
    if (given?.log === log.id) {
      for (const c of held) {
        const [older, newer] = c.size < opened.size ? [c, opened] : [opened, c];
        if (older.size !== given.from || newer.size !== given.to) continue;
        return { code: isConsistent(older.size, older.root, newer.size, newer.root, given.proof) ? "pinned" : "pinned-other", detail };
      }
    }
  }
  return { code: "pinned-unknown", detail: "" };
}

/** `{"v":1, "log", "from", "to", "proof"}`. */
export function readProof(file: Uint8Array): { log: string; from: number; to: number; proof: Uint8Array[] } {
  const f = new Fields(decode(file));
  demand(f.req("v", "v") === 1, "v");
  const proof = {
    log: hexOf(f.req("log", "log"), "log", 16),
    from: uint(f.req("from", "from"), "from"),
    to: uint(f.req("to", "to"), "to"),
    proof: array(f.req("proof", "proof"), "proof").map((h) => bytes(h, "proof", 32)),
  };
  f.end();
  return proof;
}

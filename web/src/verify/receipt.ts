/** The office's log: leaves, and receipts that prove them (docs/formats/README.md §6; RFC 9942). */
import { sha256 } from "@noble/hashes/sha2.js";
import { Fields, array, bytes, decode, hex, hexOf, int, str, uint, type Value } from "../cbor";
import { Unverified } from "../cose";
import { keyFor, openSigned, validAt, type TrustList } from "../trust";
import { leafHash, rootFromInclusion } from "./merkle";
import { demand } from "./refusal";
import { atOf } from "./state";

/** Digests and ids in hex. */
export type Leaf =
  | { kind: "checkpoint"; at: number; cp: string; log: string; size: number }
  | { kind: "custody"; at: number; payload: string }
  | { kind: "export"; at: number; bundle: string; case: string }
  | { kind: "enrolment" | "revocation" | "access" | "register" | "procedure" | "ledger" | "epoch"; at: number; digest: string }
  | { kind: "unknown"; at: number };

export function readLeaf(file: Uint8Array): Leaf {
  const f = new Fields(decode(file));
  const kind = str(f.req("kind", "kind"), "kind");
  const at = int(f.req("at", "at"), "at");
  const digest = (name: string): string => hexOf(f.req(name, name), name, 32);
  const leaf = ((): Leaf => {
    switch (kind) {
      case "checkpoint": return { kind, at, cp: digest("cp"), log: hexOf(f.req("log", "log"), "log", 16), size: uint(f.req("size", "size"), "size") };
      case "custody": return { kind, at, payload: digest("payload") };
      case "export": return { kind, at, bundle: digest("bundle"), case: hexOf(f.req("case", "case"), "case", 16) };
      case "enrolment": case "revocation": case "epoch": return { kind, at, digest: digest(kind) };
      case "access": case "register": case "procedure": case "ledger": return { kind, at, digest: digest("record") };
      default: return { kind: "unknown", at };
    }
  })();
  if (leaf.kind !== "unknown") f.end();
  return leaf;
}

export interface LogReceipt {
  leaf: Leaf;
  size: number;
  root: Uint8Array;
  epoch: number;
}

const VDS = 395;
const VDP = 396;
const ABOUT = -65541;

/** A receipt of the office's log for these leaf bytes. */
export function openReceipt(leafBytes: Uint8Array, receipt: Uint8Array, trust: TrustList): LogReceipt {
  const leaf = readLeaf(leafBytes);
  const signed = Unverified.readReceipt(receipt, "mz1/log-receipt");
  const signer = keyFor(trust, signed.kid, "receipt");
  validAt(signer, leaf.at);

  const unprotectedHeader = new Fields(signed.unprotectedHeader);
  const proofs = new Fields(unprotectedHeader.req(VDP, "vdp"));
  const [one] = array(proofs.req(-1, "inclusion"), "inclusion", 1) as [Value];
  proofs.end();
  unprotectedHeader.end();
  const [s, i, p] = array(decode(bytes(one, "proof")), "proof", 3) as [Value, Value, Value];
  const size = uint(s, "size");
  const path = array(p, "path").map((h) => bytes(h, "path", 32));
  const root = rootFromInclusion(leafHash(leafBytes), uint(i, "index"), size, path);
  demand(root !== undefined, "inclusion");
  signed.verifyDetached(signer.key, root);

  const headers = signed.extra;
  const claims = new Fields(headers.req(15, "claims"));
  str(claims.req(1, "iss"), "iss");
  const iat = int(claims.req(6, "iat"), "iat");
  claims.end();
  demand(headers.req(VDS, "vds") === 1, "vds");
  const [log, aboutSize, at, e] = array(headers.req(ABOUT, "about"), "about", 4) as [Value, Value, Value, Value];
  headers.end();
  const about = log === null ? null : hexOf(log, "about", 16);
  const epoch = uint(e, "epoch");
  demand(about === (leaf.kind === "checkpoint" ? leaf.log : null) && aboutSize === size && at === leaf.at && iat === Math.floor(leaf.at / 1000), "about");
  return { leaf, size, root, epoch };
}

/** `{"leaf", "receipt"}`. */
export function openReceiptFile(file: Uint8Array, trust: TrustList): LogReceipt {
  const f = new Fields(decode(file));
  const [leaf, receipt] = [bytes(f.req("leaf", "leaf"), "leaf"), bytes(f.req("receipt", "receipt"), "receipt")];
  f.end();
  return openReceipt(leaf, receipt, trust);
}

export interface Custody {
  state: "stored" | "opened";
  sealed: string;
  clear: string;
  length: number;
  at: number;
}

/** `{"custody", "leaf", "receipt"}`: what the office says of a sealed file, in its own log. */
export function openCustody(file: Uint8Array, trust: TrustList): Custody {
  const f = new Fields(decode(file));
  const [object, leaf, receipt] = ["custody", "leaf", "receipt"].map((name) => bytes(f.req(name, name), name)) as [Uint8Array, Uint8Array, Uint8Array];
  f.end();
  const { content, payload } = openSigned(trust, object, "mz1/custody", "receipt", (v) => ({ at: atOf(v), content: new Fields(v) }));
  const included = openReceipt(leaf, receipt, trust);
  demand(content.req("v", "v") === 1, "v");
  const state = str(content.req("state", "state"), "state");
  demand(state === "stored" || state === "opened", "state");
  const custody: Custody = {
    state,
    sealed: hexOf(content.req("sealed", "sealed"), "sealed", 32),
    clear: hexOf(content.req("clear", "clear"), "clear", 32),
    length: uint(content.req("length", "length"), "length"),
    at: int(content.req("at", "at"), "at"),
  };
  content.end();
  demand(included.leaf.kind === "custody" && included.leaf.payload === hex(sha256(payload)) && included.leaf.at === custody.at, "leaf");
  return custody;
}

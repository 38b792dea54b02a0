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
  | { kind: "custody" | "destruction"; at: number; payload: string }
  | { kind: "export"; at: number; bundle: string; case: string }
  | { kind: "enrolment" | "revocation" | "access" | "register" | "procedure" | "ledger" | "retention" | "epoch"; at: number; digest: string }
  | { kind: "unknown"; at: number };

export function readLeaf(file: Uint8Array): Leaf {
  const f = new Fields(decode(file));
  const kind = str(f.req("kind", "kind"), "kind");
  const at = int(f.req("at", "at"), "at");
  const digest = (name: string): string => hexOf(f.req(name, name), name, 32);
  const leaf = ((): Leaf => {
    switch (kind) {
      case "checkpoint": return { kind, at, cp: digest("cp"), log: hexOf(f.req("log", "log"), "log", 16), size: uint(f.req("size", "size"), "size") };
      case "custody": case "destruction": return { kind, at, payload: digest("payload") };
      case "export": return { kind, at, bundle: digest("bundle"), case: hexOf(f.req("case", "case"), "case", 16) };
      case "enrolment": case "revocation": case "epoch": return { kind, at, digest: digest(kind) };
      case "access": case "register": case "procedure": case "ledger": case "retention": return { kind, at, digest: digest("record") };
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

/** `{what, "leaf", "receipt"}`: what the office says and signs, in its own log. `end` closes it: the leaf is this payload's, of the same time. */
function inOwnLog(file: Uint8Array, trust: TrustList, what: "custody" | "destruction"): { content: Fields; end: (at: number) => void } {
  const f = new Fields(decode(file));
  const [object, leaf, receipt] = [what, "leaf", "receipt"].map((name) => bytes(f.req(name, name), name)) as [Uint8Array, Uint8Array, Uint8Array];
  f.end();
  const { content, payload } = openSigned(trust, object, `mz1/${what}`, "receipt", (v) => ({ at: atOf(v), content: new Fields(v) }));
  const included = openReceipt(leaf, receipt, trust).leaf;
  demand(content.req("v", "v") === 1, "v");
  return {
    content,
    end(at) {
      content.end();
      demand(included.kind === what && "payload" in included && included.payload === hex(sha256(payload)) && included.at === at, "leaf");
    },
  };
}

/** What the office says of a sealed file that it holds. */
export function openCustody(file: Uint8Array, trust: TrustList): Custody {
  const { content, end } = inOwnLog(file, trust, "custody");
  const state = str(content.req("state", "state"), "state");
  demand(state === "stored" || state === "opened", "state");
  const custody: Custody = { state, ...held(content), at: int(content.req("at", "at"), "at") };
  end(custody.at);
  return custody;
}

function held(f: Fields): { sealed: string; clear: string; length: number } {
  return { sealed: hexOf(f.req("sealed", "sealed"), "sealed", 32), clear: hexOf(f.req("clear", "clear"), "clear", 32), length: uint(f.req("length", "length"), "length") };
}

export interface Destruction {
  number: string;
  files: { sealed: string; clear: string; length: number }[];
  at: number;
}

/** What the office destroyed by the retention rule (R22). */
export function openDestruction(file: Uint8Array, trust: TrustList): Destruction {
  const { content, end } = inOwnLog(file, trust, "destruction");
  const files = array(content.req("files", "files"), "files").map((value) => {
    const f = new Fields(value);
    const one = held(f);
    f.end();
    return one;
  });
  demand(files.length > 0 && files.length <= 500, "files");
  const number = str(content.req("number", "number"), "number");
  for (const name of ["reason", "basis"]) str(content.req(name, name), name);
  for (const name of ["proposed", "approved"]) {
    const f = new Fields(content.req(name, name));
    str(f.req("name", "name"), "name");
    str(f.req("number", "number"), "number");
    f.end();
  }
  const at = int(content.req("at", "at"), "at");
  end(at);
  return { number, files, at };
}

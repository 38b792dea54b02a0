/** A device's three keys, known to the office, and their withdrawal (docs/formats §6.3, §7.1). */
import { sha256 } from "@noble/hashes/sha2.js";
import { Fields, bool, bytes, hex, hexOf, int, str } from "../cbor";
import { keyFromCose, type PublicKey } from "../cose";
import { openSigned, type TrustList } from "../trust";
import type { Log } from "./log";
import { demand } from "./refusal";
import { atOf, limit, openOffice, type Verification } from "./state";
import { timeText } from "./times";

export interface Enrolment {
  /** SHA-256 of the signed enrolment, hex. */
  digest: string;
  log: string;
  person: string;
  name: string;
  role: string;
  logKey: PublicKey;
  officerKey: PublicKey;
  keyProtection: string;
  attested: boolean;
  at: number;
}

const PROTECTIONS = ["strongbox", "tee", "secure_enclave", "software"];
const REASONS = ["rotated", "key_lost", "store_behind"];

export function readEnrolment(file: Uint8Array, trust: TrustList): Enrolment {
  const f = openSigned(trust, file, "mz1/enrolment", "badge", (v) => ({ at: atOf(v), content: new Fields(v) })).content;
  demand(f.req("v", "v") === 1, "v");
  hexOf(f.req("enrolment", "enrolment"), "enrolment", 16);
  hexOf(f.req("device", "device"), "device", 16);
  keyFromCose(f.req("show_key", "show_key"));
  bytes(f.req("recipient", "recipient"), "recipient", 32);
  const enrolment: Enrolment = {
    digest: hex(sha256(file)),
    log: hexOf(f.req("log", "log"), "log", 16),
    person: hexOf(f.req("person", "person"), "person", 16),
    name: str(f.req("name", "name"), "name"),
    role: str(f.req("role", "role"), "role"),
    logKey: keyFromCose(f.req("log_key", "log_key")),
    officerKey: keyFromCose(f.req("officer_key", "officer_key")),
    keyProtection: str(f.req("key_protection", "key_protection"), "key_protection"),
    attested: bool(f.req("attested", "attested"), "attested"),
    at: int(f.req("at", "at"), "at"),
  };
  const [previous, reason] = [f.opt("previous"), f.opt("reason")];
  if (previous !== undefined) bytes(previous, "previous", 32);
  demand((reason === undefined) === (previous === undefined) && (reason === undefined || REASONS.includes(str(reason, "reason"))), "reason");
  f.end();
  demand(["officer", "assistant"].includes(enrolment.role), "role");
  demand(PROTECTIONS.includes(enrolment.keyProtection), "key_protection");
  return enrolment;
}

export const enrolmentPath = (log: string): string => `data/trust/enrolment-${log}.cose`;

export async function openEnrolment(v: Verification, log: string): Promise<Enrolment | undefined> {
  const path = enrolmentPath(log);
  const file = await v.bag.need(path, limit.SMALL, v.out);
  const enrolment = file && openOffice(v, path, "enrolment-signature", (trust) => readEnrolment(file, trust));
  if (!enrolment || enrolment.log === log) return enrolment;
  v.out.add("enrolment-other", path);
  return undefined;
}

export interface Revocation {
  enrolment: string;
  log: string;
  /** From when on what the office receives no longer counts. */
  from: number;
}

export function readRevocation(file: Uint8Array, trust: TrustList): Revocation {
  const f = openSigned(trust, file, "mz1/revocation", "badge", (v) => ({ at: atOf(v), content: new Fields(v) })).content;
  demand(f.req("v", "v") === 1, "v");
  const [enrolment, log] = [hexOf(f.req("enrolment", "enrolment"), "enrolment", 32), hexOf(f.req("log", "log"), "log", 16)];
  const at = int(f.req("at", "at"), "at");
  const suspect = f.req("suspect_since", "suspect_since");
  str(f.req("reason", "reason"), "reason");
  f.end();
  return { enrolment, log, from: suspect === null ? at : int(suspect, "suspect_since") };
}

/** From when on receipts of this log no longer count; reports a good revocation. */
export async function openRevocation(v: Verification, { id, enrolment }: Log): Promise<number | undefined> {
  const path = `data/trust/revocation-${id}.cose`;
  const file = await v.bag.load(path, limit.SMALL, v.out);
  const revocation = file && openOffice(v, path, "revocation-bad", (trust) => {
    const opened = readRevocation(file, trust);
    demand(opened.log === id && opened.enrolment === enrolment?.digest, "another enrolment");
    return opened;
  });
  if (revocation) v.out.add("device-revoked", path, timeText(revocation.from));
  return revocation?.from;
}

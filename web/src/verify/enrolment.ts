/** A device's three keys, known to the office, and their withdrawal (docs/formats §6.3, §7.1). */
import { sha256 } from "@noble/hashes/sha2.js";
import { Fields, bool, bytes, hex, hexOf, int, str } from "../cbor";
import { keyFromCose, type PublicKey } from "../cose";
import type { Log } from "./log";
import { attempt, demand } from "./refusal";
import { atOf, limit, openOffice, type Verification } from "./state";

export interface Enrolment {
  path: string;
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

function readEnrolment(f: Fields, path: string, file: Uint8Array): Enrolment {
  demand(f.req("v", "v") === 1, "v");
  hexOf(f.req("enrolment", "enrolment"), "enrolment", 16);
  hexOf(f.req("device", "device"), "device", 16);
  keyFromCose(f.req("show_key", "show_key"));
  bytes(f.req("recipient", "recipient"), "recipient", 32);
  const enrolment: Enrolment = {
    path,
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
  demand(reason === undefined || REASONS.includes(str(reason, "reason")), "reason");
  f.end();
  demand(["officer", "assistant"].includes(enrolment.role), "role");
  demand(PROTECTIONS.includes(enrolment.keyProtection), "key_protection");
  return enrolment;
}

export async function openEnrolment(v: Verification, log: string): Promise<Enrolment | undefined> {
  const path = `data/trust/enrolment-${log}.cose`;
  const file = await v.bag.need(path, limit.SMALL, v.out);
  if (!file) return undefined;
  const value = openOffice(v, path, file, "mz1/enrolment", "badge", "enrolment-signature", atOf);
  if (value === undefined) return undefined;
  const read = attempt(() => readEnrolment(new Fields(value), path, file));
  if (!("value" in read)) {
    v.out.add("enrolment-signature", path, read.refusal);
    return undefined;
  }
  if (read.value.log === log) return read.value;
  v.out.add("enrolment-other", path);
  return undefined;
}

/** From when on receipts of this log no longer count; reports a good revocation. */
export async function openRevocation(v: Verification, { id, enrolment }: Log): Promise<number | undefined> {
  const path = `data/trust/revocation-${id}.cose`;
  const file = await v.bag.load(path, limit.SMALL, v.out);
  if (!file) return undefined;
  const value = openOffice(v, path, file, "mz1/revocation", "badge", "revocation-bad", atOf);
  if (value === undefined) return undefined;
  const read = attempt(() => {
    const f = new Fields(value);
    demand(f.req("v", "v") === 1, "v");
    const [of, log] = [hexOf(f.req("enrolment", "enrolment"), "enrolment", 32), hexOf(f.req("log", "log"), "log", 16)];
    const at = int(f.req("at", "at"), "at");
    const suspect = f.req("suspect_since", "suspect_since");
    str(f.req("reason", "reason"), "reason");
    f.end();
    demand(log === id && of === enrolment?.digest, "another enrolment");
    return suspect === null ? at : int(suspect, "suspect_since");
  });
  if ("value" in read) {
    v.out.add("device-revoked", path, String(read.value));
    return read.value;
  }
  v.out.add("revocation-bad", path, read.refusal);
  return undefined;
}

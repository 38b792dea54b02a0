/** Checkpoints: the device's signature over size and root of its log, and the heads of its cases (docs/formats §5.3). */
import { Fields, array, decode, hexOf, uint, type Value, bytes } from "../cbor";
import { Unverified, type PublicKey } from "../cose";
import { readClocks } from "./entry";
import { demand } from "./refusal";

export interface Checkpoint {
  log: string;
  number: number;
  previous?: string;
  size: number;
  root: Uint8Array;
  cases: { case: string; length: number; head: string }[];
  enrolment: string;
}

export function openCheckpoint(file: Uint8Array, key: PublicKey): Checkpoint {
  return readCheckpoint(Unverified.read(file, "mz1/checkpoint").verify(key));
}

function readCheckpoint(payload: Uint8Array): Checkpoint {
  const f = new Fields(decode(payload));
  demand(f.req(1, "suite") === 1, "suite");
  readClocks(f.req(8, "clocks"));
  const [previous, receipt] = [f.opt(4), f.opt(9)];
  if (receipt !== undefined) bytes(receipt, "receipt", 32);
  const checkpoint: Checkpoint = {
    log: hexOf(f.req(2, "log"), "log", 16),
    number: uint(f.req(3, "cp_no"), "cp_no"),
    size: uint(f.req(5, "size"), "size"),
    root: bytes(f.req(6, "root"), "root", 32),
    cases: array(f.req(7, "cases"), "cases").map((c) => {
      const [tag, length, head] = array(c, "case", 3) as [Value, Value, Value];
      return { case: hexOf(tag, "case", 16), length: uint(length, "length"), head: hexOf(head, "head", 32) };
    }),
    enrolment: hexOf(f.req(10, "enrolment"), "enrolment", 32),
  };
  if (previous !== undefined) checkpoint.previous = hexOf(previous, "previous", 32);
  f.end();
  demand((checkpoint.number === 0) === (previous === undefined), "previous");
  return checkpoint;
}

/** Papers against their entries, and what officers signed (docs/formats/verification.md §7). */
import { sha256 } from "@noble/hashes/sha2.js";
import { CborMap, Fields, array, bool, decode, equal, hex, hexOf, int, str } from "../cbor";
import { Unverified, kidOf } from "../cose";
import type { Enrolment } from "./enrolment";
import { digestField, hexField, textField, type Entry } from "./entry";
import type { Log } from "./log";
import { readPaper } from "./pdf";
import { attempt, demand } from "./refusal";
import { limit, refuse, type Verification } from "./state";

export interface Statements {
  /** Entries whose statement gave no ✗, with the enrolment of who signed. */
  good: Map<Entry, Enrolment>;
}

export async function checkPapers(v: Verification, tag: string, logs: Log[]): Promise<Statements> {
  const { bag, out } = v;
  const paths = bag.below("data/paper/");
  const there = new Set(paths.map((p) => bag.hashed.get(p)?.digest));
  const named = new Set<string>();
  const finished = new Set<string>();
  const facts = new Set<string>();
  const good: Statements["good"] = new Map();
  for (const log of logs) {
    for (const e of log.entries) {
      const { kind } = e.header;
      if (kind === "document.facts") {
        const digest = digestField(e, "digest");
        if (digest === undefined) continue;
        facts.add(digest);
        const value = e.raw.get("facts");
        if (!value) continue;
        out.checked("documents");
        if (hex(sha256(value)) !== digest) out.add("paper-facts", e.subject);
      } else if (kind === "document.presented" || kind === "document.finished") {
        out.checked("documents");
        const printed = digestField(e, "checkpoint");
        if (printed !== undefined && ![...log.checkpoints.values()].some((c) => c.digest === printed && c.size <= e.header.seq)) {
          out.add("paper-checkpoint", e.subject, printed);
        }
        const digest = digestField(e, kind === "document.presented" ? "presented" : "digest");
        if (digest === undefined) continue;
        named.add(digest);
        if (kind === "document.finished") finished.add(digest);
        if (!there.has(digest)) out.add(kind === "document.presented" ? "paper-not-included" : "paper-missing", e.subject, textField(e, "paper") ?? "");
      } else {
        const signer = checkStatement(v, tag, logs, e);
        await v.progress.step(1);
        if (signer) good.set(e, signer);
      }
    }
  }
  checkInk(v, logs);
  for (const path of paths) {
    out.checked("documents");
    const digest = bag.hashed.get(path)?.digest ?? "";
    if (!named.has(digest)) out.add("paper-foreign", path, `SHA-256 ${digest}`);
    await checkPage(v, path, logs, facts, finished.has(digest));
  }
  return { good };
}

/** A paper signed by hand: its photographs are evidence of the case, and it is a paper of the case. */
function checkInk({ out }: Verification, logs: Log[]): void {
  const all = logs.flatMap((log) => log.entries);
  const captured = new Set(all.filter((e) => e.header.kind === "evidence.captured").map((e) => textField(e, "id")));
  const papers = all.filter((e) => e.header.kind === "document.facts");
  for (const e of all.filter((e) => e.header.kind === "document.ink")) {
    out.checked("documents");
    const [facts, paper, pages] = [digestField(e, "facts"), textField(e, "paper"), e.fields.get("pages")];
    const named = (of: string | undefined) => of === undefined || paper === undefined || of === paper;
    const known = facts === undefined || papers.some((p) => digestField(p, "digest") === facts && named(textField(p, "paper")));
    const shown = !Array.isArray(pages) || (pages.length > 0 && new Set(pages).size === pages.length && pages.every((id) => typeof id === "string" && captured.has(id)));
    if (!known || !shown) out.add("paper-ink", e.subject, known ? "pages" : "facts");
  }
}

const officer = (logs: Log[], kid: Uint8Array): Enrolment | undefined =>
  logs.map((l) => l.enrolment).find((e): e is Enrolment => e !== undefined && equal(kidOf(e.officerKey), kid));

/** The page is proven by the officer's signature over the file's own bytes. */
async function checkPage({ bag, out, progress }: Verification, path: string, logs: Log[], facts: Set<string>, finished: boolean): Promise<void> {
  const file = await bag.load(path, limit.PAPER, out);
  if (!file) return;
  const read = attempt(() => readPaper(file));
  await progress.step(1);
  if (!("value" in read)) {
    out.add("paper-seal", path, read.refusal);
    return;
  }
  const { attachments, seal } = read.value;
  for (const a of attachments) {
    if (a.name === "facts.cbor" && !facts.has(hex(sha256(a.bytes)))) out.add("paper-facts", path, a.name);
  }
  if (!seal) {
    if (finished) out.add("paper-unsealed", path);
    return;
  }
  out.checked("signatures");
  const opened = attempt(() => {
    const signed = Unverified.read(seal.signature, "mz1/paper");
    const signer = officer(logs, signed.kid);
    if (signer) signed.verifyDetached(signer.officerKey, seal.digest);
    return signer;
  });
  if (!("value" in opened)) refuse(out, "paper-seal", path, opened);
  else if (!opened.value) out.add("statement-key", path);
  else if (!seal.coversWholeFile) out.add("paper-seal", path, "bytes were appended");
}

export interface Statement {
  what: string;
  person: string;
  name: string;
  number: string;
  case: string;
  digests: Map<string, string>;
  sharedDevice: boolean;
}

export function readStatement(payload: Uint8Array): Statement {
  const f = new Fields(decode(payload));
  demand(f.req("v", "v") === 1, "v");
  const what = str(f.req("what", "what"), "what");
  demand(["presence", "cosign", "sign"].includes(what), "what");
  str(f.req("role", "role"), "role");
  int(f.req("at", "at"), "at");
  const digests = new Map<string, string>();
  for (const name of ["facts", "presented", "wording", "strokes", "checkpoint"]) {
    const d = f.opt(name);
    if (d !== undefined) digests.set(name, hexOf(d, name, 32));
  }
  const [task, media, present, shared] = [f.opt("task"), f.opt("media"), f.opt("present"), f.opt("shared_device")];
  if (task !== undefined) hexOf(task, "task", 16);
  if (media !== undefined) str(media, "media");
  if (present !== undefined) array(present, "present").forEach((p) => str(p, "present"));
  const statement: Statement = {
    what, digests,
    person: hexOf(f.req("person", "person"), "person", 16),
    name: str(f.req("name", "name"), "name"),
    number: str(f.req("number", "number"), "number"),
    case: hexOf(f.req("case", "case"), "case", 16),
    sharedDevice: shared !== undefined && bool(shared, "shared_device"),
  };
  f.end();
  return statement;
}

/** The statement inside an entry; the enrolment of its signer if nothing is wrong with it. */
function checkStatement({ out }: Verification, tag: string, logs: Log[], e: Entry): Enrolment | undefined {
  const held = e.fields.get("statement");
  if (typeof held !== "string" && !(held instanceof Uint8Array)) return undefined;
  out.checked("statements");
  const opened = attempt(() => {
    const object = hexField(e, "statement");
    demand(object !== undefined, "statement");
    const signed = Unverified.read(object, "mz1/statement");
    const signer = officer(logs, signed.kid);
    if (!signer) return undefined;
    const statement = readStatement(signed.verify(signer.officerKey));
    demand(statement.person === signer.person, "person");
    return { signer, statement };
  });
  if (!("value" in opened)) {
    refuse(out, "statement-bad", e.subject, opened);
    return undefined;
  }
  if (!opened.value) {
    out.add("statement-key", e.subject, textField(e, "name") ?? "");
    return undefined;
  }
  const { signer, statement } = opened.value;
  const { kind } = e.header;
  const compared = ["facts", "presented", "wording", "strokes", ...(kind === "checkpoint.cosigned" ? ["checkpoint"] : [])];
  const other = compared.filter((name) => digestField(e, name) !== undefined && statement.digests.get(name) !== digestField(e, name));
  if (statement.case !== tag) other.push("case");
  const number = signerNumber(e);
  if (number !== undefined && number !== statement.number) other.push("number");
  const present = kind === "person.arrived" || kind === "person.returned";
  const expected = present ? "presence" : kind === "checkpoint.cosigned" ? "cosign" : "sign";
  if (statement.what !== expected) other.push("what");
  if (other.length > 0) out.add("statement-other", e.subject, other.join(", "));
  if (statement.sharedDevice) out.add("statement-shared", e.subject, statement.name);
  return other.length > 0 ? undefined : signer;
}

/** The certificate number of the officer whom an entry names. */
function signerNumber(e: Entry): string | undefined {
  const who = e.fields.get("officer");
  if (!(who instanceof CborMap)) return textField(e, "number");
  const number = who.entries.find(([key]) => key === "number")?.[1];
  return typeof number === "string" ? number : undefined;
}

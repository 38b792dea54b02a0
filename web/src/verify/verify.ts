/** Judges a bundle, step by step as docs/formats/verification.md says. Everything wrong becomes a finding. */
import type { Identity } from "./age";
import { Bag, type Folder } from "./bag";
import type { Bytes } from "./bytes";
import { checkAccess, checkEvidence, checkLinks, checkRecordings } from "./evidence";
import { readLogs, type Log } from "./log";
import { checkBagIt, readCase, readManifest, type Manifest } from "./manifest";
import { checkOffice, readAnchors } from "./office";
import { checkOutside } from "./outside";
import { checkPapers } from "./paper";
import { CASE, TRUST } from "./path";
import { checkPin, type Pin } from "./pinned";
import { Progress } from "./progress";
import { attempt } from "./refusal";
import { Findings, Stopped, type Report } from "./report";
import { limit, type Verification } from "./state";
import { checkSuccession } from "./succession";
import { checkBounds, checkClocks, checkKeys, checkWitnesses } from "./times";
import { establish, type Given } from "./trusted";

export type Input = { folder: Folder } | { zip: Bytes };

export interface Options {
  given?: Given;
  identity?: Identity;
  pin?: Pin;
  progress?: Progress;
  /** No more than the first ✗ is wanted. */
  stopAtFirst?: boolean;
}

export interface Judged {
  report: Report;
  /** What the page shows of the case; nothing of it is trusted more than the report says. */
  logs: Log[];
  manifest?: Manifest;
}

export async function verify(input: Input, options: Options = {}): Promise<Judged> {
  const out = new Findings(options.stopAtFirst);
  const judged: Omit<Judged, "report"> = { logs: [] };
  const about: Parameters<Findings["report"]>[0] = { case: null, exported: null, signer: { state: "unknown" } };
  try {
    const progress = options.progress ?? new Progress();
    const bag = "zip" in input ? await Bag.zip(input.zip, out) : Bag.folder(input.folder, out);
    const v: Verification = { bag, out, progress };
    if (options.identity) v.identity = options.identity;
    await bag.hash(out, progress, options.stopAtFirst === true && "zip" in input);
    progress.begin("prove", bag.files.size);
    const { signer, list } = establish(await bag.need(TRUST, limit.LIST, out), options.given, out);
    about.signer = signer;
    if (list) v.trust = list;
    if (bag.files.size > 0) {
      const manifest = await readManifest(v);
      if (manifest) {
        [about.case, about.exported] = [manifest.case, manifest.at];
        judged.manifest = manifest;
      }
      await checkBagIt(v);
      judged.logs = await checkCase(v, manifest, options.pin);
    }
  } catch (e) {
    if (!(e instanceof Stopped)) throw e;
  }
  return { ...judged, report: out.report(about) };
}

async function checkCase(v: Verification, manifest: Manifest | undefined, pin: Pin | undefined): Promise<Log[]> {
  const file = await v.bag.need(CASE, limit.LIST, v.out);
  if (!file) return [];
  const read = attempt(() => readCase(file));
  if (!("value" in read)) {
    v.out.add("file-malformed", CASE, read.refusal);
    return [];
  }
  const about = read.value;
  if (manifest && manifest.case !== about.case) v.out.add("case-file", CASE);
  const logs = await readLogs(v, about);
  checkSuccession(v, logs);
  await checkEvidence(v, logs, manifest);
  await checkAccess(v, about.case);
  checkRecordings(v, logs);
  checkLinks(v, logs);
  const statements = await checkPapers(v, about.case, logs);
  await checkOffice(v, logs);
  const anchors = await readAnchors(v);
  for (const log of logs) {
    checkBounds(v, log);
    checkClocks(v, log, anchors);
    checkKeys(v, log);
  }
  await checkOutside(v, logs);
  checkWitnesses(v, logs, statements);
  if (pin) checkPin(v, logs, pin);
  return logs;
}

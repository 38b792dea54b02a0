/** Time bounds, clocks, witnesses and the protection of keys (docs/formats/verification.md §8; P5, J31, F14). */
import { enrolmentPath } from "./enrolment";
import { digestField, textField, uintField, type Entry } from "./entry";
import type { HeldCheckpoint, Log } from "./log";
import type { Statements } from "./paper";
import type { Verification } from "./state";

const TOLERANCE_MS = 60_000;

/** Receipted checkpoints from the oldest to the newest. */
export function receipted(log: Log): (HeldCheckpoint & { received: number })[] {
  return [...log.checkpoints.values()].filter((c): c is HeldCheckpoint & { received: number } => c.received !== undefined);
}

/** A moment as people read it, in China's time. */
export function timeText(ms: number): string {
  const t = new Date(ms + 8 * 3_600_000);
  return Number.isNaN(t.getTime()) ? String(ms) : `${t.toISOString().slice(0, 19).replace("T", " ")}+08:00`;
}

const wall = (e: Entry): number => e.header.clocks.wall;

/** Between which outside moments entries lie. */
export function checkBounds({ out }: Verification, log: Log): void {
  let from = 0;
  let after = log.enrolment?.at;
  for (const c of receipted(log)) {
    const inside = log.entries.filter((e) => e.header.seq >= from && e.header.seq < c.size);
    const [first, last] = [inside[0], inside[inside.length - 1]];
    if (first && last) {
      out.checked("times", inside.length);
      const outside = `在 ${after === undefined ? "?" : timeText(after)} 与 ${timeText(c.received)} 之间 (between)`;
      out.add("interval", log.path, `#${first.header.seq}–#${last.header.seq}: ${outside}; 手机称 (the phone said) ${timeText(wall(first))} … ${timeText(wall(last))}`);
      const latest = inside.reduce((a, b) => (wall(b) >= wall(a) ? b : a));
      if (wall(latest) > c.received + TOLERANCE_MS) out.add("clock-ahead", latest.subject, `${timeText(wall(latest))} > ${timeText(c.received)}`);
    }
    [from, after] = [c.size, c.received];
  }
}

/** The phone's clocks against each other, its enrolment, and anchors that it held. */
export function checkClocks({ out }: Verification, log: Log, anchors: Map<string, number>): void {
  log.entries.forEach((b, i) => {
    const a = log.entries[i - 1];
    if (!a) return;
    const step = wall(b) - wall(a);
    const sameBoot = a.header.clocks.boot === b.header.clocks.boot;
    const by = sameBoot ? step - (b.header.clocks.mono - a.header.clocks.mono) : Math.min(step, 0);
    if (Math.abs(by) > TOLERANCE_MS) out.add("clock-jump", b.subject, `${by > 0 ? "+" : ""}${Math.trunc(by / 1000)} s`);
  });
  const enrolled = log.enrolment?.at;
  const early = enrolled === undefined ? undefined : log.entries.find((e) => wall(e) < enrolled - TOLERANCE_MS);
  if (early && enrolled !== undefined) out.add("clock-behind", early.subject, `${timeText(wall(early))} < ${timeText(enrolled)}`);
  for (const e of log.entries) {
    const held = e.header.clocks.anchor;
    const at = held && anchors.get(held.digest);
    if (!held || at === undefined) continue;
    const office = at + held.since;
    const detail = `${timeText(wall(e))} / ${timeText(office)}`;
    if (wall(e) > office + TOLERANCE_MS) out.add("clock-ahead", e.subject, detail);
    else if (wall(e) < office - TOLERANCE_MS) out.add("clock-behind", e.subject, detail);
  }
}

/** Who outside saw the logs, and when. */
export function checkWitnesses({ out }: Verification, logs: Log[], statements: Statements): void {
  const find = (id: string | undefined): Log | undefined => logs.find((l) => l.id === id);
  const absent = new Set<string>();
  for (const log of logs) {
    for (const c of receipted(log)) {
      out.checked("witnesses");
      out.add("witness-office", c.receiptPath, `< #${c.size}: ${timeText(c.received)}`);
    }
    for (const e of log.entries) {
      for (const seen of e.header.seen) {
        const other = find(seen.log);
        if (!other) {
          absent.add(seen.log);
          continue;
        }
        if ([...other.checkpoints.values()].some((c) => c.digest === seen.checkpoint && c.size === seen.size)) {
          out.checked("witnesses");
          out.add("witness-peer", other.path, `< #${seen.size}: ${e.subject}`);
        }
        const covered = receipted(other).map((c) => c.size);
        if (covered.length > 0 && seen.size > Math.max(...covered)) out.add("tail-missing", e.subject, `${seen.size} > ${Math.max(...covered)}`);
      }
      const signer = statements.good.get(e);
      if (e.header.kind === "checkpoint.cosigned" && signer) {
        const cosigned = find(textField(e, "log"));
        if (cosigned && signer.log !== cosigned.id) out.add("witness-peer", cosigned.path, e.subject);
      } else if (e.header.kind === "party.witnessed") {
        out.checked("witnesses");
        out.add("witness-party", e.subject, `#${uintField(e, "cp_no") ?? ""} ${textField(e, "how") ?? ""}`);
        const [number, stated] = [uintField(e, "cp_no"), digestField(e, "checkpoint")];
        const held = number === undefined ? undefined : log.checkpoints.get(number);
        if (held && stated !== undefined && held.digest !== stated) out.add("two-histories", e.subject, held.path);
      }
    }
  }
  for (const id of absent) out.add("seen-absent", id);
}

export function checkKeys({ out }: Verification, { id, enrolment }: Log): void {
  if (!enrolment) return;
  out.checked("keys");
  const proven = enrolment.attested ? "attested" : "claimed";
  out.add(enrolment.keyProtection === "software" ? "key-software" : "key-protection", enrolmentPath(id), `${enrolment.name}: ${enrolment.keyProtection}, ${proven}`);
}

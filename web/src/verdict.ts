/**
 * What a verifier may say of a scanned frame: valid, not valid or unknown, never one folded into another (F41, F42).
 * Same verdicts, by the same names, as core/src/badge/verdict.rs; both run tests/vectors/badge.
 */
import { BadgeError, dayOf, daysBetween, enterpriseDigest, openAssignment, openBadge, openShow, type Assignment, type Badge, type Show } from "./badge";
import { CborError, equal } from "./cbor";
import { SignError, Unverified, digest16 } from "./cose";
import { FrameError, frameFromText } from "./frame";
import { statusAt, type StatusList } from "./status";
import { TrustError, type TrustList } from "./trust";

export const FRESH_MS = 60_000;
export const CHALLENGE_MS = 120_000;
const ENDS_SOON_DAYS = 30;

export type NotValidCode =
  | "malformed" | "bad_signature" | "signer_unknown" | "wrong_use" | "outside_scope" | "key_time" | "key_suspect" | "other_device"
  | "other_badge" | "other_assignment" | "replayed" | "ahead" | "certificate_expired" | "cancelled" | "suspended" | "check_missed"
  | "other_day" | "officer_not_named" | "other_enterprise";
export type UnknownCode =
  | "unreadable" | "newer_format" | "unknown_algorithm" | "no_trust" | "trust_expired" | "not_renewed" | "clock" | "clock_behind"
  | "challenge_expired" | "unknown_status" | "badge_first" | "is_checkpoint" | "not_an_assignment";
export type WarningCode = "status_not_checked" | "status_old" | "clock_not_compared" | "device_clock" | "ends_soon";

export interface Said<C> {
  code: C;
  /** Seconds, milliseconds, days or a day, as the code says. */
  number?: number;
}

export type Verdict =
  | { state: "valid"; asOf: number; warnings: Said<WarningCode>[] }
  | { state: "not_valid"; reason: Said<NotValidCode> }
  | { state: "unknown"; reason: Said<UnknownCode> };

/** A badge whose credential is the office's and whose presentation is this device's. */
export interface Shown {
  badge: Badge;
  digest: Uint8Array;
  at: number;
  assignment?: Uint8Array;
  /** The presentation answers the verifier's own open challenge, in time. */
  answered: boolean;
}

export interface BadgeCheck {
  verdict: Verdict;
  /** Only when both signatures were verified; expired or replayed ones too. */
  shown?: Shown;
}

export type AssignmentCheck =
  | { state: "proven"; assignment: Assignment; enterpriseCompared: boolean }
  | { state: "not_valid"; reason: Said<NotValidCode> }
  | { state: "unknown"; reason: Said<UnknownCode> };

export interface Verifier {
  trust?: TrustList;
  /** The office's newest status list, if one is at hand. */
  status?: StatusList;
  /** ms */
  now: number;
  /** Whether `now` was compared with the office's time. */
  clockTrusted: boolean;
  /** The open challenge and its age by a monotonic clock. */
  challenge?: { bytes: Uint8Array; ageMs: number };
  /** The unified social credit code that the party typed. */
  enterprise?: string;
}

class Bad extends Error {
  readonly reason: Said<NotValidCode>;
  constructor(code: NotValidCode, number?: number) {
    super(code);
    this.reason = number === undefined ? { code } : { code, number };
  }
}

class Unsure extends Error {
  readonly reason: Said<UnknownCode>;
  constructor(code: UnknownCode, number?: number) {
    super(code);
    this.reason = number === undefined ? { code } : { code, number };
  }
}

/** Runs one step and names its refusal. Anything that is no refusal is a defect and is thrown on. */
function step<T>(run: () => T, presentation = false): T {
  try {
    return run();
  } catch (e) {
    if (e instanceof FrameError) throw e.code === "malformed" ? new Bad("malformed") : new Unsure(e.code);
    if (e instanceof TrustError) {
      const codes = {
        another_root: "signer_unknown", signer_unknown: "signer_unknown", wrong_use: "wrong_use", not_yet_valid: "key_time",
        expired: "key_time", suspect: "key_suspect",
      } as const;
      throw new Bad(codes[e.code]);
    }
    if (e instanceof SignError) {
      if (e.code === "unknown_algorithm") throw new Unsure("unknown_algorithm");
      if (presentation && (e.code === "wrong_key" || e.code === "algorithm_mismatch")) throw new Bad("other_device");
      const signature = ["bad_signature", "high_s", "algorithm_mismatch", "bad_key", "wrong_key"].includes(e.code);
      throw new Bad(signature ? "bad_signature" : "malformed");
    }
    if (e instanceof BadgeError) throw new Bad(e.code === "scope" ? "outside_scope" : "malformed");
    if (e instanceof CborError) throw new Bad("malformed");
    throw e;
  }
}

/** An algorithm that is not known is never called bad, whoever signed (P2). */
function judgeable(object: Uint8Array, typ: string): void {
  let known = true;
  try {
    known = Unverified.read(object, typ).algorithmKnown;
  } catch {
    return; // malformed: named by the step that opens it
  }
  if (!known) throw new Unsure("unknown_algorithm");
}

/** Judges the text of frame 1. */
export function checkBadge(v: Verifier, text: string): BadgeCheck {
  const check: { shown?: Shown } = {};
  return { verdict: answer(() => judgeBadge(v, text, check)), ...check };
}

/** Judges the text of frame 2, shown after `shown`. */
export function checkAssignment(v: Verifier, shown: Shown, text: string): AssignmentCheck {
  return answer((): AssignmentCheck => ({
    state: "proven", assignment: judgeAssignment(v, shown, text), enterpriseCompared: v.enterprise !== undefined,
  }));
}

function answer<T>(judge: () => T): T | { state: "not_valid"; reason: Said<NotValidCode> } | { state: "unknown"; reason: Said<UnknownCode> } {
  try {
    return judge();
  } catch (e) {
    if (e instanceof Bad) return { state: "not_valid", reason: e.reason };
    if (e instanceof Unsure) return { state: "unknown", reason: e.reason };
    throw e;
  }
}

function judgeBadge(v: Verifier, text: string, out: { shown?: Shown }): Verdict {
  const frame = step(() => frameFromText(text));
  if (frame.kind === "assignment") throw new Unsure("badge_first");
  if (frame.kind === "checkpoint") throw new Unsure("is_checkpoint");
  const { trust } = v;
  if (!trust) throw new Unsure("no_trust");
  judgeable(frame.badge, "mz1/badge");
  judgeable(frame.show, "mz1/show");
  const digest = digest16(frame.badge);
  const badge = step(() => openBadge(frame.badge, trust));
  const show = openShown(frame.show, badge, digest);
  const { challenge } = v;
  const answered = challenge !== undefined && challenge.ageMs <= CHALLENGE_MS && show.challenge !== undefined && equal(challenge.bytes, show.challenge);
  out.shown = { badge, digest, at: show.at, answered };
  if (show.assignment) out.shown.assignment = show.assignment;

  const instants = live(v, show, Math.max(badge.issued * 1000, trust.issued));
  const off = v.now - show.at * 1000;
  const { asOf, warnings } = withdrawn(v, badge);
  if (!v.clockTrusted) warnings.push({ code: "clock_not_compared" });
  if (Math.abs(off) > FRESH_MS) warnings.push({ code: "device_clock", number: Math.trunc(off / 1000) });
  const certificate = all(instants, (t) => dayOf(t) <= badge.until);
  if (certificate === undefined) throw new Unsure("clock", Math.trunc(off / 1000));
  if (!certificate) throw new Bad("certificate_expired", badge.until);
  if (all(instants, (t) => t <= trust.expires) !== true) throw new Unsure("trust_expired", trust.expires);
  if (all(instants, (t) => t <= badge.expires * 1000) !== true) throw new Unsure("not_renewed", badge.expires * 1000);
  const days = daysBetween(dayOf(v.now), badge.until);
  if (days >= 0 && days <= ENDS_SOON_DAYS) warnings.push({ code: "ends_soon", number: days });
  return { state: "valid", asOf, warnings };
}

/**
 * What the status list says of the certificate: as of when it was in order, and what to read with it.
 * A list older than the credential says nothing of it: the office issued the credential knowing more.
 */
function withdrawn(v: Verifier, badge: Badge): { asOf: number; warnings: Said<WarningCode>[] } {
  const list = v.status && v.status.issued >= badge.issued ? v.status : undefined;
  const status = list && statusAt(list, badge.status);
  if (!list || status === undefined) return { asOf: badge.issued * 1000, warnings: [{ code: "status_not_checked" }] };
  const known = list.issued * 1000;
  if (status === 0) return { asOf: known, warnings: v.now > list.expires * 1000 ? [{ code: "status_old", number: known }] : [] };
  const codes = { 1: "cancelled", 2: "suspended", 3: "check_missed" } as const;
  if (status === 1 || status === 2 || status === 3) throw new Bad(codes[status], known);
  throw new Unsure("unknown_status", status);
}

function judgeAssignment(v: Verifier, shown: Shown, text: string): Assignment {
  const frame = step(() => frameFromText(text));
  if (frame.kind === "badge") throw new Unsure("not_an_assignment");
  if (frame.kind === "checkpoint") throw new Unsure("is_checkpoint");
  const { trust } = v;
  if (!trust) throw new Unsure("no_trust");
  judgeable(frame.assignment, "mz1/assignment");
  judgeable(frame.show, "mz1/show");
  const assignment = step(() => openAssignment(frame.assignment, trust));
  const show = openShown(frame.show, shown.badge, shown.digest);
  if (!show.assignment || !equal(show.assignment, digest16(frame.assignment))) throw new Bad("other_assignment");
  const instants = live(v, show, Math.max(assignment.issued * 1000, trust.issued));
  if (!assignment.officers.includes(shown.badge.number)) throw new Bad("officer_not_named");
  const today = all(instants, (t) => dayOf(t) === assignment.day);
  if (today === undefined) throw new Unsure("clock", Math.trunc(v.now / 1000) - show.at);
  if (!today) throw new Bad("other_day", assignment.day);
  if (all(instants, (t) => t <= trust.expires) !== true) throw new Unsure("trust_expired", trust.expires);
  if (v.enterprise !== undefined && !equal(enterpriseDigest(v.enterprise), assignment.enterprise)) throw new Bad("other_enterprise");
  return assignment;
}

function openShown(object: Uint8Array, badge: Badge, digest: Uint8Array): Show {
  const show = step(() => openShow(object, badge.showKey), true);
  if (!equal(show.badge, digest)) throw new Bad("other_badge");
  return show;
}

/** The moments at which a live presentation may have been made. `notBefore` is a time that the office signed. */
function live(v: Verifier, show: Show, notBefore: number): number[] {
  const shownAt = show.at * 1000;
  const age = v.now - shownAt;
  const answered = v.challenge && show.challenge && equal(v.challenge.bytes, show.challenge) ? v.challenge : undefined;
  const instants = [v.now];
  if (Math.abs(age) > FRESH_MS) {
    const seconds = Math.trunc(age / 1000);
    if (answered && answered.ageMs > CHALLENGE_MS) throw new Unsure("challenge_expired");
    if (answered) {
      if (!v.clockTrusted) instants.push(shownAt);
    } else if (!v.clockTrusted) throw new Unsure("clock", seconds);
    else if (age > 0) throw new Bad("replayed", seconds);
    else throw new Bad("ahead", -seconds);
  }
  const possible = instants.filter((t) => t + FRESH_MS >= notBefore);
  if (possible.length === 0) throw new Unsure("clock_behind");
  return possible;
}

/** Whether all (true), none (false) or only some (undefined) of the moments satisfy `test`. */
function all(instants: number[], test: (t: number) => boolean): boolean | undefined {
  const yes = instants.filter(test).length;
  return yes === instants.length ? true : yes === 0 ? false : undefined;
}

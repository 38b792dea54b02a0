/** Badge credential, presentation and assignment (docs/formats §4), as core/src/badge. */
import { CborError, Fields, array, bytes, decode, int, str, uint, type Value } from "./cbor";
import { Unverified, digest16, keyFromCose, type PublicKey } from "./cose";
import { openSigned, type TrustKey, type TrustList } from "./trust";

/** The seven public fields (R03). */
export interface Officer {
  name: string;
  unit: string;
  position: string;
  number: string;
  category: string;
  area: string;
  /** Last valid day, yyyymmdd. */
  until: number;
}

export interface Badge extends Officer {
  photo: Uint8Array | null;
  status: number;
  /** Seconds. */
  issued: number;
  /** Seconds. */
  expires: number;
  showKey: PublicKey;
}

export interface Show {
  badge: Uint8Array;
  at: number;
  challenge?: Uint8Array;
  assignment?: Uint8Array;
}

export type AssignmentKind = "routine" | "special" | "case";

export interface Assignment {
  task: Uint8Array;
  enterprise: Uint8Array;
  day: number;
  officers: string[];
  number: number;
  cap: number;
  kind: AssignmentKind;
  organ: string;
  issued: number;
}

/** A field that is not seen as it is, or a signer whose scope does not cover it. */
export class BadgeError extends Error {
  constructor(readonly code: "field" | "scope", field: string) {
    super(`${code}: ${field}`);
  }
}

const MAX_FIELD = 160;
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const PADDED = /^[ \u3000]|[ \u3000]$/;

/** A text that is seen as it is: not empty, not padded, no control and no invisible or direction-changing characters. */
export function plain(text: string): boolean {
  return text !== "" && new TextEncoder().encode(text).length <= MAX_FIELD && !HIDDEN.test(text) && !PADDED.test(text);
}

export function day(v: Value, name: string): number {
  const d = uint(v, name);
  const month = Math.floor(d / 100) % 100;
  if (month < 1 || month > 12 || d % 100 < 1 || d % 100 > 31 || d < 19_000_000 || d >= 100_000_000) throw new CborError("type", name);
  return d;
}

/** The calendar day of China (UTC+8) as yyyymmdd. */
export function dayOf(ms: number): number {
  const t = new Date(ms + 8 * 3_600_000);
  return t.getUTCFullYear() * 10_000 + (t.getUTCMonth() + 1) * 100 + t.getUTCDate();
}

/** Whole days from one day to another. */
export function daysBetween(from: number, to: number): number {
  const utc = (d: number): number => Date.UTC(Math.floor(d / 10_000), (Math.floor(d / 100) % 100) - 1, d % 100);
  return Math.round((utc(to) - utc(from)) / 86_400_000);
}

export function openBadge(object: Uint8Array, trust: TrustList): Badge {
  const { content: badge, signer } = openSigned(trust, object, "mz1/badge", "badge", (value) => {
    const content = readBadge(value);
    return { at: content.issued * 1000, content };
  });
  checkFields(badge);
  checkScope(badge, signer);
  return badge;
}

/** That every field is seen as it is. */
export function checkFields(officer: Officer): void {
  for (const field of ["name", "unit", "position", "number", "category", "area"] as const) {
    if (!plain(officer[field])) throw new BadgeError("field", field);
  }
}

/** That the signer's key may vouch for area and category. */
export function checkScope(officer: Officer, signer: TrustKey): void {
  if (signer.areas.length > 0 && !signer.areas.includes(officer.area)) throw new BadgeError("scope", "area");
  if (signer.categories.length > 0 && !signer.categories.includes(officer.category)) throw new BadgeError("scope", "category");
}

function readBadge(value: Value): Badge {
  const f = new Fields(value);
  const expires = int(f.req(4, "exp"), "exp");
  const issued = int(f.req(6, "iat"), "iat");
  const cnf = new Fields(f.req(8, "cnf"));
  const showKey = readCnf(cnf.req(1, "cnf"));
  cnf.end();
  const claim = array(f.req(-65537, "claim"), "claim", 9) as [Value, Value, Value, Value, Value, Value, Value, Value, Value];
  f.end();
  const [name, unit, position, number, category, area, until, photo, status] = claim;
  return {
    name: str(name, "name"),
    unit: str(unit, "unit"),
    position: str(position, "position"),
    number: str(number, "number"),
    category: str(category, "category"),
    area: str(area, "area"),
    until: day(until, "until"),
    photo: photo === null ? null : bytes(photo, "photo", 16),
    status: uint(status, "status"),
    issued,
    expires,
    showKey,
  };
}

function readCnf(value: Value): PublicKey {
  try {
    return keyFromCose(value);
  } catch {
    throw new CborError("type", "cnf");
  }
}

export function openShow(object: Uint8Array, key: PublicKey): Show {
  const f = new Fields(decode(Unverified.read(object, "mz1/show").verify(key)));
  const show: Show = { badge: bytes(f.req(1, "badge"), "badge", 16), at: int(f.req(2, "time"), "time") };
  const challenge = f.opt(3);
  const assignment = f.opt(4);
  if (challenge !== undefined) show.challenge = bytes(challenge, "challenge", 8);
  if (assignment !== undefined) show.assignment = bytes(assignment, "assignment", 16);
  f.end();
  return show;
}

export function openAssignment(object: Uint8Array, trust: TrustList): Assignment {
  const { content } = openSigned(trust, object, "mz1/assignment", "assignment", (value) => {
    const a = readAssignment(value);
    return { at: a.issued * 1000, content: a };
  });
  if (content.officers.length === 0 || !content.officers.every(plain)) throw new BadgeError("field", "officers");
  if (!plain(content.organ)) throw new BadgeError("field", "organ");
  return content;
}

function readAssignment(value: Value): Assignment {
  const f = new Fields(value);
  const kinds: readonly string[] = ["routine", "special", "case"];
  const a: Assignment = {
    task: bytes(f.req(1, "task"), "task", 16),
    enterprise: bytes(f.req(2, "enterprise"), "enterprise", 16),
    day: day(f.req(3, "day"), "day"),
    officers: array(f.req(4, "officers"), "officers").map((o) => str(o, "officers")),
    number: uint(f.req(5, "n"), "n"),
    cap: uint(f.req(6, "cap"), "cap"),
    kind: str(f.req(7, "type"), "type") as AssignmentKind,
    organ: str(f.req(8, "organ"), "organ"),
    issued: int(f.req(9, "issued"), "issued"),
  };
  if (!kinds.includes(a.kind)) throw new CborError("type", "type");
  f.end();
  return a;
}

/** First 16 bytes of the digest of a unified social credit code; spaces and letter case do not matter. */
export function enterpriseDigest(code: string): Uint8Array {
  const plainCode = code.replace(/\s/g, "").replace(/[a-z]/g, (c) => c.toUpperCase());
  return digest16(new TextEncoder().encode(`mz1/enterprise\0${plainCode}`));
}

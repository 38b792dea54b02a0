/** What happened, entry by entry, from the fields that are disclosed. Kinds that this page does not know are shown as unknown. */
import { CborMap, type Value } from "../cbor";
import type { Entry } from "./entry";
import type { Log } from "./log";
import { receipted } from "./times";
import { fields as FIELDS, kinds as KINDS, values as VALUES } from "story-words";

export interface Event {
  subject: string;
  seq: number;
  kind: string;
  known: boolean;
  zh: string;
  en: string;
  /** The holder of the phone. */
  who: string;
  /** The phone's clock, ms. */
  wall: number;
  /** The first office time at which the entry was known to exist, ms. */
  before: number | undefined;
  adopted: boolean;
  fields: { zh: string; en: string; value: string; valueEn: string }[];
  withheld: string[];
}

export function story(logs: Log[]): Event[] {
  return logs.flatMap((log) => {
    const seen = receipted(log);
    return [...log.entries, ...log.life].map((e): Event => {
      const about = KINDS[e.header.kind];
      const [zh, en, ...names] = about ?? ["未知种类", "Unknown kind"];
      const shown = about ? names : [...e.fields.keys()];
      return {
        subject: e.subject, seq: e.header.seq, kind: e.header.kind, known: about !== undefined, zh, en, who: log.enrolment?.name ?? log.id.slice(0, 8),
        wall: e.header.clocks.wall, before: seen.find((c) => c.size > e.header.seq)?.received, adopted: log.adopted.has(e),
        fields: shown.flatMap((name) => field(e, name)),
        withheld: e.fieldsChanged ? [] : [...e.header.commitments.keys()].filter((name) => !e.fields.has(name)),
      };
    });
  }).sort((a, b) => a.wall - b.wall || a.seq - b.seq);
}

function field(e: Entry, name: string): Event["fields"] {
  const value = e.fields.get(name);
  if (value === undefined || value === null || value === "") return [];
  const [zh, en] = FIELDS[name] ?? [name, name];
  const text = readable(value);
  const [valueZh, valueEn] = VALUES[text] ?? [text, text];
  return [{ zh, en, value: valueZh, valueEn }];
}

const MOST_TEXT = 400;

function readable(value: Value): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return value.map(readable).join("、");
  if (value instanceof CborMap) return map(new Map(value.entries));
  const text = String(value);
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
}

function map(m: Map<string | number, Value>): string {
  const [name, number, unit, lat, lon] = [m.get("name"), m.get("number"), m.get("unit"), m.get("lat_e7"), m.get("lon_e7")];
  if (typeof name === "string") return `${name}${typeof number === "string" ? `（${number}）` : typeof unit === "string" ? `（${unit}）` : ""}`;
  if (typeof lat === "number" && typeof lon === "number") return `${degrees(lat, "N", "S")} ${degrees(lon, "E", "W")}`;
  return [...m].filter(([, v]) => typeof v === "string" || typeof v === "number").map(([k, v]) => `${k} ${v}`).join("，");
}

function degrees(e7: number, plus: string, minus: string): string {
  return `${(Math.abs(e7) / 1e7).toFixed(5)}°${e7 < 0 ? minus : plus}`;
}

/** What the page takes from the office that serves it: pinned root, contact, trust list, status list and the time. What was taken is remembered. */
import { openOfficers, type OfficerList } from "./officers";
import { openStatusList, type StatusList } from "./status";
import { openTrust, type TrustList } from "./trust";

export interface TwoLanguages {
  zh: string;
  en: string;
}

/** `GET /badge/config.json` */
export interface Config {
  /** Root fingerprint, 64 lower-case hex digits. */
  root: string;
  organ: string;
  /** Complaint telephone (R16). */
  phone: string;
  /** The address that papers and licences name, for instance `zf.example.gov.cn/b`. */
  address: string;
  /** Path of the public list of officers (R03). */
  list?: string;
  /** `null`: the province recognises the electronic badge; otherwise what the badge is an aid to (B10). */
  aid?: TwoLanguages | null;
  complaint?: TwoLanguages;
  /** Rights of the party at an inspection, in the words of the pack (R13). */
  rights?: { language: string; title: string; items: { text: string; basis: string }[] }[];
  rights_illustrative?: boolean;
}

/** A moment by both clocks of this device, ms. */
export interface Moment {
  wall: number;
  mono: number;
}

export function moment(): Moment {
  return { wall: Date.now(), mono: performance.now() };
}

export interface Office {
  config?: Config;
  trust?: TrustList;
  status?: StatusList;
  /** Office time minus this device's time in ms, and when they were compared; absent when they were not. */
  clock?: { offset: number; at: Moment };
  /** When the office last answered; absent when all this is remembered from before. */
  asked?: Moment;
  /** The root of this address was another one when the page was opened before. */
  rootChanged?: boolean;
}

/** An answer that took longer says too little about the time, and is not waited for. */
const LONGEST_ROUND_TRIP_MS = 10_000;
/** This device's clock was set, or it slept, when its two clocks moved apart by more. */
const MOST_DRIFT_MS = 30_000;

/** Office time minus this device's, where it still holds at that moment. */
export function offsetAt(office: Office, at: Moment): number | undefined {
  const { clock } = office;
  const drift = clock && at.wall - clock.at.wall - (at.mono - clock.at.mono);
  return drift !== undefined && Math.abs(drift) <= MOST_DRIFT_MS ? clock?.offset : undefined;
}

const PATHS = { config: "/badge/config.json", trust: "/trust.cbor", status: "/status.cwt", officers: "/officers.cbor" } as const;
type Part = keyof typeof PATHS;

/** What was taken when the page was opened before. */
export function remembered(): Office {
  const office: Office = {};
  take(office, recall("config"), recall("trust"), recall("status"));
  return office;
}

/** Asks the office anew. What cannot be had, does not open or is older than what is known stays as it was. Never throws. */
export async function renew(known: Office): Promise<Office> {
  const before = moment();
  const [config, trust, status] = await Promise.all([get("config"), get("trust"), get("status")]);
  const office: Office = { ...known };
  if (trust?.date !== undefined) {
    const after = moment();
    const roundTrip = trust.arrived.mono - before.mono;
    // The Date header has whole seconds and was written at some moment of the round trip.
    office.clock = { offset: Math.round(trust.date + 500 + roundTrip / 2 - trust.arrived.wall), at: after };
  }
  if (trust) office.asked = before;
  const kept = take(office, config?.bytes, trust?.bytes, status?.bytes);
  for (const [part, got] of [["config", config], ["trust", trust], ["status", status]] as const) {
    if (got && kept.includes(part)) remember(part, got.bytes);
  }
  return office;
}

/** The newest list of officers that opens, of what the office sends and what was kept: it is asked for only when somebody is looked up. Never throws. */
export async function officerList({ trust }: Office, known?: OfficerList): Promise<OfficerList | undefined> {
  if (!trust) return undefined;
  let newest = known;
  const attempt = (bytes: Uint8Array | undefined): boolean => {
    try {
      const read = bytes && openOfficers(bytes, trust);
      if (!read || (newest && read.at < newest.at)) return false;
      newest = read;
      return true;
    } catch (e) {
      console.warn(PATHS.officers, e);
      return false;
    }
  };
  attempt(recall("officers"));
  const got = await get("officers");
  if (got && attempt(got.bytes)) remember("officers", got.bytes);
  return newest;
}

/** Puts into `office` what opens and is not older; names what it took. */
function take(office: Office, config?: Uint8Array, trust?: Uint8Array, status?: Uint8Array): Part[] {
  const taken: Part[] = [];
  const attempt = (part: Part, run: () => void): void => {
    try {
      run();
      taken.push(part);
    } catch (e) {
      console.warn(part, e);
    }
  };
  if (config) {
    attempt("config", () => {
      const read: unknown = JSON.parse(new TextDecoder().decode(config));
      if (!isConfig(read)) throw new Error("not a configuration");
      if (office.config && office.config.root !== read.root) {
        // Nothing of another root's counts; the party is told.
        delete office.trust;
        delete office.status;
        office.rootChanged = true;
      }
      office.config = read;
    });
  }
  const { root } = office.config ?? {};
  if (root && trust) {
    attempt("trust", () => {
      const read = openTrust(trust, root);
      if (office.trust && read.version < office.trust.version) throw new Error("older than the one at hand");
      office.trust = read;
    });
  }
  const list = office.trust;
  if (list && status) {
    attempt("status", () => {
      const read = openStatusList(status, list);
      if (office.status && read.issued < office.status.issued) throw new Error("older than the one at hand");
      office.status = read;
    });
  }
  return taken;
}

interface Answer {
  bytes: Uint8Array;
  date?: number;
  arrived: Moment;
}

async function get(part: Part): Promise<Answer | undefined> {
  try {
    const late = new Promise<never>((_, fail) => setTimeout(() => fail(new Error("too late")), LONGEST_ROUND_TRIP_MS));
    const response = await Promise.race([fetch(PATHS[part], { cache: "no-store", credentials: "omit" }), late]);
    const arrived = moment();
    if (!response.ok) throw new Error(String(response.status));
    const date = Date.parse(response.headers.get("date") ?? "");
    const answer: Answer = { bytes: new Uint8Array(await Promise.race([response.arrayBuffer(), late])), arrived };
    return isNaN(date) ? answer : { ...answer, date };
  } catch (e) {
    console.warn(PATHS[part], e);
    return undefined;
  }
}

/** A browser may refuse to remember; then the page needs the network each time it is opened. */
function remember(part: Part, bytes: Uint8Array): void {
  try {
    let text = "";
    bytes.forEach((b) => (text += String.fromCharCode(b)));
    localStorage.setItem(PATHS[part], btoa(text));
  } catch (e) {
    console.warn(e);
  }
}

function recall(part: Part): Uint8Array | undefined {
  try {
    const text = localStorage.getItem(PATHS[part]);
    return text === null ? undefined : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch (e) {
    console.warn(e);
    return undefined;
  }
}

type Loose<T> = { [K in keyof T]?: unknown };

function isConfig(c: unknown): c is Config {
  const o = c as Loose<Config> | null;
  return typeof o === "object" && o !== null && typeof o.root === "string" && /^[0-9a-f]{64}$/.test(o.root)
    && typeof o.organ === "string" && typeof o.phone === "string" && typeof o.address === "string"
    // A path of this address and nothing else.
    && (o.list === undefined || (typeof o.list === "string" && /^\/[\w/.-]*$/.test(o.list) && !o.list.startsWith("//")))
    && (o.aid === undefined || o.aid === null || isTwo(o.aid)) && (o.complaint === undefined || isTwo(o.complaint))
    && (o.rights === undefined || (Array.isArray(o.rights) && o.rights.every(isRights)));
}

function isTwo(t: unknown): boolean {
  const o = t as Loose<TwoLanguages> | null;
  return typeof o === "object" && o !== null && typeof o.zh === "string" && typeof o.en === "string";
}

function isRights(r: unknown): boolean {
  const o = r as Loose<NonNullable<Config["rights"]>[number]> | null;
  return typeof o === "object" && o !== null && typeof o.language === "string" && typeof o.title === "string" && Array.isArray(o.items)
    && o.items.every((i: { text?: unknown; basis?: unknown } | null) => typeof i?.text === "string" && typeof i.basis === "string");
}

/** What the page takes from the office that serves it: pinned root, contact, trust list, status list and the time. */
import { openStatusList, type StatusList } from "./status";
import { openTrust, type TrustList } from "./trust";

/** `GET /badge/config.json` */
export interface Config {
  /** Root fingerprint, 64 lower-case hex digits. */
  root: string;
  organ: string;
  /** Complaint telephone (R16). */
  phone: string;
  /** The address that papers and licences name, for instance `zf.example.gov.cn/b`. */
  address: string;
}

export interface Office {
  config?: Config;
  trust?: TrustList;
  status?: StatusList;
  /** Office time minus this device's time in ms; absent when they were not compared. */
  clockOffset?: number;
}

/** An answer that took longer says too little about the time. */
const LONGEST_ROUND_TRIP_MS = 10_000;

export async function fetchOffice(): Promise<Office> {
  const office: Office = {};
  try {
    const config: unknown = await (await get("/badge/config.json")).json();
    if (!isConfig(config)) return office;
    office.config = config;
    const before = performance.now();
    const response = await get("/trust.cbor");
    const roundTrip = performance.now() - before;
    // The Date header has whole seconds and was written at some moment of the round trip.
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date) && roundTrip <= LONGEST_ROUND_TRIP_MS) office.clockOffset = Math.round(date + 500 + roundTrip / 2 - Date.now());
    office.trust = openTrust(new Uint8Array(await response.arrayBuffer()), config.root);
    office.status = openStatusList(new Uint8Array(await (await get("/status.cwt")).arrayBuffer()), office.trust);
  } catch (e) {
    // No network, or a list that does not open: the verdict says "unknown, because there is no trust list", or that withdrawals were not looked up.
    console.warn(e);
  }
  return office;
}

async function get(path: string): Promise<Response> {
  const response = await fetch(path, { cache: "no-store", credentials: "omit" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

function isConfig(c: unknown): c is Config {
  const o = c as Partial<Record<keyof Config, unknown>> | null;
  return typeof o === "object" && o !== null && typeof o.root === "string" && /^[0-9a-f]{64}$/.test(o.root)
    && typeof o.organ === "string" && typeof o.phone === "string" && typeof o.address === "string";
}

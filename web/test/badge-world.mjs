// An office, its officers and their phones, from docs/formats §3 and §4 with node:crypto: what the core's fixed vectors cannot be, because a test chooses
// the challenge, the second officer or the other office. Where a fixed picture will do, tests take it from tests/vectors/badge.
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { cbor, cose, ed25519, map, p256, seeded, sha256 } from "./make.mjs";

const digest16 = (b) => sha256(b).subarray(0, 16);

/** 7 bytes → 17 digits. */
export function digits(bytes) {
  let out = "";
  for (let i = 0; i < bytes.length; i += 7) {
    const group = bytes.subarray(i, i + 7);
    out += BigInt(`0x${group.toString("hex")}`).toString().padStart([0, 3, 5, 8, 10, 13, 15, 17][group.length], "0");
  }
  return out;
}
const frame = (kind, ...objects) => `https://zf.example/b#${digits(Buffer.concat([cbor([kind, ...objects.map(() => null)]).subarray(0, 2), ...objects]))}`;

export const challengeBytes = (text) => sha256("mz1/challenge\0", text).subarray(0, 8);

/** An office whose keys count from a month before `now` (ms). */
export class BadgeOffice {
  constructor(label, now, { organ = "青川县卫生健康局", version = 1 } = {}) {
    Object.assign(this, { label, now, organ });
    this.keys = Object.fromEntries(["root", "badge", "assignment", "status"].map((use) => [use, ed25519(`${label}/${use}`)]));
    const [from, until] = [now - 30 * 86_400_000, now + 365 * 86_400_000];
    const payload = cbor({
      v: 1, version, organ, issued: now - 86_400_000, expires: until, roots: { k: 1, keys: [this.keys.root.cose] },
      keys: ["badge", "assignment", "status"].map((use) => ({ key: this.keys[use].cose, use, name: use, organ, areas: [], categories: [], from, until })),
    });
    this.trust = cbor([payload, [cose(this.keys.root, "mz1/trust", payload, { detached: true })]]);
    this.root = createHash("sha256").update(cbor({ k: 1, keys: [this.keys.root.cose] })).digest("hex");
  }

  config(address = "zf.example.gov.cn/b") {
    return { root: this.root, organ: this.organ, phone: "0839-12345", address, list: "/officers" };
  }

  /** Statuses by index, two bits each, as of `at`. */
  status(statuses = {}, at = this.now - 1000) {
    const packed = Buffer.alloc(16);
    for (const [index, status] of Object.entries(statuses)) packed[index >> 2] |= status << ((index & 3) * 2);
    const iat = Math.floor(at / 1000);
    return cose(this.keys.status, "application/statuslist+cwt", cbor(map(
      [2, "https://zf.example/status.cwt"], [4, iat + 86_400], [6, iat], [65533, { bits: 2, lst: deflateSync(packed) }])));
  }

  officer(name, number, status, { key = p256(`${this.label}/${number}`) } = {}) {
    const iat = Math.floor(this.now / 1000) - 7200;
    const badge = cose(this.keys.badge, "mz1/badge", cbor(map(
      [4, iat + 7 * 86_400], [6, iat], [8, map([1, key.cose])],
      [-65537, [name, "青川县卫生健康综合行政执法大队", "二级主办", number, "卫生健康", "青川县", 20280630, null, status]])));
    return new Officer(this, badge, key, number);
  }

  /** The signed list of officers: `[name, number]` each, as of `at`. */
  list(officers, { at = this.now - 3_600_000, until = at + 30 * 86_400_000, key = this.keys.badge } = {}) {
    const row = ([name, number]) => [name, "青川县卫生健康综合行政执法大队", "二级主办", number, "卫生健康", "青川县", 20280630];
    return cose(key, "mz1/officers", cbor({ v: 1, organ: this.organ, at, until, officers: officers.map(row) }));
  }

  assignment(officers, { day, code = "91510822MA6ABCDE0X", n = 1, cap = 2 } = {}) {
    const date = new Date(this.now + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "");
    return cose(this.keys.assignment, "mz1/assignment", cbor(map(
      [1, seeded(`${this.label}/task`)], [2, digest16(`mz1/enterprise\0${code}`)], [3, day ?? Number(date)], [4, officers.map((o) => o.number)], [5, n], [6, cap],
      [7, "routine"], [8, this.organ], [9, Math.floor(this.now / 1000) - 3600])));
  }
}

class Officer {
  constructor(office, badge, key, number) {
    Object.assign(this, { office, badge, key, number });
  }

  present({ at = this.office.now, challenge, assignment, key = this.key } = {}) {
    return cose(key, "mz1/show", cbor(map(
      [1, digest16(this.badge)], [2, Math.floor(at / 1000)],
      ...(challenge ? [[3, challengeBytes(challenge)]] : []), ...(assignment ? [[4, digest16(assignment)]] : []))));
  }

  /** The text of frame 1. */
  shows(more) {
    return frame(1, this.badge, this.present(more));
  }

  /** The text of frame 2. */
  showsAssignment(assignment, more = {}) {
    return frame(2, assignment, this.present({ ...more, assignment }));
  }
}

/** RFC 3161 tokens over a head, judged by keys of use `timestamp` (docs/formats/verification.md §8, Outside). */
import { sha256 } from "@noble/hashes/sha2.js";
import { equal, hex } from "../cbor";
import { isP256Der } from "../cose";
import { validAt, type TrustList } from "../trust";
import { attempt, demand, maybe } from "./refusal";

const [INTEGER, OCTETS, OID, TIME, SEQUENCE, SET] = [0x02, 0x04, 0x06, 0x18, 0x30, 0x31];
const SIGNED_DATA = "2a864886f70d010702";
const TST_INFO = "2a864886f70d0109100104";
const CONTENT_TYPE = "2a864886f70d010903";
const MESSAGE_DIGEST = "2a864886f70d010904";
const SHA256 = "608648016503040201";
const ECDSA_SHA256 = "2a8648ce3d040302";
const MAX_TOKEN = 64 << 10;
const context = (n: number): number => 0xa0 | n;

interface Element {
  tag: number;
  content: Uint8Array;
  whole: Uint8Array;
}

/** Elements one after another: DER with definite, shortest lengths and one-byte tags (X.690 §10). */
class Der {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at === this.bytes.length;
  }

  next(): Element {
    const { bytes, at } = this;
    const [tag, first] = [bytes[at], bytes[at + 1]];
    demand(tag !== undefined && first !== undefined && (tag & 0x1f) !== 0x1f, "DER");
    let [length, used] = [first, 2];
    if (first > 0x7f) {
      const digits = first & 0x7f;
      demand(digits >= 1 && digits <= 4 && at + 2 + digits <= bytes.length && bytes[at + 2] !== 0, "DER");
      length = 0;
      for (let i = 0; i < digits; i++) length = length * 256 + (bytes[at + 2 + i] as number);
      demand(length > 0x7f, "DER");
      used += digits;
    }
    demand(at + used + length <= bytes.length, "DER");
    this.at = at + used + length;
    return { tag, content: bytes.subarray(at + used, this.at), whole: bytes.subarray(at, this.at) };
  }

  expect(tag: number): Element {
    const e = this.next();
    demand(e.tag === tag, "DER");
    return e;
  }

  optional(tag: number): Element | undefined {
    return this.bytes[this.at] === tag ? this.next() : undefined;
  }

  inside(tag: number): Der {
    return new Der(this.expect(tag).content);
  }

  end(): void {
    demand(this.done, "DER");
  }
}

/** Exactly one element of that tag, opened. */
function open(bytes: Uint8Array, tag: number): Der {
  const d = new Der(bytes);
  const inside = d.inside(tag);
  d.end();
  return inside;
}

const algorithm = (d: Der): string => hex(d.inside(SEQUENCE).expect(OID).content);

/** When it was stamped and by whose key; `by` is missing when it cannot be judged here. Refuses what is wrong. */
export function judgeToken(token: Uint8Array, imprint: Uint8Array, trust: TrustList): { at: number; by?: string } {
  demand(token.length <= MAX_TOKEN, "too large");
  const contentInfo = open(token, SEQUENCE);
  demand(hex(contentInfo.expect(OID).content) === SIGNED_DATA, "no SignedData");
  const explicit = contentInfo.expect(context(0));
  contentInfo.end();
  const data = open(explicit.content, SEQUENCE);
  data.expect(INTEGER);
  data.expect(SET);
  const content = data.inside(SEQUENCE);
  demand(hex(content.expect(OID).content) === TST_INFO, "no TSTInfo");
  const octets = new Der(content.expect(context(0)).content);
  const raw = octets.expect(OCTETS).content;
  octets.end();
  content.end();
  data.optional(context(0));
  data.optional(context(1));
  const signers = data.inside(SET);
  data.end();
  const signer = signers.inside(SEQUENCE);
  signers.end();
  signer.expect(INTEGER);
  signer.next();
  const digestAlgorithm = algorithm(signer);
  const attributes = signer.expect(context(0));
  const signatureAlgorithm = algorithm(signer);
  const judged = digestAlgorithm === SHA256 && signatureAlgorithm === ECDSA_SHA256;
  const signature = signer.expect(OCTETS).content;
  signer.optional(context(1));
  signer.end();

  demand(hex(attribute(attributes.content, CONTENT_TYPE)) === TST_INFO, "content type");
  if (digestAlgorithm === SHA256) demand(equal(attribute(attributes.content, MESSAGE_DIGEST), sha256(raw)), "message digest");
  const info = readInfo(raw);
  demand(equal(info.imprint, imprint), "imprint");
  const keys = trust.keys.filter((k) => k.use === "timestamp" && k.key?.alg === -9 && "value" in attempt(() => validAt(k, info.at)));
  if (!judged || keys.length === 0) return { at: info.at };
  // What was signed is the attributes as a SET (RFC 5652 §5.4).
  const signed = attributes.whole.slice();
  signed[0] = SET;
  const by = keys.find((k) => k.key && isP256Der(k.key, signed, signature));
  demand(by !== undefined, "signature");
  return { at: info.at, by: by.name };
}

/** The one value of the one attribute of that type. */
function attribute(attributes: Uint8Array, wanted: string): Uint8Array {
  const found: Uint8Array[] = [];
  for (const all = new Der(attributes); !all.done;) {
    const a = all.inside(SEQUENCE);
    const type = hex(a.expect(OID).content);
    const values = a.inside(SET);
    a.end();
    if (type !== wanted) continue;
    found.push(values.next().content);
    values.end();
  }
  demand(found.length === 1, "attributes");
  return found[0] as Uint8Array;
}

function readInfo(raw: Uint8Array): { imprint: Uint8Array; at: number } {
  const i = open(raw, SEQUENCE);
  demand(hex(i.expect(INTEGER).content) === "01", "version");
  i.expect(OID);
  const m = i.inside(SEQUENCE);
  demand(algorithm(m) === SHA256, "imprint algorithm");
  const imprint = m.expect(OCTETS).content;
  m.end();
  i.expect(INTEGER);
  const at = maybe(() => generalizedTime(String.fromCharCode(...i.expect(TIME).content)));
  demand(at !== undefined, "time");
  i.optional(SEQUENCE);
  i.optional(0x01);
  i.optional(INTEGER);
  i.optional(context(0));
  i.optional(context(1));
  i.end();
  return { imprint, at };
}

/** `YYYYMMDDhhmmss[.f…]Z`; beyond milliseconds is cut off. */
function generalizedTime(text: string): number {
  const m = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d*[1-9]))?Z$/.exec(text);
  demand(m !== null, "time");
  const [y, mo, d, h, mi, s] = m.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const t = new Date(0);
  t.setUTCFullYear(y, mo - 1, d);
  t.setUTCHours(h, mi, s);
  demand(t.getUTCMonth() === mo - 1 && t.getUTCDate() === d && h < 24 && mi < 60 && s < 60, "time");
  return t.getTime() + Number((m[7] ?? "").padEnd(3, "0").slice(0, 3));
}

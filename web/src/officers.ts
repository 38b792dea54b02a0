/** The list of officers as the office signs it (docs/formats §4.6, R03): exactly the seven public fields, as core/src/badge/officers.rs. */
import { BadgeError, checkFields, checkScope, day, plain, type Officer } from "./badge";
import { CborError, Fields, array, int, str, type Value } from "./cbor";
import { openSigned, type TrustList } from "./trust";

export interface OfficerList {
  organ: string;
  /** As of, ms. */
  at: number;
  /** Not to be relied on after that, ms. */
  until: number;
  /** By number. */
  officers: Officer[];
}

export function openOfficers(object: Uint8Array, trust: TrustList): OfficerList {
  const { content: list, signer } = openSigned(trust, object, "mz1/officers", "badge", (value) => {
    const content = read(value);
    return { at: content.at, content };
  });
  if (!plain(list.organ)) throw new BadgeError("field", "organ");
  list.officers.forEach(checkFields);
  const numbers = list.officers.map((o) => new TextEncoder().encode(o.number));
  if (numbers.some((n, at) => at > 0 && !before(numbers[at - 1] as Uint8Array, n))) throw new BadgeError("field", "number");
  list.officers.forEach((o) => checkScope(o, signer));
  return list;
}

/** Bytewise: the order of the list, and no number twice. */
function before(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length < b.length : at < b.length && (a[at] as number) < (b[at] as number);
}

function read(value: Value): OfficerList {
  const f = new Fields(value);
  if (f.req("v", "v") !== 1) throw new CborError("type", "v");
  const list = {
    organ: str(f.req("organ", "organ"), "organ"),
    at: int(f.req("at", "at"), "at"),
    until: int(f.req("until", "until"), "until"),
    officers: array(f.req("officers", "officers"), "officers").map(readOfficer),
  };
  f.end();
  return list;
}

function readOfficer(value: Value): Officer {
  const [name, unit, position, number, category, area, until] = array(value, "officer", 7) as [Value, Value, Value, Value, Value, Value, Value];
  return {
    name: str(name, "name"), unit: str(unit, "unit"), position: str(position, "position"), number: str(number, "number"),
    category: str(category, "category"), area: str(area, "area"), until: day(until, "until"),
  };
}

/** Officers whose name or number contains what is looked for; blanks and letter case do not matter. */
export function find(list: OfficerList, wanted: string): Officer[] {
  const bare = (text: string): string => text.replace(/\s/g, "").toLowerCase();
  const q = bare(wanted);
  return q === "" ? [] : list.officers.filter((o) => bare(o.name).includes(q) || bare(o.number).includes(q));
}

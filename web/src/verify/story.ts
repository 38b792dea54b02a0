/** What happened, entry by entry, from the fields that are disclosed. Kinds that this page does not know are shown as unknown. */
import { CborMap, type Value } from "../cbor";
import type { Entry } from "./entry";
import type { Log } from "./log";
import { receipted } from "./times";

type Pair = readonly [zh: string, en: string];

/** Kind (docs/formats/kinds.md): its name, and the fields that people read. */
const KINDS: Record<string, readonly [zh: string, en: string, ...fields: string[]]> = {
  "log.opened": ["启用日志", "Log opened"],
  "log.succeeds": ["承接前一日志", "Follows an earlier log", "reason"],
  "log.ended": ["日志终止", "Log ended", "reason"],
  "office.contradicted": ["机关答复前后矛盾", "The office contradicted itself"],
  "clock.jumped": ["时钟被调整", "The clock was set", "by_ms"],
  "inspection.opened": ["开始检查", "Inspection opened", "officer", "pack_version"],
  "pack.moved": ["改用新规则包", "Moved to a newer pack", "officer", "from_version", "pack_version"],
  "person.arrived": ["人员到场", "Arrived", "officer", "place"],
  "peer.paired": ["两机配对", "Phones paired", "officer"],
  "checkpoint.cosigned": ["另一执法人员见证", "Checkpoint co-signed", "officer"],
  "party.witnessed": ["当事人取得检查点", "The party took the checkpoint", "how", "by"],
  "badge.shown": ["出示执法证", "Badge shown", "officer", "to_whom", "acknowledged"],
  "appearance.checked": ["着装标识自查", "Dress and insignia looked at", "officer", "uniform", "insignia", "note"],
  "assistant.introduced": ["介绍协助人员", "Assistant introduced", "assistant"],
  "right.told": ["告知权利", "Right told", "text", "how"],
  "rights.acknowledged": ["确认已被告知", "Rights acknowledged", "by", "how", "reason"],
  "checklist.answered": ["检查项目", "Item checked", "item", "result", "note", "measured", "instrument"],
  "finding.recorded": ["认定事实", "Finding recorded", "text"],
  "note.added": ["补记", "Note", "text"],
  "evidence.captured": ["取证", "Evidence captured", "caption", "media_type", "fix", "operation"],
  "evidence.checked": ["证据检验", "Evidence checked", "state"],
  "recording.started": ["开始录音录像", "Recording started", "media", "scene"],
  "recording.interrupted": ["录音录像中断", "Recording interrupted", "reason", "note"],
  "recording.ended": ["录音录像结束", "Recording ended", "parts", "lasts_ms"],
  "evidence.handed_over": ["移交证据", "Evidence handed over", "from", "to", "reason"],
  "retention.destroyed": ["依法销毁", "Lawfully destroyed", "basis"],
  "document.facts": ["文书事实", "Facts of a paper", "paper", "form"],
  "person.left": ["执法人员离开", "Officer called away", "officer", "reason"],
  "person.returned": ["执法人员返回", "Officer back", "officer"],
  "conflict.declared": ["利害关系声明", "Tie to the party declared", "officer", "none", "note"],
  "recusal.requested": ["申请回避", "Recusal asked", "officer", "by", "reason"],
  "recusal.decided": ["回避决定", "Recusal decided", "officer", "by", "granted", "reason"],
  "interview.started": ["询问开始", "Interview begun", "person", "officers", "recorder", "place"],
  "interview.ended": ["询问结束", "Interview ended"],
  "entry.scanned": ["扫码入企", "Scan at the door", "code", "reason"],
  "lead.raised": ["案件线索", "Lead", "text"],
  "crime.suspected": ["涉嫌犯罪", "Crime suspected", "crime", "text"],
  "measure.begun": ["拟采取措施", "Measure begun", "what", "item", "reason", "emergency"],
  "measure.approved": ["负责人批准", "Approved by the head", "number", "by", "how"],
  "party.called": ["通知当事人到场", "Party called", "how", "came", "witness"],
  "defence.heard": ["听取陈述申辩", "Defence heard", "speaker", "text", "opinion"],
  "penalty.chosen": ["拟定处罚", "Penalty chosen", "row", "tier", "fen", "reason"],
  "measure.taken": ["实施措施", "Measure taken", "place"],
  "fine.collected": ["当场收缴", "Collected on the spot", "fen", "ground", "receipt"],
  "penalty.filed": ["报机关备案", "Reported to the organ", "to"],
  "measure.settled": ["措施处理或者解除", "Measure dealt with or lifted", "outcome", "reason"],
  "number.voided": ["编号作废", "Number voided", "form", "number", "reason"],
  "document.presented": ["文书送阅", "Paper presented", "paper"],
  "character.drawn": ["手写字", "Character drawn by hand", "character"],
  "correction.made": ["更正", "Corrected", "item", "old", "new", "by"],
  "document.signed": ["签名", "Signed", "role", "name"],
  "document.refused": ["拒绝签名", "Signature refused", "name", "why", "reason", "witness"],
  "document.ink": ["手签原件", "Signed by hand", "paper", "original", "signed"],
  "document.read_aloud": ["宣读文书", "Paper read aloud", "paper", "by", "to", "media"],
  "document.corrected": ["文书更正", "Paper corrected", "paper", "field", "old", "new", "by"],
  "document.sealed": ["预盖章用纸", "Pre-sealed sheet", "paper", "sheet"],
  "document.handed_over": ["交付文书", "Paper handed over", "paper", "copy", "receiver", "how"],
  "document.finished": ["文书完成", "Paper finished", "paper"],
  "inspection.left": ["离开现场", "Left", "place"],
  "inspection.closed": ["检查结束", "Inspection closed", "entries", "witness", "reason"],
};

const FIELDS: Record<string, Pair> = {
  officer: ["执法人员", "officer"], pack_version: ["规则", "rules"], place: ["位置", "place"], to_whom: ["向", "to"], acknowledged: ["确认方式", "acknowledged"],
  assistant: ["协助人员", "assistant"], text: ["内容", "text"], how: ["方式", "how"], by: ["由", "by"], reason: ["理由", "reason"], item: ["项目", "item"],
  result: ["结果", "result"], note: ["说明", "note"], measured: ["测得", "measured"], instrument: ["仪器", "instrument"], caption: ["说明", "caption"],
  media_type: ["类型", "type"], fix: ["定位", "fix"], operation: ["操作", "operation"], state: ["状态", "state"], media: ["媒体", "media"], scene: ["场景", "scene"],
  parts: ["段数", "parts"], lasts_ms: ["毫秒", "ms"], by_ms: ["毫秒", "ms"], from: ["由", "from"], to: ["至", "to"], basis: ["依据", "basis"], paper: ["文书", "paper"],
  form: ["式样", "form"], old: ["原记", "old"], new: ["改为", "new"], role: ["身份", "role"], name: ["姓名", "name"], why: ["情形", "why"], witness: ["见证", "witness"],
  entries: ["条数", "entries"], number: ["编号", "number"], original: ["原件", "original"], signed: ["签名人", "signed by"], character: ["字", "character"], what: ["措施", "measure"], emergency: ["紧急情形", "emergency"],
  none: ["没有利害关系", "no tie"], granted: ["同意", "granted"], person: ["被询问人", "person asked"],
  officers: ["执法人员", "officers"], recorder: ["记录人", "recorder"], code: ["码", "code"], crime: ["涉嫌罪名", "crime"],
  from_version: ["原规则", "rules before"], field: ["栏目", "field"], sheet: ["用纸编号", "sheet"], copy: ["份", "copy for"], receiver: ["接收人", "received by"],
  came: ["到场", "came"], speaker: ["陈述人", "speaker"], opinion: ["意见", "opinion"], row: ["裁量基准", "row"], tier: ["阶次", "tier"], fen: ["金额（分）", "amount (fen)"],
  ground: ["法定情形", "ground"], receipt: ["票据", "receipt"], outcome: ["结果", "outcome"], uniform: ["统一制服", "uniform"], insignia: ["统一标识", "insignia"],
};

const VALUES: Record<string, Pair> = {
  pass: ["合格", "pass"], fail: ["不合格", "fail"], corrected: ["当场改正", "corrected"], not_applicable: ["不适用", "not applicable"], read_aloud: ["宣读", "read aloud"],
  signed: ["签名", "signed"], photographed: ["拍照", "photographed"], scanned: ["扫码", "scanned"], refused: ["拒绝", "refused"], good: ["正常", "good"], none: ["无", "none"],
  stale: ["过时", "stale"], mock: ["模拟定位", "mock"], party: ["当事人", "party"], officer: ["执法人员", "officer"], ok: ["正常", "ok"], audio: ["录音", "audio"],
  electronic: ["电子", "electronic"], video: ["录像", "video"], paper: ["纸面", "paper"], peer: ["另一手机", "other phone"], office: ["机关", "office"], rotated: ["更换密钥", "rotated"],
  key_lost: ["密钥丢失", "key lost"], store_behind: ["存储回退", "store behind"], blur: ["打码", "blur"], crop: ["裁剪", "crop"], transcript: ["转写", "transcript"],
  thumbnail: ["缩略图", "thumbnail"], preservation: ["先行登记保存", "registration of evidence"], product_sampling: ["产品抽样", "sampling of products"],
  sampling: ["非产品抽样", "sampling"], coercion: ["行政强制措施", "compulsion"], on_spot_penalty: ["当场处罚", "penalty on the spot"], written: ["书面", "in writing"],
  oral: ["口头", "by voice"], lifted: ["解除", "lifted"], sampled: ["抽检", "sampled"], confiscated: ["没收", "confiscated"], transferred: ["移送", "transferred"],
  seized: ["查封、扣押", "seized"], true: ["是", "yes"], false: ["否", "no"],
};

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

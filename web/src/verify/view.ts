/** Draws the verdict for a judge: Chinese with English beside, on screen and on paper. */
import { findings as table } from "findings";
import { h, type Attributes, type Child } from "../dom";
import type { Log } from "./log";
import type { Manifest } from "./manifest";
import type { Check, Found, Report, Status } from "./report";
import { story, type Event } from "./story";
import { t, type Key } from "./text";
import { timeText } from "./times";
import type { Judged } from "./verify";

type Fill = Record<string, string>;

function fill(template: string, values: Fill): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Chinese and English; the switch hides one of them. */
export function both(tag: string, zh: string, en: string, attributes: Attributes = {}): HTMLElement {
  return h(tag, attributes, h("span", { class: "zh" }, zh), h("span", { class: "sep" }, " "), h("span", { class: "en", lang: "en" }, en));
}

export function say(tag: string, key: Key, attributes: Attributes = {}, values: Fill = {}): HTMLElement {
  return both(tag, fill(t[key][0], values), fill(t[key][1], values), attributes);
}

const MARKS: Record<Status, string> = { nothing: "–", ok: "✓", note: "i", warning: "!", cannot_judge: "?", failed: "✗" };
const WEIGHT: Status[] = ["nothing", "ok", "note", "warning", "cannot_judge", "failed"];

/** Lawful gaps, shown in a section of their own. */
const WITHHELD = ["field-withheld", "media-withheld", "destroyed", "paper-not-included"];

const SECTIONS: { key: Key; checks: string[] }[] = [
  { key: "integrity", checks: ["files", "chain", "fields", "tree", "media", "documents"] },
  { key: "completeness", checks: ["completeness", "receipts", "custody"] },
  { key: "signerSection", checks: ["trust", "signatures", "statements", "office", "keys"] },
  { key: "time", checks: ["times"] },
  { key: "witnesses", checks: ["witnesses"] },
];

const mark = (status: Status): HTMLElement => h("span", { class: `mark ${status}`, "aria-hidden": "true" }, MARKS[status]);

export interface Actions {
  download(): void;
}

export function drawResult(target: HTMLElement, judged: Judged, name: string, actions: Actions): void {
  const { report, logs, manifest } = judged;
  const state = (["valid", "invalid", "unknown"] as const)[report.exit];
  document.title = `${t[state][0]} · ${t.title[0]}`;
  target.dataset["exit"] = String(report.exit);
  target.replaceChildren(
    verdict(report, manifest, name, state),
    h("div", { class: "tools" },
      h("button", { class: "second", type: "button", click: () => print() }, say("span", "print")),
      h("button", { class: "second", type: "button", click: () => actions.download() }, say("span", "download"))),
    ...SECTIONS.map(({ key, checks }) => section(key, report.checks.filter((c) => checks.includes(c.id)), logs)),
    withheld(report, logs),
    h("section", {}, say("h2", "cannotKnow"), h("ul", {}, ...report.cannot_know.map((k) => both("li", k.zh, k.en)))),
    allChecks(report),
    whatHappened(story(logs)),
  );
}

function verdict(report: Report, manifest: Manifest | undefined, name: string, state: "valid" | "invalid" | "unknown"): HTMLElement {
  const { signer } = report;
  const organ = signer.state === "established" ? signer.organ : signer.state === "not_established" ? signer.claimed_organ : "";
  const signed = signer.state === "unknown" ? "unknownSigner" : signer.state;
  const row = (label: HTMLElement, ...value: Child[]): HTMLElement => h("div", {}, label, h("dd", {}, ...value));
  return h("section", { class: `verdict ${state}`, "aria-labelledby": "state" },
    h("div", { class: "state" }, h("span", { class: "icon", "aria-hidden": "true" }, { valid: "✓", invalid: "✗", unknown: "?" }[state]), say("h2", state, { id: "state" })),
    say("p", `${state}Means`),
    h("dl", { class: "lines" },
      row(say("dt", "consistent"), h("span", { class: "sign", "aria-hidden": "true" }, report.consistent ? "✓" : "✗"), say("span", report.consistent ? "yes" : "no")),
      row(say("dt", "signer"), h("span", { class: "sign", "aria-hidden": "true" }, signer.state === "established" ? "✓" : signer.state === "another" ? "✗" : "?"),
        signed === "established" ? h("span", {}, organ) : say("span", signed, {}, { organ }))),
    h("dl", { class: "facts" },
      signer.state !== "unknown" && row(say("dt", "root"), h("code", { class: "root" }, signer.root)),
      row(say("dt", "file"), h("span", {}, name)),
      report.case !== null && row(say("dt", "caseId"), h("code", {}, report.case)),
      report.exported !== null && row(say("dt", "exported"), h("span", {}, timeText(report.exported))),
      manifest && row(say("dt", "form"), say("span", ({ sealed: "formSealed", open: "formOpen", party: "formParty" } as const)[manifest.form]))));
}

function worst(checks: Check[], found: Found[]): Status {
  const all: Status[] = [...found.map((f) => f.status), checks.some((c) => c.checked > 0) ? "ok" : "nothing"];
  return all.reduce((a, b) => (WEIGHT.indexOf(b) > WEIGHT.indexOf(a) ? b : a));
}

function heading(key: Key, status: Status): HTMLElement {
  return h("h2", { class: "headed" }, mark(status === "note" ? "ok" : status), say("span", key), say("span", `status_${status}`, { class: "status" }));
}

function section(key: Key, checks: Check[], logs: Log[]): HTMLElement {
  const found = checks.flatMap((c) => c.findings).filter((f) => !WITHHELD.includes(f.code));
  const status = worst(checks, found);
  const counted = checks.reduce((n, c) => n + c.checked, 0);
  return h("section", { "data-section": key }, heading(key, status),
    found.length === 0 && (counted > 0 ? say("p", "nothingFound", {}, { n: String(counted) }) : say("p", "nothingThere")),
    ...groups(found, logs));
}

function withheld(report: Report, logs: Log[]): HTMLElement {
  const found = report.checks.flatMap((c) => c.findings).filter((f) => WITHHELD.includes(f.code));
  return h("section", { "data-section": "withheld" }, heading("withheld", found.length > 0 ? "note" : "ok"), found.length === 0 && say("p", "noneWithheld"), ...groups(found, logs));
}

const SHOWN_AT_ONCE = 3;

/** Findings of one kind together, the heaviest first, each with what to do. */
function groups(found: Found[], logs: Log[]): HTMLElement[] {
  const byCode = new Map<string, Found[]>();
  for (const f of found) byCode.set(f.code, [...(byCode.get(f.code) ?? []), f]);
  return [...byCode.values()].sort(([a], [b]) => WEIGHT.indexOf((b as Found).status) - WEIGHT.indexOf((a as Found).status)).map((same) => {
    const [first] = same as [Found];
    const places = same.filter((f) => f.subject !== "" || f.detail !== "").map((f) => h("li", {}, ...place(f, logs)));
    const rest = places.slice(SHOWN_AT_ONCE);
    const { todo = "", todoZh = todo } = table[first.code] ?? {};
    const label = first.status === "note" ? t.meaning : t.todo;
    return h("article", { class: `finding ${first.status}`, "data-code": first.code },
      h("h3", {}, mark(first.status), both("span", first.zh, first.en), same.length > 1 && h("span", { class: "count" }, `×${same.length}`)),
      both("p", `${label[0]}${todoZh}`, `${label[1]}${todo}`, { class: "todo" }),
      places.length > 0 && h("ul", { class: "places" }, ...places.slice(0, SHOWN_AT_ONCE)),
      rest.length > 0 && h("details", {}, say("summary", "andMore", {}, { n: String(rest.length) }), h("ul", { class: "places" }, ...rest)));
  });
}

/** Where it is, for people first, then exactly. */
function place({ subject, detail }: Found, logs: Log[]): Child[] {
  const [, log, seq] = /^data\/log\/([0-9a-f]{32})\/.*?(?:#(\d+))?$/.exec(subject) ?? [];
  const holder = logs.find((l) => l.id === log)?.enrolment?.name;
  const entry = seq === undefined ? ["", ""] : [`第 ${seq} 条`, `entry ${seq}, `];
  return [
    holder !== undefined && both("span", `${holder}的手机${entry[0]}　`, `${entry[1]}phone of ${holder}`, { class: "where" }),
    subject !== "" && h("code", {}, subject),
    detail !== "" && h("span", { class: "detail" }, detail),
  ];
}

function allChecks(report: Report): HTMLElement {
  return h("section", { class: "all" }, say("h2", "allChecks"),
    h("table", {},
      h("thead", {}, h("tr", {}, say("th", "check", { scope: "col" }), say("th", "result", { scope: "col" }), say("th", "number", { scope: "col" }))),
      h("tbody", {}, ...report.checks.map((c) => h("tr", { "data-check": c.id, "data-status": c.status },
        both("th", c.zh, c.en, { scope: "row" }), h("td", {}, mark(c.status), say("span", `status_${c.status}`)), h("td", {}, String(c.checked)))))));
}

const FIRST_EVENTS = 100;

function whatHappened(events: Event[]): HTMLElement | string {
  if (events.length === 0) return "";
  const list = h("ol", { class: "story" }, ...events.slice(0, FIRST_EVENTS).map(event));
  const more = events.length <= FIRST_EVENTS ? undefined : h("button", {
    class: "second", type: "button", click: () => {
      list.append(...events.slice(FIRST_EVENTS).map(event));
      more?.remove();
    },
  }, say("span", "moreEvents", {}, { n: String(events.length) }));
  return h("section", { "data-section": "story" }, say("h2", "story"), say("p", "storyWhy", { class: "why" }), list, more);
}

function event(e: Event): HTMLElement {
  const { before } = e;
  return h("li", { class: e.known ? "" : "unknown-kind", "data-kind": e.kind },
    h("div", { class: "when" }, h("time", { datetime: iso(e.wall) }, timeText(e.wall).slice(0, 19)),
      before !== undefined && h("span", { class: "before" }, say("span", "before"), ` ${timeText(before).slice(0, 19)}`)),
    h("div", { class: "what" },
      h("p", {}, both("strong", e.zh, e.en), h("span", { class: "who" }, `　${e.who} #${e.seq}`), !e.known && h("code", {}, ` ${e.kind}`)),
      !e.known && say("p", "unknownKind", { class: "why" }),
      e.adopted && say("p", "adoptedMark", { class: "warn" }),
      e.fields.length > 0 && h("dl", {}, ...e.fields.map((f) => h("div", {}, both("dt", f.zh, f.en), f.value === f.valueEn ? h("dd", {}, f.value) : both("dd", f.value, f.valueEn)))),
      e.withheld.length > 0 && say("p", "withheldFields", { class: "why" }, { names: e.withheld.join("、") })));
}

function iso(ms: number): string {
  const d = new Date(ms);
  return Number.isNaN(d.getTime()) ? "" : d.toISOString();
}

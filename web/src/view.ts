/** Draws the badge page. Chinese first and large, English beside; three states that differ in colour, icon and words. */
import encodeQR from "qr";
import type { Officer } from "./badge";
import { equal } from "./cbor";
import type { Challenge } from "./challenge";
import { kidOf } from "./cose";
import { afterFrame, append, h, type Attributes, type Child } from "./dom";
import type { CameraFault } from "./scan";
import { find, type OfficerList } from "./officers";
import { offsetAt, moment, type Moment, type Office } from "./office";
import type { Offline } from "./offline";
import { en } from "./text.en";
import { zh, type Texts } from "./text.zh";
import { CHALLENGE_MS, FRESH_MS, type AssignmentCheck, type BadgeCheck, type Said, type Shown } from "./verdict";

/** One scanned badge, with what was judged of it. */
export interface Result {
  text: string;
  at: Moment;
  /** The open challenge at that moment. */
  challenge?: { bytes: Uint8Array; ageMs: number };
  check: BadgeCheck;
  /** Time of the check, ms, by the office's clock where it is known. */
  now: number;
  assignment?: { text: string; at: Moment; check: AssignmentCheck };
}

export interface Model {
  /** Nothing is at hand yet to judge with. */
  busy: boolean;
  /** The office is being asked. */
  asking: boolean;
  office: Office;
  /** Newest first. */
  results: Result[];
  /** What the office sent changed an answer. */
  news?: boolean;
  offline: Offline;
  /** The page's address came from a scanned code. */
  opened: boolean;
  enterprise?: string;
  challenge?: Challenge;
  /** `#` and the digits of a scanned checkpoint: the office's page for them takes over. */
  checkpoint?: string | undefined;
  /** Who is looked up in the list of officers; a list counts only with the key list that it was opened with. */
  lookUp?: { q: string; by: string; asking: boolean; list?: OfficerList };
  scanning?: boolean;
  notice?: CameraFault | "noCode";
}

export interface Actions {
  startScan(): void;
  scan(video: HTMLVideoElement): void;
  stopScan(): void;
  torch(): void;
  changeCamera(): void;
  picture(file: File): void;
  challenge(): void;
  enterprise(code: string): void;
  lookUp(q: string): void;
  forget(): void;
}

type Key = { [K in keyof Texts]: Texts[K] extends string ? K : never }[keyof Texts];
type Fill = (t: Texts, chinese: boolean) => Record<string, string>;

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** One text in both languages. */
function both(tag: string, text: (t: Texts) => string, values: Fill = () => ({}), attributes: Attributes = {}): HTMLElement {
  return h(tag, attributes,
    h("span", { class: "zh" }, fill(text(zh), values(zh, true))),
    " ",
    h("span", { class: "en", lang: "en" }, fill(text(en), values(en, false))));
}

function say(tag: string, key: Key, values?: Fill, attributes?: Attributes): HTMLElement {
  return both(tag, (t) => t[key], values, attributes);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function dayText(day: number, chinese: boolean): string {
  const [y, m, d] = [Math.floor(day / 10_000), Math.floor(day / 100) % 100, day % 100];
  return chinese ? `${y}年${m}月${d}日` : `${d} ${MONTHS[m - 1] ?? m} ${y}`;
}

/** Beijing time. */
function timeText(ms: number, chinese: boolean): string {
  const t = new Date(ms + 8 * 3_600_000);
  const day = dayText(t.getUTCFullYear() * 10_000 + (t.getUTCMonth() + 1) * 100 + t.getUTCDate(), chinese);
  return `${day} ${t.toISOString().slice(11, 16)}`;
}

function durationText(seconds: number, t: Texts): string {
  const s = Math.abs(seconds);
  const [template, n] = s < 120 ? [t.seconds, s] : s < 7200 ? [t.minutes, s / 60] : s < 172_800 ? [t.hours, s / 3600] : [t.days, s / 86_400];
  return fill(template, { n: String(Math.round(n)) });
}

/** A reason or warning fills in its number under every name that a text may use. */
function numbers(said: Said<string>): Fill {
  const n = said.number ?? 0;
  return (t, chinese) => ({
    duration: durationText(n, t), day: dayText(n, chinese), time: timeText(n, chinese), days: String(n),
  });
}

const ICONS = { valid: "M5 13l5 5L20 7", not_valid: "M6 6l12 12M18 6L6 18", unknown: "M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1-1.5 2.3M12 18.2v.3" };

function drawing(size: number, path: string, attributes: Record<string, string>): Element {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const drawn = document.createElementNS(ns, "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

/** Stays while the page is drawn anew, so that a reader notices what changes in it, and only that. */
const aloud = h("p", { class: "aloud", role: "status", id: "aloud" });

/** Says a verdict that changed while it was looked at. */
export function announce(model: Model): void {
  const verdict = model.results[0]?.check.verdict;
  if (!verdict) return;
  const sentence = (t: Texts): string =>
    `${t.news} ${t[verdict.state]}${verdict.state === "valid" ? "" : `: ${fill(t.reason[verdict.reason.code], numbers(verdict.reason)(t, t === zh))}`}`;
  aloud.setAttribute("role", "alert");
  aloud.textContent = sentence(zh);
}

/** What the eye sees each second, the ear hears three times. */
export function countDown(left: number): void {
  const seen = document.getElementById("left");
  if (seen) seen.textContent = String(left);
  if ([60, 30, 10].includes(left)) {
    aloud.setAttribute("role", "status");
    aloud.textContent = `${fill(zh.challengeLeft, { left: String(left) })} ${fill(en.challengeLeft, { left: String(left) })}`;
  }
}

/** What of the page is still to be drawn. */
let rest: (() => void) | undefined;

/** Draws the page; with `verdictFirst` the verdict, which takes the focus, and all that stands below it when the browser has shown that. */
export function draw(model: Model, actions: Actions, verdictFirst: boolean): void {
  rest?.();
  const { office } = model;
  const { config } = office;
  const newest = model.results[0];
  const { check } = newest ?? {};
  const state = check?.verdict.state;
  document.title = state ? `${zh[state]} · ${zh.title}` : zh.title;
  const proven = state === "valid";
  const others = model.results.slice(1);

  // What the reader has opened, typed and reached stays.
  const open = Array.from(document.querySelectorAll<HTMLDetailsElement>("details[open]"), (d) => d.id);
  const focused = document.activeElement?.id;
  const typed = Array.from(document.querySelectorAll<HTMLInputElement>("input[type=text]"), (i): [string, string] => [i.id, i.value]);

  const main = h("main", {},
    ...doubts(model),
    newest ? verdict(newest, model) : waiting(model),
    model.checkpoint && h("section", {}, h("a", { href: `/witness${model.checkpoint}` }, say("span", "toWitness"))),
    model.notice && say("p", model.notice, undefined, { class: "notice", role: "alert", "data-notice": model.notice }),
    model.scanning && viewfinder(actions),
    (!newest || model.notice) && pick(actions),
  );
  const below = (): Child[] => {
    const certificate = check?.shown && fields(check.shown.badge, proven);
    return [
      ...others.map((r) => beside(r, newest as Result)),
      proven && certificate,
      newest && check?.shown && state !== "not_valid" && assignment(newest, model, actions),
      proven && others.length === 0 && section("secondOfficer", say("p", "secondOfficerWhy")),
      check?.shown && challenge(model, actions),
      !proven && certificate,
      config && complain(model, check?.shown),
      config && lookUp(model, actions),
      ...(config?.rights ?? []).map((r, at) => rights(r, at, config?.rights_illustrative === true)),
      newest && limits(model),
      !model.busy && basis(model),
      newest && !model.notice && pick(actions),
      newest && h("button", { type: "button", class: "second", id: "forget", click: () => actions.forget() }, say("span", "forget")),
    ];
  };
  const { aid } = config ?? {};
  const foot = h("footer", {},
    aid === null ? say("p", "recognised") : aid ? both("p", (t) => (t === zh ? aid.zh : aid.en)) : say("p", "aid"));
  document.body.replaceChildren(
    h("header", {}, h("p", { class: "organ" }, config?.organ ?? ""), say("h1", "title")),
    main, foot, controls(model, actions), aloud,
  );
  const drawn = rest = (): void => {
    if (rest !== drawn) return;
    rest = undefined;
    append(main, below());
    main.removeAttribute("data-drawing");
    for (const id of open) document.getElementById(id)?.toggleAttribute("open", true);
    for (const [id, value] of typed) {
      const input = document.getElementById(id) as HTMLInputElement | null;
      if (input && value) input.value = value;
    }
  };
  if (verdictFirst) {
    main.toggleAttribute("data-drawing", true);
    document.getElementById("verdict")?.focus();
    afterFrame(drawn);
    return;
  }
  drawn();
  const video = document.querySelector("video");
  if (video) actions.scan(video);
  // Where the reader was; where that is gone, at the main action and not at the top of everything.
  if (focused) (document.getElementById(focused) ?? document.querySelector<HTMLElement>(".actions button"))?.focus({ preventScroll: true });
}

function section(title: Key, ...children: Child[]): HTMLElement {
  return h("section", {}, say("h2", title), ...children);
}

/** The page's own address on which an officer's QR must not decide. */
function here(): string {
  return location.host + location.pathname;
}

/** What makes everything below doubtful stands above it. */
function doubts({ office, opened, results }: Model): Child[] {
  const address = office.config?.address;
  const practice = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const wrong = address !== undefined && address !== here() && !practice;
  const grave = [
    wrong && say("p", "wrongAddress", () => ({ here: here(), address: address as string }), { "data-doubt": "address" }),
    office.rootChanged === true && say("p", "rootChanged", undefined, { "data-doubt": "root" }),
  ].filter((l): l is HTMLElement => l !== false);
  const fromCode = !wrong && opened && results.length > 0;
  return [
    grave.length > 0 && h("section", { class: "doubt" }, ...grave),
    fromCode && say("p", address === undefined ? "openedByCode" : "openedByCodeKnown", () => ({ address: address ?? "" }), { class: "opened", "data-doubt": "opened" }),
  ];
}

function waiting(model: Model): HTMLElement {
  if (model.busy) return h("section", { id: "verdict", class: "waiting", role: "status" }, say("p", "loading"));
  const address = model.office.config?.address;
  return h("section", { class: "waiting" },
    say("p", "ready", undefined, { class: "large" }), say("p", "readyMore"),
    address !== undefined && say("p", "address", () => ({ address })));
}

function verdict(r: Result, model: Model): HTMLElement {
  const { verdict: v, shown } = r.check;
  const data: Attributes = { id: "verdict", class: `verdict ${v.state}`, role: "region", "aria-labelledby": "state", tabindex: "-1", "data-state": v.state };
  if (v.state !== "valid") {
    data["data-reason"] = v.reason.code;
    if (v.reason.number !== undefined) data["data-number"] = String(v.reason.number);
  } else {
    data["data-warnings"] = v.warnings.map((w) => w.code).join(" ");
  }
  const answered = shown && r.challenge && (shown.answered ? "yes" : "no");
  if (answered) data["data-answered"] = answered;
  const offset = offsetAt(model.office, r.at) ?? 0;
  return h("section", data,
    drawing(24, ICONS[v.state], { "aria-hidden": "true" }),
    say("h2", v.state, undefined, { id: "state" }),
    v.state === "valid" && shown && h("p", { class: "who" }, h("strong", {}, shown.badge.name), ` ${shown.badge.unit}`),
    model.news === true && say("p", "news", undefined, { class: "reason", "data-news": "yes" }),
    v.state === "valid" && say("p", "asOf", (_, chinese) => ({ time: timeText(v.asOf, chinese) }), { class: "reason" }),
    v.state === "valid" && say("p", "validMeans"),
    v.state !== "valid" && both("p", (t) => t.reason[v.reason.code], numbers(v.reason), { class: "reason" }),
    v.state === "not_valid" && say("p", "notValidMeans"),
    v.state === "unknown" && say("p", "unknownMeans"),
    v.state === "valid" && say("p", "compareFace"),
    answered && say("p", answered === "yes" ? "answered" : "notAnswered"),
    v.state === "valid" && v.warnings.length > 0 && h("ul", {}, ...v.warnings.map((w) => both("li", (t) => t.warning[w.code], numbers(w)))),
    Math.abs(offset) > FRESH_MS && say("p", offset > 0 ? "clockSlow" : "clockFast", (t) => ({ duration: durationText(offset / 1000, t) }), { "data-clock": String(offset) }),
    h("div", { class: "when" },
      say("p", "checkedAt", (_, chinese) => ({ time: timeText(r.now, chinese) })),
      say("p", "ages", (t) => ({ trust: age(model.office.trust?.issued, r.now, t), status: age(model.office.status && model.office.status.issued * 1000, r.now, t) }), { "data-ages": "yes" }),
      model.asking ? say("p", "asking") : !isFresh(model.office) && say("p", "fromMemory", undefined, { "data-memory": "yes" })),
  );
}

/** Whether the office answered in this session and lately. */
function isFresh({ asked }: Office): boolean {
  return asked !== undefined && moment().mono - asked.mono < 120_000;
}

function age(issued: number | undefined, now: number, t: Texts): string {
  return issued === undefined ? t.none : fill(t.ago, { duration: durationText(Math.max(0, now - issued) / 1000, t) });
}

/** Another officer's answer, kept beside the newest. */
function beside(r: Result, newest: Result): HTMLElement {
  const { verdict: v, shown } = r.check;
  const badge = shown?.badge;
  const onePhone = shown && newest.check.shown && equal(kidOf(shown.badge.showKey), kidOf(newest.check.shown.badge.showKey));
  return h("section", { class: `beside ${v.state}`, "data-beside": v.state, "data-number": badge?.number ?? "" },
    h("h2", {}, drawing(24, ICONS[v.state], { "aria-hidden": "true" }), say("span", v.state), badge ? ` ${badge.name}` : ""),
    badge && h("p", {}, `${badge.unit} · ${badge.position} · ${badge.number}`),
    v.state === "valid"
      ? say("p", "asOf", (_, chinese) => ({ time: timeText(v.asOf, chinese) }))
      : both("p", (t) => t.reason[v.reason.code], numbers(v.reason)),
    r.assignment?.check.state === "proven" ? h("div", {}, ...visit(r.assignment.check)) : named(r, [newest]),
    onePhone === true && say("p", "onePhone", undefined, { "data-one-phone": "yes" }),
    badge && h("details", { id: `more-${badge.number}` }, say("summary", "fields"), list(badge)));
}

function viewfinder(actions: Actions): HTMLElement {
  const lamp = h("button", { type: "button", class: "second", id: "torch", hidden: true, "aria-pressed": "false", click: () => actions.torch() }, say("span", "torch"));
  const change = h("button", { type: "button", class: "second", id: "change", hidden: true, click: () => actions.changeCamera() }, say("span", "change"));
  return h("section", { class: "scan" },
    h("video", { muted: true, playsinline: true, "aria-label": zh.scanning }), say("p", "scanning", undefined, { role: "status" }), say("p", "scanningHard"), lamp, change);
}

/** The main action at the bottom, where a thumb reaches it. */
function controls(model: Model, actions: Actions): HTMLElement {
  if (model.scanning) {
    return h("nav", { class: "actions", "aria-label": zh.scan },
      h("button", { type: "button", id: "stop", click: () => actions.stopScan() }, say("span", "stop")));
  }
  return h("nav", { class: "actions", "aria-label": zh.scan },
    h("button", { type: "button", id: "scan", disabled: model.busy, click: () => actions.startScan() }, say("span", model.results.length > 0 ? "scanAgain" : "scan")));
}

function pick(actions: Actions): HTMLElement {
  const input = h("input", {
    type: "file", accept: "image/*", id: "picture",
    change: (e) => {
      const file = (e.target as HTMLInputElement).files?.[0];
      if (file) actions.picture(file);
    },
  });
  return h("section", { class: "pick" }, input, h("label", { class: "button second", for: "picture" }, say("span", "picture")));
}

type BadgeFields = Shown["badge"];

function list(badge: Officer): HTMLElement {
  const row = (key: Key, value: Node): Node => h("div", {}, say("dt", key), h("dd", { "data-field": key }, value));
  const texts = (["name", "unit", "position", "number", "category", "area"] as const).map((k) => row(k, document.createTextNode(badge[k])));
  const until = row("until", say("span", "untilDay", (_, chinese) => ({ day: dayText(badge.until, chinese) }), { "data-day": String(badge.until) }));
  return h("dl", {}, ...texts, until);
}

function fields(badge: BadgeFields, proven: boolean): HTMLElement {
  const drawn = section(proven ? "fields" : "fieldsNotProven", list(badge));
  drawn.id = "fields";
  return drawn;
}

type Proven = Extract<AssignmentCheck, { state: "proven" }>;

/** Who is inspected, and the how-many-eth visit of the year it is. */
function visit({ assignment: { number, cap, organ }, enterpriseCompared }: Proven): HTMLElement[] {
  return [
    say("p", "assignmentProven", (t) => ({ organ, enterprise: enterpriseCompared ? t.assignmentThis : t.assignmentSome }), { class: "large" }),
    say("p", cap > 0 ? "assignmentVisit" : "assignmentVisitNoCap", () => ({ n: String(number), cap: String(cap) }), { class: "large", "data-visit": `${number}/${cap}` }),
  ];
}

/** Whether the assignment that another officer showed names this one too. */
function named(r: Result, others: Result[]): HTMLElement | undefined {
  const proven = others.map((o) => o.assignment?.check).find((c): c is Proven => c?.state === "proven");
  const number = r.check.shown?.badge.number;
  if (!proven || number === undefined) return undefined;
  const is = proven.assignment.officers.includes(number);
  return say("p", is ? "named" : "notNamed", undefined, { "data-named": String(is) });
}

function assignment(r: Result, model: Model, actions: Actions): HTMLElement {
  const a = r.assignment?.check;
  const again = h("button", { type: "button", class: "second", id: "scan-assignment", click: () => actions.startScan() }, say("span", "scanAssignment"));
  if (!a) return h("section", { class: "assignment", "data-assignment": "not_shown" }, say("h2", "assignment"), named(r, model.results) ?? say("p", "assignmentNotShown"), again);
  const data: Attributes = { class: `assignment ${a.state}`, role: "status", "data-assignment": a.state };
  if (a.state !== "proven") {
    data["data-assignment-reason"] = a.reason.code;
    return h("section", data, say("h2", "assignment"),
      say("p", a.state === "not_valid" ? "assignmentNotValid" : "assignmentUnknown", undefined, { class: "large" }),
      both("p", (t) => t.reason[a.reason.code], numbers(a.reason)), again);
  }
  const input = h("input", { type: "text", id: "code", autocomplete: "off", autocapitalize: "characters", maxlength: "24", value: model.enterprise ?? "" }) as HTMLInputElement;
  return h("section", data, say("h2", "assignment"),
    ...visit(a),
    say("p", a.assignment.kind),
    !a.enterpriseCompared && h("form", { submit: (e) => { e.preventDefault(); actions.enterprise(input.value.trim()); } },
      say("label", "enterprise", undefined, { for: "code" }), input, h("button", { type: "submit", class: "second", id: "compare" }, say("span", "enterpriseCheck"))));
}

function challenge(model: Model, actions: Actions): HTMLElement {
  const open = model.challenge;
  if (!open) {
    return section("challenge", say("p", "challengeWhy"),
      h("button", { type: "button", class: "second", id: "challenge", click: () => actions.challenge() }, say("span", "challengeMake")));
  }
  const left = Math.max(0, Math.ceil((CHALLENGE_MS - (performance.now() - open.made)) / 1000));
  const spoken = `${open.digits.slice(0, 4)} ${open.digits.slice(4)}`;
  return section("challenge",
    h("div", { class: "challenge", id: "challenge", tabindex: "-1", "data-challenge": open.digits },
      h("p", { class: "digits" }, spoken),
      h("p", { role: "timer", "aria-live": "off" }, h("span", { id: "left" }, String(left)), " ", say("span", "secondsLeft")),
      qr(open.digits)),
    say("p", "challengeHow"));
}

/** The code as dark modules on white, drawn as one path. */
function qr(text: string): Element {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const path = rows.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
  return drawing(rows.length, path, { role: "img", "aria-label": `QR ${text}` });
}

function complain({ office }: Model, shown?: Shown): HTMLElement {
  const { phone, list: officers, complaint } = office.config as NonNullable<Office["config"]>;
  const number = shown?.badge.number;
  return section("complain",
    complaint && both("p", (t) => (t === zh ? complaint.zh : complaint.en)),
    phone !== "" && h("a", { class: "button", id: "call", href: `tel:${phone.replace(/[^+0-9]/g, "")}` }, say("span", "call", () => ({ phone }))),
    officers !== undefined && h("a", {
      class: "button second", id: "look-up", target: "_blank", rel: "noopener", href: number === undefined ? officers : `${officers}?q=${encodeURIComponent(number)}`,
    }, say("span", "lookUp")));
}

/** Most officers that are shown of those found. */
const MOST_FOUND = 10;

/** What the list says of who is looked up: found, not found, or that it cannot be told (R03). */
function looked(model: Model): { state: "found" | "not_found" | "unknown"; key: Key; fill: Fill; all: Officer[] } | undefined {
  if (!model.lookUp || model.lookUp.asking) return undefined;
  const { q, list } = model.lookUp;
  if (!list) return { state: "unknown", key: "noList", fill: () => ({}), all: [] };
  const at = moment();
  const all = find(list, q);
  const values: Fill = (_, chinese) => ({ time: timeText(list.at, chinese), until: timeText(list.until, chinese), n: String(all.length) });
  if (at.wall + (offsetAt(model.office, at) ?? 0) > list.until) return { state: "unknown", key: "oldList", fill: values, all };
  return all.length > 0 ? { state: "found", key: "listed", fill: values, all } : { state: "not_found", key: "notListed", fill: values, all };
}

/** Says what was found. */
export function tellLookUp(model: Model): void {
  const said = looked(model);
  if (!said) return;
  aloud.setAttribute("role", "status");
  aloud.textContent = fill(zh[said.key], said.fill(zh, true));
}

function lookUp(model: Model, actions: Actions): HTMLElement {
  const input = h("input", { type: "text", id: "who", autocomplete: "off", maxlength: "50", value: model.lookUp?.q ?? "" }) as HTMLInputElement;
  const said = looked(model);
  return h("details", { id: "officers" }, say("summary", "lookUpHere"),
    h("form", { submit: (e) => { e.preventDefault(); if (input.value.trim() !== "") actions.lookUp(input.value.trim()); } },
      say("label", "who", undefined, { for: "who" }), input, h("button", { type: "submit", class: "second", id: "find" }, say("span", "find"))),
    model.lookUp?.asking === true && say("p", "asking"),
    said && h("div", { "data-looked": said.state },
      say("p", said.key, said.fill, { class: "large" }),
      said.state === "found" && say("p", "listedMeans"),
      said.state === "not_found" && say("p", "notListedMeans"),
      ...said.all.slice(0, MOST_FOUND).map(list),
      said.all.length > MOST_FOUND && say("p", "moreFound", said.fill)));
}

function rights({ language, title, items }: NonNullable<NonNullable<Office["config"]>["rights"]>[number], at: number, illustrative: boolean): HTMLElement {
  return h("details", { id: `rights-${at}`, class: "rights", lang: language },
    h("summary", {}, title),
    illustrative && say("p", "illustrative", undefined, { lang: "zh-Hans" }),
    h("ol", {}, ...items.map((i) => h("li", {}, i.text, i.basis !== "" && h("span", { class: "law" }, i.basis)))));
}

function limits(model: Model): HTMLElement {
  const address = model.office.config?.address;
  const verdict = model.results[0]?.check.verdict;
  return section("cannotKnow", h("ul", {},
    say("li", "relay"),
    address !== undefined && say("li", "address", () => ({ address })),
    verdict?.state === "valid" && say("li", "withdrawn", (_, chinese) => ({ time: timeText(verdict.asOf, chinese) })),
    say("li", "privacy")));
}

function basis(model: Model): HTMLElement {
  const { trust, status, config } = model.office;
  const offset = offsetAt(model.office, moment());
  const by = String(Math.round(Math.abs(offset ?? 0) / 1000));
  const code = (text: string): HTMLElement => h("code", {}, text.replace(/(.{4})(?=.)/g, "$1 "));
  const build = digestOfScript();
  return h("details", { id: "basis" }, say("summary", "basis"),
    trust
      ? say("p", "trust", (_, chinese) => ({ version: String(trust.version), issued: timeText(trust.issued, chinese), expires: timeText(trust.expires, chinese) }))
      : say("p", "noTrust"),
    status ? say("p", "statusList", (_, chinese) => ({ issued: timeText(status.issued * 1000, chinese), expires: timeText(status.expires * 1000, chinese) })) : say("p", "noStatus"),
    offset === undefined ? say("p", "clockNotCompared") : say("p", "clockCompared", () => ({ by })),
    say("p", `offline_${model.offline}`, undefined, { "data-offline": model.offline }),
    config && h("p", {}, say("strong", "root"), code(config.root)),
    config && say("p", "rootWhy"),
    build !== undefined && h("p", { "data-build": build }, say("strong", "build"), code(build), h("a", { href: "/badge.sha256", target: "_blank", rel: "noopener" }, "/badge.sha256")));
}

/** The digest of the page's script as the browser enforced it (SRI), in hex as it is published. */
function digestOfScript(): string | undefined {
  const text = document.querySelector("script[integrity]")?.getAttribute("integrity")?.slice("sha256-".length);
  return text && Array.from(atob(text), (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

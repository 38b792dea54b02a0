/** Draws the badge page. Chinese first and large, English beside; three states that differ in colour, icon and words. */
import encodeQR from "qr";
import { hex } from "./cbor";
import { h, type Attributes, type Child } from "./dom";
import type { Office } from "./office";
import { en } from "./text.en";
import { zh, type Texts } from "./text.zh";
import { CHALLENGE_MS, type AssignmentCheck, type BadgeCheck, type Said } from "./verdict";

export interface Model {
  busy: boolean;
  office?: Office;
  check?: BadgeCheck;
  /** Time of the check, ms. */
  checkedAt?: number;
  assignment?: AssignmentCheck | undefined;
  enterprise?: string;
  challenge?: { bytes: Uint8Array; made: number };
  /** `#` and the digits of a scanned checkpoint: the office's page for them takes over. */
  checkpoint?: string | undefined;
  scanning?: boolean;
  notice?: "noCamera" | "noCode";
}

export interface Actions {
  startScan(): void;
  scan(video: HTMLVideoElement): void;
  stopScan(): void;
  picture(file: File): void;
  challenge(): void;
  enterprise(code: string): void;
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

function icon(state: keyof typeof ICONS): Element {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", ICONS[state]);
  svg.append(path);
  return svg;
}

export function draw(body: HTMLElement, model: Model, actions: Actions, moveFocus: boolean): void {
  const { check, office } = model;
  const state = check?.verdict.state;
  document.title = state ? `${zh[state]} · ${zh.title}` : zh.title;
  const phone = office?.config?.phone;
  const proven = check?.verdict.state === "valid";
  const certificate = check?.shown && fields(check.shown.badge, proven);
  const main = h("main", {},
    check ? verdict(check, model) : waiting(model),
    model.checkpoint && h("section", {}, h("a", { href: `/witness${model.checkpoint}` }, say("span", "toWitness"))),
    notice(model),
    proven && certificate,
    check?.shown && check.verdict.state !== "not_valid" && assignment(model, actions),
    controls(model, actions),
    check?.shown && challenge(model, actions),
    !proven && certificate,
    phone !== undefined && section("complain", h("a", { class: "button", href: `tel:${phone.replace(/[^+0-9]/g, "")}` }, say("span", "call", () => ({ phone })))),
    check && limits(model),
    !model.busy && basis(model),
  );
  body.replaceChildren(
    h("header", {}, h("p", { class: "organ" }, office?.config?.organ ?? ""), say("h1", "title")),
    main,
    h("footer", {}, say("p", "aid")),
  );
  const video = body.querySelector("video");
  if (video) actions.scan(video);
  if (moveFocus) body.querySelector<HTMLElement>("#verdict")?.focus();
}

function section(title: Key, ...children: Child[]): HTMLElement {
  return h("section", {}, say("h2", title), ...children);
}

function waiting(model: Model): HTMLElement {
  if (model.busy) return h("section", { id: "verdict", class: "waiting", "aria-live": "polite" }, say("p", "loading"));
  return h("section", { class: "waiting" }, say("p", "ready", undefined, { class: "large" }), say("p", "readyMore"));
}

function verdict(check: BadgeCheck, model: Model): HTMLElement {
  const { verdict: v } = check;
  const data: Attributes = { id: "verdict", class: `verdict ${v.state}`, role: "alert", tabindex: "-1", "data-state": v.state };
  if (v.state !== "valid") {
    data["data-reason"] = v.reason.code;
    if (v.reason.number !== undefined) data["data-number"] = String(v.reason.number);
  } else {
    data["data-warnings"] = v.warnings.map((w) => w.code).join(" ");
  }
  const at: Fill = (_, chinese) => ({ time: timeText(model.checkedAt ?? 0, chinese) });
  return h("section", data,
    icon(v.state),
    say("h2", v.state),
    v.state === "valid" && say("p", "validMeans"),
    v.state === "valid" && say("p", "compareFace"),
    v.state !== "valid" && both("p", (t) => t.reason[v.reason.code], numbers(v.reason), { class: "reason" }),
    v.state === "not_valid" && say("p", "notValidMeans"),
    v.state === "unknown" && say("p", "unknownMeans"),
    v.state === "valid" && h("ul", {}, ...v.warnings.map((w) => both("li", (t) => t.warning[w.code], numbers(w)))),
    v.state === "valid" && say("p", "asOf", (_, chinese) => ({ time: timeText(v.asOf, chinese) }), { class: "when" }),
    say("p", "checkedAt", at, { class: "when" }),
  );
}

function notice(model: Model): HTMLElement | undefined {
  return model.notice && say("p", model.notice, undefined, { class: "notice", role: "alert", "data-notice": model.notice });
}

function controls(model: Model, actions: Actions): HTMLElement {
  if (model.scanning) {
    return h("section", { class: "scan" },
      h("video", { muted: true, playsinline: true }),
      say("p", "scanning"),
      h("button", { type: "button", click: () => actions.stopScan() }, say("span", "stop")));
  }
  const input = h("input", {
    type: "file", accept: "image/*", id: "picture",
    change: (e) => {
      const file = (e.target as HTMLInputElement).files?.[0];
      if (file) actions.picture(file);
    },
  });
  return h("section", { class: "actions" },
    h("button", { type: "button", class: model.check?.verdict.state === "valid" ? "second" : "first", disabled: model.busy, click: () => actions.startScan() },
      say("span", model.check ? "scanAgain" : "scan")),
    h("label", { class: "button second", for: "picture" }, say("span", "picture")),
    input);
}

function fields(badge: NonNullable<BadgeCheck["shown"]>["badge"], proven: boolean): HTMLElement {
  const row = (key: Key, value: Node): Node => h("div", {}, say("dt", key), h("dd", { "data-field": key }, value));
  const texts = (["name", "unit", "position", "number", "category", "area"] as const).map((k) => row(k, document.createTextNode(badge[k])));
  const until = row("until", say("span", "untilDay", (_, chinese) => ({ day: dayText(badge.until, chinese) }), { "data-day": String(badge.until) }));
  return section(proven ? "fields" : "fieldsNotProven", h("dl", {}, ...texts, until));
}

function assignment(model: Model, actions: Actions): HTMLElement {
  const a = model.assignment;
  const again = h("button", { type: "button", class: "second", click: () => actions.startScan() }, say("span", "scanAssignment"));
  if (!a) return h("section", { class: "assignment", "data-assignment": "not_shown" }, say("h2", "assignment"), say("p", "assignmentNotShown"), again);
  const data: Attributes = { class: `assignment ${a.state}`, role: "status", "data-assignment": a.state };
  if (a.state !== "proven") {
    data["data-assignment-reason"] = a.reason.code;
    return h("section", data, say("h2", "assignment"),
      say("p", a.state === "not_valid" ? "assignmentNotValid" : "assignmentUnknown", undefined, { class: "large" }),
      both("p", (t) => t.reason[a.reason.code], numbers(a.reason)), again);
  }
  const { number, cap, kind, organ } = a.assignment;
  const visit: Fill = () => ({ n: String(number), cap: String(cap) });
  const input = h("input", { type: "text", id: "code", autocomplete: "off", autocapitalize: "characters", maxlength: "24", value: model.enterprise ?? "" }) as HTMLInputElement;
  return h("section", data, say("h2", "assignment"),
    say("p", "assignmentProven", (t) => ({ organ, enterprise: a.enterpriseCompared ? t.assignmentThis : t.assignmentSome })),
    say("p", kind),
    say("p", cap > 0 ? "assignmentVisit" : "assignmentVisitNoCap", visit, { class: "large", "data-visit": `${number}/${cap}` }),
    !a.enterpriseCompared && h("form", { submit: (e) => { e.preventDefault(); actions.enterprise(input.value.trim()); } },
      say("label", "enterprise", undefined, { for: "code" }), input, h("button", { type: "submit", class: "second" }, say("span", "enterpriseCheck"))));
}

function challenge(model: Model, actions: Actions): HTMLElement {
  const open = model.challenge;
  if (!open) {
    return section("challenge", say("p", "challengeWhy"),
      h("button", { type: "button", class: "second", click: () => actions.challenge() }, say("span", "challengeMake")));
  }
  const code = hex(open.bytes).toUpperCase();
  const left = Math.max(0, Math.round((CHALLENGE_MS - (performance.now() - open.made)) / 1000));
  return section("challenge", say("p", "challengeHow", () => ({ left: String(left) })),
    h("div", { class: "challenge", "data-challenge": code }, qr(code), h("code", {}, code.replace(/(.{4})(?=.)/g, "$1 "))));
}

/** The code as dark modules on white, drawn as one path. */
function qr(text: string): Element {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", text);
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  svg.append(path);
  return svg;
}

function limits(model: Model): HTMLElement {
  const address = model.office?.config?.address;
  const verdict = model.check?.verdict;
  return section("cannotKnow", h("ul", {},
    say("li", "relay"),
    address !== undefined && say("li", "address", () => ({ address })),
    verdict?.state === "valid" && say("li", "withdrawn", (_, chinese) => ({ time: timeText(verdict.asOf, chinese) }))));
}

function basis(model: Model): HTMLElement {
  const { trust, clockOffset, config } = model.office ?? {};
  const by = String(Math.round(Math.abs(clockOffset ?? 0) / 1000));
  return h("details", {}, say("summary", "basis"),
    trust
      ? say("p", "trust", (_, chinese) => ({ version: String(trust.version), issued: timeText(trust.issued, chinese), expires: timeText(trust.expires, chinese) }))
      : say("p", "noTrust"),
    clockOffset === undefined ? say("p", "clockNotCompared") : say("p", "clockCompared", () => ({ by })),
    config && h("p", {}, say("strong", "root"), h("code", {}, config.root.replace(/(.{4})(?=.)/g, "$1 "))),
    config && say("p", "rootWhy"));
}

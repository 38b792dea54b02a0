// What the tests of the badge page share: opening it in Chromium as a phone, with an office of its own.
import { join } from "node:path";
import { after, afterEach, before } from "node:test";
import { launch } from "../tools/browser.mjs";
import { serve } from "./server.mjs";
import { vectors } from "./source.mjs";

export const file = await vectors("badge/verdicts.json");
export const NOW = file.cases[0].now;
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
export const picture = (name) => new URL(`../../tests/vectors/badge/${name}.png`, import.meta.url).pathname;
export const trust = (name = "good") => Buffer.from(file.trust[name], "hex");
export const status = (name = "in order") => Buffer.from(file.status[name], "hex");
export const text = (name, field = "badge") => file.cases.find((c) => c.name === name)[field];
export const hashOf = (address) => address.slice(address.indexOf("#"));
export const hash = (name) => hashOf(text(name));
export const config = {
  root: file.root, organ: "青川县卫生健康局", phone: "0839-12345", address: "zf.example.gov.cn/b", list: "/officers",
  aid: { zh: "本页是电子亮证的辅助，以实体证件或省电子证件为准。", en: "An aid to the physical certificate." },
  complaint: { zh: "法规科受理对执法人员的投诉，工作日 8:30–18:00。", en: "The legal section takes complaints on working days, 8:30–18:00." },
  rights: [{
    language: "zh-Hans", title: "您的权利：检查",
    items: [{ text: "执法人员应当主动出示执法证件；不出示的，您有权拒绝检查。", basis: "《行政处罚法》第五十五条" }, { text: "您可以申请执法人员回避。", basis: "《行政处罚法》第四十三条" }],
  }, { language: "en", title: "Your rights: inspection", items: [{ text: "Officers must show their certificate; without it you may refuse.", basis: "Administrative Penalty Law, Art. 55" }] }],
  rights_illustrative: true,
};
const shots = process.env.MINGZHENG_SHOTS;

let browser;
const opened = [];
export const theBrowser = () => browser;
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(async () => {
  for (const { context, office } of opened.splice(0)) {
    await context?.close();
    office.close();
  }
});

/** An office that the test may change while it runs. */
export async function office(settings = {}) {
  const served = await serve({ config, trust: trust(), status: status(), now: NOW, ...settings });
  opened.push({ office: served });
  return served;
}

/** Another tab of a phone, or the first of a new one. Its clock says `clock`. */
export async function tab(office, { from = browser, context, clock = NOW, hash = "", options = {}, size = 1, before, url = office.url, ready = true } = {}) {
  if (!context) {
    context = await from.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: "zh-CN", ...options });
    opened.push({ context, office: { close() {} } });
  }
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => { if (m.type() === "error" && /Content Security Policy|Refused/.test(m.text())) errors.push(m.text()); });
  if (clock !== null) await page.clock.setFixedTime(clock);
  if (before) await page.addInitScript(before);
  if (size !== 1) await page.addInitScript((s) => addEventListener("DOMContentLoaded", () => { document.documentElement.style.fontSize = `${s * 100}%`; }), size);
  await page.goto(url + hash);
  if (ready) await drawn(page);
  return {
    page, office, context, errors,
    async shot(name, fullPage = true) {
      if (!shots) return;
      // A bar that floats would lie across the long picture.
      const bar = (position) => page.evaluate((p) => { document.querySelector(".actions").style.position = p; }, position);
      await page.evaluate(() => scrollTo(0, 0));
      if (fullPage) await bar("static");
      await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
      if (fullPage) await bar("");
    },
  };
}

/** The page as a phone with the clock `clock` while the office has the time `now`. */
export async function open({ now = NOW, list = trust(), withdrawn = status(), served = {}, ...rest } = {}) {
  return tab(await office({ now, trust: list, status: withdrawn, ...served }), { clock: now ?? NOW, ...rest });
}

/** The page stands, whole: what lies below a new verdict comes when that is shown. */
async function drawn(page) {
  await page.locator("#scan:enabled").waitFor();
  await page.locator("main:not([data-drawing])").waitFor();
}

/** Scans a text as a code does that is opened as an address while the page is open. */
export async function scan(page, address) {
  await page.evaluate((h) => new Promise((done) => {
    if (location.hash === h) history.replaceState(null, "", location.pathname);
    addEventListener("hashchange", () => setTimeout(done), { once: true });
    location.hash = h;
  }), hashOf(address));
  await page.locator("main:not([data-drawing])").waitFor();
}

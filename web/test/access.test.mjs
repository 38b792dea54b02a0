// The badge page for everybody: axe-core in each state and theme, large print, narrow screens, the keyboard alone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { answer, choose } from "../tools/browser.mjs";
import { MINUTE, NOW, hash, office, open, picture, scan, status, tab, text } from "./page.mjs";

const axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const STATES = [
  ["start", {}, async () => {}],
  ["valid", {}, async (o) => { await choose(o.page, picture("valid")); await choose(o.page, picture("assignment")); await o.page.locator("#challenge").click(); }],
  ["not valid", { now: NOW + 5 * MINUTE }, async (o) => choose(o.page, picture("valid"))],
  ["unknown", { now: null, clock: NOW + 10 * MINUTE, hash: hash("valid") }, async () => {}],
  ["two officers, the second a stranger", {}, async (o) => { await scan(o.page, text("valid")); await scan(o.page, text("wrong office key: a stranger issued the badge")); }],
  ["no camera", { before: "delete Navigator.prototype.mediaDevices" }, async (o) => { await o.page.locator("#scan").click(); await o.page.locator("[data-notice]").waitFor(); }],
];
const THEMES = [
  ["light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }], ["more contrast", { contrast: "more" }], ["forced colours", { forcedColors: "active" }], ["reduced motion", { reducedMotion: "reduce" }],
];

for (const [theme, options] of THEMES) {
  test(`axe finds nothing in any state: ${theme}`, async () => {
    const found = [];
    for (const [state, settings, make] of STATES) {
      const o = await open({ ...settings, options });
      await make(o);
      await o.page.locator("details").evaluateAll((all) => all.forEach((d) => { d.open = true; }));
      await o.page.evaluate(axe);
      const { violations, passes } = await o.page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      assert.ok(passes.length > 15, "axe looked");
      found.push(...violations.flatMap((v) => v.nodes.map((n) => `${state}: ${v.id}: ${n.html.slice(0, 120)} ${n.any.map((a) => a.message).join(" ")}`)));
      await o.context.close();
    }
    assert.deepEqual(found, []);
  });
}

test("200 % of a phone's 640, and large print: at 320 CSS pixels nothing scrolls sideways, is cut off or lies under the bar", async () => {
  for (const [name, options, size] of [
    ["badge-320", { viewport: { width: 320, height: 640 } }, 1], ["badge-200", {}, 2], ["badge-dark", { colorScheme: "dark" }, 1], ["badge-contrast", { contrast: "more", forcedColors: "active" }, 1],
  ]) {
    const o = await open({ options, size });
    for (const step of [() => {}, () => scan(o.page, text("P7 credential not renewed")), () => scan(o.page, text("F41 replayed after 61 s")), () => scan(o.page, text("valid")), () => choose(o.page, picture("assignment")), () => o.page.locator("#challenge").click(), () => o.page.locator("#basis summary").click()]) {
      await step();
      const cut = await o.page.evaluate(() => {
        const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
        const out = [...document.querySelectorAll("main *, header *, footer *, nav *")].filter((e) => {
          const r = e.getBoundingClientRect();
          const box = e.closest("section, details, nav")?.getBoundingClientRect();
          return !e.closest("#picture, svg, code") && r.width > 0 && (r.right > innerWidth + 1 || r.left < -1 || (box && r.right > box.right + 1));
        });
        return [wide, out.map((e) => e.outerHTML.slice(0, 80))];
      });
      assert.deepEqual(cut, [0, []], name);
    }
    const [sign, word] = await o.page.evaluate(() => ["#verdict svg", "#state .zh"].map((x) => document.querySelector(x).getBoundingClientRect()));
    assert.ok(word.left > sign.right && word.left - sign.right < 32 && word.top < sign.bottom, `${name}: the word stands beside its sign`);
    // The last thing on the page can be brought above the bar.
    await o.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const [foot, bar] = await o.page.evaluate(() => ["footer", ".actions"].map((s) => document.querySelector(s).getBoundingClientRect()));
    assert.ok(foot.bottom <= bar.top + 1, `${name}: the bar lies on the end of the page`);
    assert.ok(bar.bottom <= o.page.viewportSize().height + 1 && bar.height < 200, `${name}: the main action is at the bottom`);
    await o.page.evaluate(() => scrollTo(0, 0));
    await o.shot(name);
    assert.deepEqual(o.errors, []);
  }
});

test("the keyboard alone: every action is reached in the order of the page, and the focus is not lost when it is drawn anew", async () => {
  const o = await open({ hash: hash("valid") });
  const reached = [];
  for (let i = 0; i < 20; i++) {
    await o.page.keyboard.press("Tab");
    const id = await o.page.evaluate(() => document.activeElement.id || document.activeElement.closest("details")?.id || document.activeElement.tagName);
    if (id === "BODY") break;
    reached.push(id);
    if (id === "scan") break;
  }
  for (const id of ["scan-assignment", "challenge", "call", "look-up", "rights-0", "basis", "picture", "forget", "scan"]) assert.ok(reached.includes(id), `${id} in ${reached}`);
  await o.page.locator("#challenge").focus();
  await o.page.keyboard.press("Enter");
  await o.page.locator("[data-challenge]").waitFor();
  assert.notEqual(await o.page.evaluate(() => document.activeElement.tagName), "BODY", "the digits have the focus now");
  assert.deepEqual(o.errors, []);
});

test("what a screen reader is given: a named region for the answer, a status line of its own, one main, headings in order", async () => {
  const o = await tab(await office({ status: status() }), { hash: hash("valid") });
  assert.equal(await o.page.getByRole("region", { name: /^有效/ }).count(), 1);
  assert.equal(await o.page.getByRole("main").count(), 1);
  assert.equal(await o.page.locator("#aloud[role=status]").count(), 1);
  const levels = await o.page.locator("h1, h2, h3").evaluateAll((all) => all.map((e) => Number(e.tagName[1])));
  assert.ok(levels[0] === 1 && levels.slice(1).every((l) => l === 2), String(levels));
  assert.equal(await o.page.locator("html").getAttribute("lang"), "zh-Hans");
  assert.ok((await o.page.locator(".en").count()) === (await o.page.locator(".en[lang=en]").count()), "English is marked as English");
  assert.equal((await answer(o.page)).state, "valid");
});

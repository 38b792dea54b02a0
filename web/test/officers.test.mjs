// The public list of officers on the badge page: signed by the office, kept for no network, three answers (R03).
import assert from "node:assert/strict";
import { test } from "node:test";
import { BadgeOffice } from "./badge-world.mjs";
import { DAY, NOW, office, tab } from "./page.mjs";

const world = new BadgeOffice("list", NOW);
const OFFICERS = [["王建国", "51082200123"], ["李 秀英", "51082200124"]];
const served = (list) => office({ config: world.config(), trust: world.trust, status: world.status({}), officers: list });

/** Looks somebody up; gives the answer, its words and the numbers shown. */
async function look(page, who) {
  await page.evaluate(() => document.getElementById("officers").toggleAttribute("open", true));
  await page.locator("#who").fill(who);
  await page.locator("#find").click();
  const answer = page.locator("[data-looked]");
  await answer.waitFor();
  return {
    state: await answer.getAttribute("data-looked"), says: await answer.innerText(),
    numbers: await answer.locator("dd[data-field=number]").allInnerTexts(),
  };
}

test("R03 an officer is looked up on the page by name or number, and whoever is not in the list is said not to be, as of its date", async () => {
  const o = await tab(await served(world.list(OFFICERS)));
  assert.ok(!o.office.seen.includes("/officers.cbor"), "nobody was looked up yet");
  const found = await look(o.page, "李秀英");
  assert.deepEqual([found.state, found.numbers], ["found", ["51082200124"]]);
  assert.match(found.says, /名单上有（截至 2026年11月18日 18:06）/);
  assert.equal(await o.page.locator("[data-looked] dd").count(), 7, "the seven fields and nothing beyond them");
  assert.match(await o.page.locator("#aloud").textContent(), /名单上有/);
  assert.equal(await o.page.evaluate(() => document.activeElement.id), "find", "the focus stays");
  assert.deepEqual((await look(o.page, "0822001")).numbers, ["51082200123", "51082200124"]);
  const none = await look(o.page, "赵一");
  assert.deepEqual([none.state, none.numbers], ["not_found", []]);
  assert.match(none.says, /截至 2026年11月18日 18:06 的名单上没有/);
  assert.ok(o.office.seen.every((path) => !/李|赵|%E|0822001/.test(path)), "whom somebody looks up is told to nobody");
  assert.equal(await o.page.locator("#look-up").getAttribute("href"), "/officers", "the office's own page stays a way");
  await o.shot("badge-officers");
  await o.page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await o.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing scrolls sideways");
  assert.deepEqual(o.errors, []);
});

test("R03 F41 without a list, with one past its time or one that another key signed, it cannot be told: never “not in the list”", async () => {
  const stranger = new BadgeOffice("stranger", NOW);
  for (const [list, says] of [
    [undefined, /没有取得机关签名的名单/],
    [world.list(OFFICERS, { at: NOW - 20 * DAY, until: NOW - 10 * DAY }), /名单已过期/],
    [world.list(OFFICERS, { key: stranger.keys.badge }), /没有取得机关签名的名单/],
    [world.list(OFFICERS, { key: world.keys.status }), /没有取得机关签名的名单/],
    [world.list([...OFFICERS].reverse()), /没有取得机关签名的名单/],
  ]) {
    const o = await tab(await served(list));
    for (const who of ["王建国", "赵一"]) {
      const said = await look(o.page, who);
      assert.equal(said.state, "unknown");
      assert.match(said.says, says);
    }
    assert.deepEqual(o.errors, []);
  }
});

test("R03 with no network the list that was kept is read, with its date; an older one that comes later changes nothing", async () => {
  const o = await tab(await served(world.list(OFFICERS)));
  assert.equal((await look(o.page, "王建国")).state, "found");
  o.office.office.officers = world.list([OFFICERS[1]], { at: NOW - DAY });
  assert.equal((await look(o.page, "王建国")).state, "found", "older than the one at hand");
  o.office.office.down = true;
  await o.page.evaluate(() => navigator.serviceWorker.ready);
  await o.page.waitForTimeout(300);
  const later = await tab(o.office, { context: o.context });
  const said = await look(later.page, "51082200123");
  assert.deepEqual([said.state, said.numbers], ["found", ["51082200123"]]);
  o.office.office.down = false;
  o.office.office.officers = world.list([OFFICERS[1]], { at: NOW - 1000 });
  assert.equal((await look(later.page, "王建国")).state, "not_found", "a newer one counts at once");
  assert.deepEqual(later.errors, []);
});

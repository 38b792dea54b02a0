// The badge page's own scanner in Chromium with a fake camera: films of real codes, as a phone sees them.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { answer, launch } from "../tools/browser.mjs";
import { camera, film } from "../tools/film.mjs";
import { MINUTE, NOW, office, open, picture, status, tab, theBrowser } from "./page.mjs";

let dir;
before(async () => { dir = await mkdtemp(join(tmpdir(), "mingzheng-film-")); });
after(() => rm(dir, { recursive: true }));

/** Shows a code to the camera of a phone and gives the page to `run`, with what opens the camera and waits for its answer, and what shows another code. */
async function filmed(name, settings, run) {
  const path = join(dir, `${name}.mjpeg`);
  const shows = (other) => film(theBrowser(), [picture(other)], path);
  await shows(name);
  const browser = await launch(camera(path));
  try {
    const o = await open({ from: browser, ...settings });
    await run(o, async () => {
      await o.page.evaluate(() => document.querySelector("main").toggleAttribute("data-old", true));
      await o.page.locator("#scan").click();
      await o.page.locator("main:not([data-old]):not([data-drawing])").waitFor();
      // The verdict is drawn first and the rest after it.
      await o.page.locator("#scan:enabled").waitFor({ timeout: 60_000 });
      await o.page.locator("main:not([data-drawing])").waitFor();
      return answer(o.page);
    }, shows);
    assert.deepEqual(o.errors, []);
    await o.context.close();
  } finally {
    await browser.close();
  }
}

test("F41 R01 the camera reads a valid badge, then closes", () => filmed("valid", {}, async (o, look) => {
  const said = await look();
  assert.deepEqual([said.state, said.fields.name], ["valid", "王建国"]);
  assert.equal(await o.page.locator("video").count(), 0);
  assert.equal(await o.page.evaluate(() => document.activeElement?.id), "verdict");
}));

test("F41 a film of the badge, played again five minutes later, is refused", () => filmed("valid", { now: NOW + 5 * MINUTE }, async (o, look) => {
  const said = await look();
  assert.deepEqual([said.state, said.reason, said.number], ["not_valid", "replayed", 303]);
}));

test("R02 the camera sees the badge of somebody suspended", () => filmed("valid", { withdrawn: status("suspended") }, async (o, look) => {
  const said = await look();
  assert.deepEqual([said.state, said.reason], ["not_valid", "suspended"]);
}));

test("F41 the camera sees a badge of a wrong office key", () => filmed("stranger", {}, async (o, look) => {
  const said = await look();
  assert.deepEqual([said.state, said.reason, said.fields], ["not_valid", "signer_unknown", {}]);
}));

test("F41 the camera sees a badge that another device presents", () => filmed("other_device", {}, async (o, look) => {
  const said = await look();
  assert.deepEqual([said.state, said.reason, said.fields], ["not_valid", "other_device", {}]);
}));

test("J1 the camera sees the badge without an assignment, then the assignment, which is not for this enterprise", () => filmed("valid", {}, async (o, look, shows) => {
  let said = await look();
  assert.deepEqual([said.state, said.assignment], ["valid", "not_shown"]);
  assert.match(await o.page.locator("[data-assignment]").innerText(), /尚未证明：没有扫到检查任务码/);
  await shows("assignment");
  said = await look();
  assert.deepEqual([said.state, said.assignment], ["valid", "proven"]);
  await o.page.locator("#code").fill("91510822MA6ABCDE1X");
  await o.page.locator("#compare").click();
  assert.equal((await answer(o.page)).assignment_reason, "other_enterprise");
}));

test("F42 the camera's badge with clocks that were not compared", () => filmed("valid", { now: null, clock: NOW + 10 * MINUTE }, async (o, look) => {
  const said = await look();
  assert.deepEqual([said.state, said.reason, said.number], ["unknown", "clock", 603]);
}));

test("F41 the camera's badge with no network", () => filmed("valid", {}, async (o, look) => {
  await o.page.locator("[data-offline=kept]").waitFor({ state: "attached" });
  o.office.office.down = true;
  await o.page.reload();
  await o.page.locator("#scan:enabled").waitFor();
  const said = await look();
  assert.deepEqual([said.state, said.warnings], ["valid", ["clock_not_compared"]]);
}));

test("a damaged code gives no verdict: the camera goes on looking, says what helps, and can be closed", () => filmed("damaged", { clock: null }, async (o) => {
  await o.page.locator("#scan").click();
  await o.page.locator("video").waitFor();
  await o.page.waitForFunction(() => performance.getEntriesByName("badge-frame").length > 3, undefined, { timeout: 30_000 });
  assert.equal((await answer(o.page)).state, null);
  assert.match(await o.page.locator(".scan").innerText(), /请对方调亮屏幕/);
  await o.page.locator("#stop").click();
  assert.equal(await o.page.locator("video").count(), 0);
  assert.equal((await answer(o.page)).state, null);
}));

test("a camera that is not allowed, not there, in use or not offered leads to the picture, each in its own words", async () => {
  for (const [name, notice] of [["NotAllowedError", "noPermission"], ["NotFoundError", "noCamera"], ["NotReadableError", "cameraBusy"], [null, "cameraUnsupported"]]) {
    const o = await tab(await office(), {
      before: name === null
        ? "delete Navigator.prototype.mediaDevices"
        : `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", ${JSON.stringify(name)}))`,
    });
    await o.page.locator("#scan").click();
    await o.page.locator(`[data-notice=${notice}]`).waitFor();
    assert.equal(await o.page.locator("#picture").count(), 1);
    if (notice === "noPermission") await o.shot("badge-no-camera", false);
    assert.deepEqual(o.errors, []);
  }
});

test("no camera permission, asked of the browser itself", async () => {
  const browser = await launch(["--use-fake-device-for-media-stream", "--deny-permission-prompts"]);
  try {
    const o = await tab(await office(), { from: browser });
    await o.page.locator("#scan").click();
    await o.page.locator("[data-notice=noPermission]").waitFor();
    assert.match(await o.page.locator("[data-notice]").innerText(), /没有摄像头权限。请在地址栏或浏览器设置里允许/);
    await o.context.close();
  } finally {
    await browser.close();
  }
});

test("lamp and other cameras are offered where there are any", async () => {
  const path = join(dir, "lamp.mjpeg");
  await film(theBrowser(), [picture("damaged")], path);
  const browser = await launch(camera(path));
  try {
    const o = await tab(await office(), {
      from: browser,
      before: () => {
        MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
        window.asked = [];
        const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (c) => { window.asked.push(c.video); return real({ video: true }); };
        MediaStreamTrack.prototype.applyConstraints = async (c) => { window.lamp = c.advanced[0].torch; };
        navigator.mediaDevices.enumerateDevices = async () => ["a", "b"].map((deviceId) => ({ kind: "videoinput", deviceId }));
        MediaStreamTrack.prototype.getSettings = () => ({ deviceId: "a" });
      },
    });
    await o.page.locator("#scan").click();
    await o.page.locator("#torch:not([hidden])").click();
    assert.equal(await o.page.evaluate(() => window.lamp), true);
    assert.equal(await o.page.locator("#torch").getAttribute("aria-pressed"), "true");
    await o.shot("badge-scanning", false);
    await o.page.locator("#change").click();
    await o.page.waitForFunction(() => window.asked.length === 2);
    assert.deepEqual(await o.page.evaluate(() => [window.asked[0].facingMode, window.asked[1].deviceId]), ["environment", { exact: "b" }]);
    await o.context.close();
  } finally {
    await browser.close();
  }
});

// The badge page with no network, as a new version comes, and in browsers that lack much.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { answer, choose } from "../tools/browser.mjs";
import { BadgeOffice } from "./badge-world.mjs";
import { DAY, MINUTE, NOW, hash, hashOf, office, open, picture, scan, status, tab, text } from "./page.mjs";

const kept = (o) => o.page.locator("[data-offline=kept]").waitFor({ state: "attached" });
const offline = (o) => o.page.locator("[data-offline]").getAttribute("data-offline");
const build = (o) => o.page.locator("[data-build]").getAttribute("data-build");
const digest = (bytes, form) => createHash("sha256").update(bytes).digest(form);

test("F41 F42 with no network the page opens, judges with what it kept, says how old that is, and knows no time but this device's", async () => {
  const first = await open({ hash: hash("valid") });
  await kept(first);
  first.office.office.down = true;
  for (const [by, state, reason] of [[0, "valid", null], [10 * MINUTE, "unknown", "clock"], [-10 * MINUTE, "unknown", "clock"], [DAY, "unknown", "clock"], [-DAY, "unknown", "clock"]]) {
    const o = await tab(first.office, { context: first.context, clock: NOW + by });
    await choose(o.page, picture("valid"));
    const said = await answer(o.page);
    assert.deepEqual([said.state, said.reason], [state, reason], `${by} ms`);
    await o.page.locator("[data-memory]").waitFor();
    assert.match(await o.page.locator("[data-memory]").innerText(), /没有连上本机关/);
    if (by === 0) {
      assert.deepEqual(said.warnings, ["clock_not_compared"]);
      assert.match(await o.page.locator("[data-ages]").innerText(), /暂扣注销名单：60 分钟前签发；签发钥匙清单：\d+ 天前签发/);
      await o.shot("badge-no-network");
    }
    await o.page.close();
    assert.deepEqual(o.errors, []);
  }
});

test("with no network a suspension that was known before is not forgotten, and a challenge is answered", async () => {
  const world = new BadgeOffice("world", NOW);
  const [a, b] = [world.officer("王建国", "51082200123", 5), world.officer("李秀英", "51082200124", 6)];
  const served = await office({ config: world.config(), trust: world.trust, status: world.status({ 6: 2 }) });
  const first = await tab(served);
  await kept(first);
  served.office.down = true;
  const o = await tab(served, { context: first.context, clock: NOW + DAY });
  await scan(o.page, a.shows());
  assert.equal((await answer(o.page)).reason, "clock");
  await o.page.locator("#challenge").click();
  const challenge = await o.page.locator("[data-challenge]").getAttribute("data-challenge");
  await scan(o.page, b.shows({ challenge }));
  assert.deepEqual([(await answer(o.page)).state, (await answer(o.page)).reason], ["not_valid", "suspended"]);
  await o.page.locator("#challenge").click();
  await scan(o.page, a.shows({ challenge: await o.page.locator("[data-challenge]").getAttribute("data-challenge") }));
  const said = await answer(o.page);
  assert.deepEqual([said.state, said.answered, said.warnings], ["valid", "yes", ["status_old", "clock_not_compared", "device_clock"]]);
});

test("what is at hand answers first, and the office's news afterwards", async () => {
  const first = await open({ hash: hash("valid") });
  await kept(first);
  Object.assign(first.office.office, { status: status("suspended"), delay: 2500 });
  const o = await tab(first.office, { context: first.context, hash: hash("valid") });
  assert.equal((await answer(o.page)).state, "valid", "not kept waiting");
  await o.page.locator("#verdict[data-state=not_valid]").waitFor();
  assert.equal((await answer(o.page)).reason, "suspended");
  assert.match(await o.page.locator("#aloud").textContent(), /刚取得的名单改变了结论/);
});

/** The build as it would be with another script: new digests in the page and in the service worker. */
async function nextBuild(folder, { script = true } = {}) {
  const dist = new URL("../dist/", import.meta.url);
  const read = (name) => readFile(new URL(name, dist), "utf8");
  const [html, js, css, sw] = await Promise.all(["badge.html", "badge.js", "badge.css", "sw.js"].map(read));
  const js2 = `${js}\n// next`;
  const html2 = html.replace(digest(js, "base64"), digest(js2, "base64"));
  const sw2 = sw.replace(digest(js, "hex"), digest(js2, "hex")).replace(digest(html, "hex"), digest(html2, "hex"));
  assert.ok(html2 !== html && sw2 !== sw);
  for (const [name, content] of [["badge.html", html2], ["badge.js", script ? js2 : js], ["badge.css", css], ["sw.js", sw2]]) {
    await writeFile(join(folder, `${name}.gz`), gzipSync(content));
  }
  return { url: pathToFileURL(`${folder}/`), script: digest(js2, "hex") };
}

test("a new version takes over at the next load, whole; half of one never", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mingzheng-build-"));
  try {
    const o = await open();
    await kept(o);
    const old = await build(o);
    // The office serves a page and a script that do not belong together: nothing of it is kept or run.
    const half = await nextBuild(folder, { script: false });
    o.office.office.build = half.url;
    await o.page.reload();
    await o.page.locator("#scan:enabled").waitFor();
    await o.page.waitForTimeout(1000);
    assert.deepEqual([await build(o), await offline(o)], [old, "kept"]);
    const stranger = await tab(o.office, { ready: false });
    await stranger.page.waitForTimeout(500);
    assert.equal(await stranger.page.locator("#scan").count(), 0, "a script of another version does not run");
    assert.match(await stranger.page.locator("main").innerText(), /如果一直停在这里：请刷新/);

    const next = await nextBuild(folder);
    await o.page.reload();
    await o.page.locator("#scan:enabled").waitFor();
    assert.equal(await build(o), old, "this load is still the old version");
    await o.page.locator("[data-offline=newer]").waitFor({ state: "attached" });
    await o.page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration("/b"))?.waiting === null);
    o.office.office.down = true;
    await o.page.reload();
    await o.page.locator("#scan:enabled").waitFor();
    assert.equal(await build(o), next.script, "and the next load the new one, though the network is gone");
    assert.equal(await o.page.evaluate(async () => (await caches.keys()).length), 1, "nothing is left of the old one");
    assert.deepEqual(o.errors, []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the fingerprint that the page shows is the one that is published, and the browser held the script to it", async () => {
  const o = await open();
  const published = await readFile(new URL("../dist/badge.sha256", import.meta.url), "utf8");
  assert.equal(`${await build(o)}  badge.js`, published.split("\n")[1]);
  assert.equal(await build(o), digest(await readFile(new URL("../dist/badge.js", import.meta.url)), "hex"));
});

test("a browser without service workers says that the page must stay open, and it works while it does", async () => {
  const o = await open({ before: () => { delete Navigator.prototype.serviceWorker; } });
  assert.equal(await offline(o), "none");
  o.office.office.down = true;
  await choose(o.page, picture("valid"));
  assert.equal((await answer(o.page)).state, "valid");
  assert.match(await o.page.locator("[data-offline]").textContent(), /不关闭就一直能用/);
  assert.deepEqual(o.errors, []);
});

test("old browsers: without what came after Chrome 67, and without storage, it judges the same", async () => {
  const o = await open({
    before: () => {
      for (const [owner, names] of [
        [Object, ["hasOwn", "fromEntries", "groupBy"]], [Array.prototype, ["at", "flat", "flatMap", "findLast", "toSorted"]], [Uint8Array.prototype, ["at", "findLast", "toSorted", "toHex", "toBase64"]],
        [Uint8Array, ["fromHex", "fromBase64"]], [String.prototype, ["at", "replaceAll", "matchAll", "trimStart", "trimEnd"]], [Element.prototype, ["replaceChildren", "toggleAttribute"]],
        [Promise, ["allSettled", "any", "withResolvers"]], [AbortSignal, ["timeout", "any"]],
        [window, ["createImageBitmap", "structuredClone", "queueMicrotask", "DecompressionStream", "OffscreenCanvas", "BarcodeDetector", "scheduler", "ResizeObserver", "WeakRef", "requestIdleCallback"]],
        [Crypto.prototype, ["randomUUID", "subtle"]], [Navigator.prototype, ["serviceWorker"]],
      ]) for (const name of names) delete owner[name];
      Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
      delete window.globalThis;
    },
  });
  assert.deepEqual(await o.page.evaluate(() => [typeof window.globalThis, typeof createImageBitmap, typeof Array.prototype.at]), ["object", "undefined", "undefined"]);
  await choose(o.page, picture("valid"));
  assert.equal((await answer(o.page)).state, "valid");
  await choose(o.page, picture("assignment"));
  assert.equal((await answer(o.page)).assignment, "proven");
  await scan(o.page, text("F41 replayed after 61 s"));
  assert.equal((await answer(o.page)).reason, "replayed");
  await o.page.locator("#challenge").click();
  assert.equal(await o.page.locator("[data-challenge] svg").count(), 1);
  assert.deepEqual(o.errors, []);
});

test("old browsers: the built page uses no newer syntax, and no newer function than those that it brings", async () => {
  const [script, style] = await Promise.all(["badge.js", "badge.css"].map((f) => readFile(new URL(`../dist/${f}`, import.meta.url), "utf8")));
  // Chrome 80 and later: ?. and ??, class fields, logical assignment; what esbuild was told to write otherwise.
  for (const [what, pattern] of [["optional chaining", /[\w)\]]\?\.[a-zA-Z[(]/], ["nullish", /\?\?/], ["private names", /this\.#\w/], ["static blocks", /static\s*\{/], ["numeric separators", /\b\d+_\d+\b/]]) {
    const code = script.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '""');
    assert.ok(!pattern.test(code), `${what}: ${pattern.exec(code)?.[0]}`);
  }
  for (const name of ["structuredClone(", "AbortSignal.timeout", ".replaceAll(", ".at(-", ".findLast(", ".toSorted(", "Promise.any(", ".showModal("]) {
    assert.ok(!script.includes(name), name);
  }
  for (const name of ["min(", "clamp(", "inset:", ":has(", ":is(", ":where(", "gap:"]) assert.ok(!style.includes(name), name);
});

test("P7 under 150 KB are sent for the page, its script, style and service worker", async (t) => {
  const served = await office();
  const o = await tab(served);
  const client = await o.context.newCDPSession(o.page);
  await client.send("Network.enable");
  let sent = 0;
  client.on("Network.loadingFinished", (e) => { sent += e.encodedDataLength; });
  await client.send("Network.setCacheDisabled", { cacheDisabled: true });
  await client.send("Network.setBypassServiceWorker", { bypass: true });
  await o.page.reload({ waitUntil: "networkidle" });
  t.diagnostic(`transferred with headers and lists: target < 150000 bytes, ${sent}`);
  assert.ok(sent > 60_000 && sent < 150_000, String(sent));
});

test("a page opened from a code works where the address bar keeps the digits of an earlier one", async () => {
  const o = await open({ hash: hash("valid") });
  await o.page.reload();
  await o.page.locator("#verdict[data-state]").waitFor();
  assert.equal((await answer(o.page)).state, "valid");
  await scan(o.page, `x${hashOf(text("valid"))}&from=scanner`);
  assert.equal((await answer(o.page)).state, "valid");
});

// The built verifier page, opened from a disk in a real browser. MINGZHENG_SHOTS=DIR keeps pictures of it.
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, afterEach, before, test } from "node:test";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "../tools/browser.mjs";
import { load } from "../tools/verifier.mjs";
import { make, seal, zip } from "./make.mjs";

const shots = process.env.MINGZHENG_SHOTS;
const made = make({ entries: 60, photos: 3, kinds: ["drone.flown"] });
let browser;
let verifier;
let dir;
const path = (name) => join(dir, name);

before(async () => {
  browser = await launch();
  verifier = await load();
  dir = await mkdtemp(join(tmpdir(), "mingzheng-verify-"));
  await copyFile(new URL("../dist/verify.html", import.meta.url), path("verify.html"));
  await writeFile(path("trust.cbor"), made.trust);
  await writeFile(path("case.zip"), zip(made.files));
  await writeFile(path("checkpoint.cose"), made.checkpoint);
  const changed = new Map(made.files);
  const photo = [...changed.keys()].find((p) => p.endsWith(".age"));
  changed.set(photo, Buffer.concat([changed.get(photo).subarray(0, -1), Buffer.of(1)]));
  await writeFile(path("changed.zip"), zip(seal(changed, made.keys.export)));
  for (const [name, content] of made.files) {
    const file = path(join("folder", name));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
});
after(async () => {
  await browser.close();
  await rm(dir, { recursive: true });
});
const opened = [];
afterEach(async () => { for (const context of opened.splice(0)) await context.close(); });

async function open(options = {}, size = 1) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 1300 }, locale: "zh-CN", ...options });
  opened.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const [errors, requests] = [[], []];
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") errors.push(m.text()); });
  page.on("request", (r) => requests.push(r.url()));
  if (size !== 1) await page.addInitScript((s) => addEventListener("DOMContentLoaded", () => { document.documentElement.style.fontSize = `${s * 100}%`; }), size);
  const url = String(pathToFileURL(path("verify.html")));
  await page.goto(url);
  const judged = async () => {
    const result = page.locator("#result[data-exit]");
    await result.waitFor();
    return Number(await result.getAttribute("data-exit"));
  };
  return {
    page, judged,
    async pick(bundle, trust = "trust.cbor") {
      if (trust) await page.locator("#trust").setInputFiles(path(trust));
      await page.locator(bundle.endsWith(".zip") ? "#zip" : "#folder").setInputFiles(path(bundle));
      return judged();
    },
    async shot(name, options = {}) {
      if (shots) await page.screenshot({ path: join(shots, `${name}.png`), ...options });
    },
    quiet() {
      assert.deepEqual(errors, []);
      assert.deepEqual(requests.filter((r) => r !== url && !r.startsWith("data:") && !r.startsWith("blob:")), [], "nobody is asked for anything");
    },
  };
}

const state = (page) => page.locator(".verdict").getAttribute("class");
const found = (page) => page.locator("[data-code]").evaluateAll((all) => all.map((e) => e.dataset.code));

test("J23 opened from a disk the zip and the folder are valid, and the report is the one that Node gives", async () => {
  const { report } = await verifier.verify({ zip: new verifier.MemoryBytes(zip(made.files)) }, { given: { list: new Uint8Array(made.trust) } });
  for (const bundle of ["case.zip", "folder"]) {
    const o = await open();
    await o.shot("verify-empty", { fullPage: true });
    assert.equal(await o.pick(bundle), 0, bundle);
    assert.match(await state(o.page), /\bvalid\b/);
    assert.equal(await o.page.title(), "有效 · 核验案卷");
    assert.match(await o.page.locator(".lines").innerText(), /自身一致[\s\S]*✓[\s\S]*签发机关[\s\S]*✓[\s\S]*某县卫生健康局/);
    assert.equal(await o.page.evaluate(() => document.activeElement?.id), "result", "the verdict has the focus");
    assert.equal(await o.page.locator(".story li").count(), 61);
    assert.match(await o.page.locator(".unknown-kind").innerText(), /未知种类[\s\S]*drone\.flown/);
    const [download] = await Promise.all([o.page.waitForEvent("download"), o.page.getByRole("button", { name: "下载结果" }).click()]);
    assert.deepEqual(JSON.parse(await readFile(await download.path(), "utf8")), report);
    await o.shot("verify-valid");
    await o.shot("verify-valid-full", { fullPage: true });
    o.quiet();
  }
});

test("J23 F38 a changed photograph is not valid though the office packed it anew, and the place is named", async () => {
  const o = await open();
  assert.equal(await o.pick("changed.zip"), 1);
  assert.match(await state(o.page), /invalid/);
  assert.ok((await found(o.page)).includes("media-changed"));
  assert.match(await o.page.locator("[data-code=media-changed]").innerText(), /怎么办：.*现场记录.*data\/evidence\//s);
  assert.equal(await o.page.locator("tr[data-check=media]").getAttribute("data-status"), "failed");
  await o.shot("verify-invalid");
  o.quiet();
});

test("P9 without trust nothing is green; a typed fingerprint makes it so, a wrong one does not", async () => {
  const o = await open();
  assert.equal(await o.pick("case.zip", null), 2);
  assert.match(await state(o.page), /unknown/);
  assert.match(await o.page.locator(".lines").innerText(), /未确定（自称“某县卫生健康局”）/);
  await o.shot("verify-unknown");
  const root = (await o.page.locator(".root").innerText()).trim();
  const again = o.page.getByRole("button", { name: "重新核验" });
  await o.page.locator("#fingerprint").fill(`${root.slice(0, -1)}x`);
  await again.click();
  assert.match(await o.page.locator("#fingerprint-bad").innerText(), /还不是 64 位/);
  await o.page.locator("#fingerprint").fill(root.toUpperCase());
  await again.click();
  await o.page.locator("#result[data-exit='0']").waitFor();
  assert.match(await state(o.page), /\bvalid\b/);
  await o.page.locator("#fingerprint").fill(`${"0".repeat(63)}1`);
  await again.click();
  await o.page.locator("#result[data-exit='1']").waitFor();
  assert.ok((await found(o.page)).includes("another-root"));
  assert.match(await o.page.locator(".lines").innerText(), /不是您信任的机关/);
  o.quiet();
});

test("P5 the checkpoint that a party holds is compared", async () => {
  const o = await open();
  await o.page.locator("summary").first().click();
  await o.page.locator("#checkpoint-file").setInputFiles(path("checkpoint.cose"));
  assert.equal(await o.pick("case.zip"), 0);
  assert.ok((await found(o.page)).includes("pinned"));
  await o.page.locator("#checkpoint").fill("12345");
  await o.page.getByRole("button", { name: "重新核验" }).click();
  await o.page.locator("#checkpoint-bad", { hasText: "不是检查点" }).waitFor();
  o.quiet();
});

test("what is no bundle gets an answer and no green", async () => {
  await writeFile(path("paper.zip"), "%PDF-1.7 this is no zip");
  await writeFile(path("none.zip"), "");
  for (const name of ["paper.zip", "none.zip"]) {
    const o = await open();
    assert.equal(await o.pick(name), 1, name);
    assert.ok((await found(o.page)).includes("zip-truncated"));
    o.quiet();
  }
});

test("it begins by saying that it came with the file, and says how to compare", async () => {
  const o = await open();
  const said = await o.page.locator(".caution").innerText();
  for (const words of ["随案卷", "伪造", "/verify", "SHA-256", "mingzheng verify", "Python", "certutil", "shasum", "sha256sum"]) assert.ok(said.includes(words), words);
  const policy = await o.page.locator("meta[http-equiv]").getAttribute("content");
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'none'$/);
  const html = await readFile(path("verify.html"), "utf8");
  assert.equal(html.match(/<script/g).length, 1);
  assert.doesNotMatch(html, /<script[^>]+(src|type)=|\bimport\(|\beval\(|new Function\(|https?:\/\/(?!www\.w3\.org)/);
  o.quiet();
});

test("a script that is not the page's own does not run", async () => {
  const html = await readFile(path("verify.html"), "utf8");
  await writeFile(path("evil.html"), html.replace("</body>", "<script>document.title = 'evil'</script></body>"));
  const o = await open();
  await o.page.goto(String(pathToFileURL(path("evil.html"))));
  assert.notEqual(await o.page.title(), "evil");
});

test("stopping gives no verdict", async () => {
  const large = make({ entries: 900, photos: 40, photoBytes: 1_000_000 });
  await writeFile(path("large.zip"), zip(large.files));
  const o = await open();
  await o.page.locator("#zip").setInputFiles(path("large.zip"));
  await o.page.getByRole("button", { name: "停止" }).click();
  await o.page.getByText("已停止，没有结论。").waitFor();
  assert.equal(await o.page.locator("#result[data-exit]").count(), 0);
  o.quiet();
});

test("large print, dark, narrow and one language lose nothing", async () => {
  for (const [name, options, size] of [
    ["verify-200", {}, 2], ["verify-dark", { colorScheme: "dark" }, 1], ["verify-320", { viewport: { width: 320, height: 640 } }, 1],
    ["verify-contrast", { forcedColors: "active", contrast: "more" }, 1],
  ]) {
    const o = await open(options, size);
    assert.equal(await o.pick("case.zip"), 0);
    const wide = await o.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, `${name} scrolls sideways`);
    const small = await o.page.locator("button:visible, .button:visible, summary:visible, .languages label").evaluateAll((all) => all.map((e) => e.getBoundingClientRect()).filter((r) => r.height < 44).length);
    assert.equal(small, 0, `${name}: a thumb does not hit`);
    await o.shot(name);
    o.quiet();
  }
  const o = await open();
  await o.pick("case.zip");
  await o.page.getByLabel("English", { exact: true }).check();
  assert.match(await o.page.locator(".verdict").innerText(), /^[^\u4e00-\u9fff]*Valid[\s\S]*Consistent in itself/);
  await o.page.getByLabel("中文", { exact: true }).check();
  assert.doesNotMatch(await o.page.locator(".verdict").innerText(), /Valid|Consistent/);
});

test("on paper: fingerprint, the exporter's date, every finding with what to do", async (t) => {
  const o = await open();
  await o.pick("case.zip", null);
  const pdf = await o.page.pdf({ preferCSSPageSize: true });
  assert.ok(pdf.length > 10_000);
  if (shots) await writeFile(join(shots, "verify-print.pdf"), pdf);
  await o.page.emulateMedia({ media: "print" });
  const said = await o.page.locator("body").innerText();
  for (const words of ["根指纹", "导出时间", "2026-11-22", "怎么办", "不能知道的"]) assert.ok(said.includes(words), words);
  assert.ok(!said.includes("选择 ZIP 文件"), "the form is not printed");
  assert.ok(!said.includes(String(new Date().getFullYear() + 1)));
  t.diagnostic(`${pdf.length} bytes`);
});

test("1,000 entries and 50 photographs", async (t) => {
  const bench = make({ entries: 1001, photos: 50, photoBytes: 2_000_000 });
  await writeFile(path("bench.zip"), zip(bench.files));
  await writeFile(path("bench-trust.cbor"), bench.trust);
  const o = await open();
  assert.equal(await o.pick("bench.zip", "bench-trust.cbor"), 0);
  const ms = Number(await o.page.locator("#result").getAttribute("data-ms"));
  t.diagnostic(`1,000 entries + 50 photographs of 2 MB in Chromium: target ≤ 3000 ms, ${ms} ms, ${ms <= 3000 ? "met" : "missed"}`);
  assert.ok(ms < 60_000, "even on a busy machine");
  o.quiet();
});

// `node test/bench-badge.mjs`: how long the badge page takes in Chromium, as one line of JSON; medians of fresh pages, each with a code that it has not seen.
//   verdict_ms          from the decoded text to the verdict in the page and laid out, and how much of it is judging; verdict_least_ms the fastest of the runs and
//                       verdict_processor_ms what of it the page's thread ran, for a machine that does much else; verdict_again_ms the same for a second code, without a camera to close
//   shown_ms            from the decoded text to the verdict on the screen; what stands below it comes after that
//   scan_to_verdict_ms  from the camera's first picture to the verdict drawn, 15 different pictures a second
//   page_bytes          page, script, style and service worker; page_bytes_transferred with headers, as the browser counts them, lists too
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../tools/browser.mjs";
import { FRAMES_PER_SECOND, camera, film } from "../tools/film.mjs";
import { serve } from "./server.mjs";
import { vectors } from "./source.mjs";

const RUNS = 7;
const file = await vectors("badge/verdicts.json");
const valid = file.cases.find((c) => c.name === "valid");
const picture = new URL("../../tests/vectors/badge/valid.png", import.meta.url).pathname;
const median = (all) => [...all].sort((a, b) => a - b)[all.length >> 1];
const round = (n) => Math.round(n * 10) / 10;

const dir = await mkdtemp(join(tmpdir(), "mingzheng-bench-"));
const path = join(dir, "code.mjpeg");
const office = await serve({
  config: { root: file.root, organ: "青川县卫生健康局", phone: "0839-12345", address: "zf.example.gov.cn/b" },
  trust: Buffer.from(file.trust.good, "hex"), status: Buffer.from(file.status["in order"], "hex"), now: valid.now,
});
const maker = await launch();
await film(maker, [picture], path);
await maker.close();
const browser = await launch(camera(path));
try {
  const fresh = async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, serviceWorkers: "block" });
    const page = await context.newPage();
    // The vectors' day; a clock that runs, not Playwright's, whose timers are not the browser's.
    await page.addInitScript((now) => { Date.now = () => now + performance.now(); }, valid.now);
    return { context, page };
  };
  const state = (page) => page.evaluate(() => document.querySelector("#verdict")?.dataset.state);
  const [verdicts, judged, shown, processor, again, scans] = [[], [], [], [], [], []];
  let transferred = 0;
  for (let run = 0; run < RUNS; run++) {
    const { context, page } = await fresh();
    if (run === 0) {
      const client = await context.newCDPSession(page);
      await client.send("Network.enable");
      client.on("Network.loadingFinished", (e) => { transferred += e.encodedDataLength; });
    }
    await page.goto(office.url, { waitUntil: "networkidle" });
    await browser.startTracing(page, { categories: ["blink.user_timing"] });
    await page.locator("#scan:enabled").click();
    await page.locator("main:not([data-drawing]) #verdict[data-state]").waitFor({ timeout: 60_000 });
    if ((await state(page)) !== "valid") throw new Error(`the page said ${await state(page)}`);
    const marks = await page.evaluate(() => Object.fromEntries(["badge-camera", "badge-decoded", "badge-judged", "badge-verdict", "badge-shown"].map((n) => [n, performance.getEntriesByName(n).pop().startTime])));
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const [decoded, verdict] = ["badge-decoded", "badge-verdict"].map((n) => traceEvents.filter((e) => e.name === n && e.tts).pop().tts / 1000);
    processor.push(verdict - decoded);
    verdicts.push(marks["badge-verdict"] - marks["badge-decoded"]);
    judged.push(marks["badge-judged"] - marks["badge-decoded"]);
    shown.push(marks["badge-shown"] - marks["badge-decoded"]);
    scans.push(marks["badge-verdict"] - marks["badge-camera"]);
    again.push(await page.evaluate((hash) => {
      history.replaceState(null, "", hash);
      const start = performance.now();
      dispatchEvent(new Event("hashchange"));
      return performance.now() - start;
    }, valid.badge.slice(valid.badge.indexOf("#"))));
    await context.close();
  }
  const sizes = await Promise.all(["badge.html", "badge.js", "badge.css", "sw.js"].map(async (f) => (await readFile(new URL(`../dist/${f}`, import.meta.url))).length));
  // The service worker comes besides the page's own requests.
  const worker = (await readFile(new URL("../dist/sw.js.gz", import.meta.url))).length;
  console.log(JSON.stringify({
    verdict_ms: round(median(verdicts)), verdict_least_ms: round(Math.min(...verdicts)), verdict_processor_ms: round(median(processor)), shown_ms: round(median(shown)), of_it_judging_ms: round(median(judged)), verdict_again_ms: round(median(again)), scan_to_verdict_ms: round(median(scans)),
    page_bytes: sizes.reduce((a, b) => a + b), page_bytes_transferred: transferred + worker, camera_fps: FRAMES_PER_SECOND, runs: RUNS,
  }));
} finally {
  await browser.close();
  office.close();
  await rm(dir, { recursive: true });
}

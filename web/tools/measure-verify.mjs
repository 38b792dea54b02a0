// `node measure-verify.mjs VERIFY.HTML ZIP TRUST`: the page, opened from disk in Chromium, verifies the zip; prints the best of three and the exit.
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [html, zip, trust] = process.argv.slice(2);
const browser = await launch();
const runs = [];
for (let i = 0; i < 3; i++) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(String(pathToFileURL(html)));
  await page.locator("#trust").setInputFiles(trust);
  await page.locator("#zip").setInputFiles(zip);
  const result = page.locator("#result[data-exit][data-ms]");
  await result.waitFor();
  runs.push({ exit: Number(await result.getAttribute("data-exit")), ms: Number(await result.getAttribute("data-ms")) });
}
await browser.close();
console.log(JSON.stringify({ exit: Math.max(...runs.map((r) => r.exit)), ms: Math.min(...runs.map((r) => r.ms)) }));

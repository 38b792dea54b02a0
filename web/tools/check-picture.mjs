// node tools/check-picture.mjs PNG URL [--assignment PNG] [--screenshot OUT.png]
// Opens the badge page at URL in Chromium, gives it the picture of a code, and prints the page's answer as JSON.
// Exit 0 valid, 1 not valid, 2 unknown.
import { parseArgs } from "node:util";
import { answer, choose, launch } from "./browser.mjs";

const { values, positionals: [png, url] } = parseArgs({
  allowPositionals: true, options: { screenshot: { type: "string" }, assignment: { type: "string" } },
});
if (!png || !url) {
  console.error("usage: node tools/check-picture.mjs PNG URL [--assignment PNG] [--screenshot OUT.png]");
  process.exit(64);
}
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 411, height: 890 }, deviceScaleFactor: 2, locale: "zh-CN" });
  await page.goto(url);
  await page.locator(".actions button:enabled").waitFor();
  await choose(page, png);
  if (values.assignment) await choose(page, values.assignment);
  const said = await answer(page);
  if (values.screenshot) await page.screenshot({ path: values.screenshot, fullPage: true });
  console.log(JSON.stringify(said));
  process.exitCode = { valid: 0, not_valid: 1 }[said.state] ?? 2;
} finally {
  await browser.close();
}

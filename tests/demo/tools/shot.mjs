// node shot.mjs FIRST-ADDRESS PATH[#ID]=OUT.png…
// Opens FIRST-ADDRESS in Chromium (for instance the console's one-time link), then each PATH of the same office, and keeps a picture of what a
// screen shows of it, from the element ID on.
import { createRequire } from "node:module";
const { chromium } = createRequire(new URL("../../../web/package.json", import.meta.url))("playwright-core");

const [first, ...pages] = process.argv.slice(2);
if (!first || pages.length === 0) {
  console.error("usage: node shot.mjs FIRST-ADDRESS PATH[#ID]=OUT.png…");
  process.exit(64);
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, locale: "zh-CN" });
  const check = (response, address) => {
    // No response: the page was there already.
    if (response && !response.ok()) throw new Error(`${address}: ${response.status()}`);
  };
  check(await page.goto(first), first);
  // A one-time link leads on by itself; wherever it leads, its token is gone from the address.
  await page.waitForURL((url) => !url.searchParams.has("link"), { waitUntil: "networkidle" });
  for (const pair of pages) {
    const [, path, out] = /^([^=]+)=(.+)$/.exec(pair);
    const address = new URL(path, first).href;
    check(await page.goto(address, { waitUntil: "networkidle" }), address);
    await page.waitForLoadState("networkidle"); // photographs load when they come into view
    await page.screenshot({ path: out });
  }
} finally {
  await browser.close();
}

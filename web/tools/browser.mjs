// Chromium of the system, driven by playwright-core.
import { chromium } from "playwright-core";

export const launch = (more = []) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...more],
});

/** Gives a picture to the page and waits for its answer. */
export async function choose(page, png) {
  // The page draws itself anew when it has an answer.
  await page.evaluate(() => document.querySelector("main").toggleAttribute("data-old", true));
  await page.locator("#picture").setInputFiles(png);
  await page.locator("main:not([data-old]):not([data-drawing])").waitFor();
}

/** What the page says, read from the page. */
export async function answer(page) {
  return page.evaluate(() => {
    const data = (selector) => document.querySelector(selector)?.dataset ?? {};
    const { state, reason, number, warnings } = data("#verdict");
    const notice = data("[data-notice]").notice;
    const fields = Object.fromEntries([...document.querySelectorAll("dd[data-field]")].map((e) => [
      e.dataset.field, e.querySelector("[data-day]")?.dataset.day ?? e.textContent,
    ]));
    const { assignment, assignmentReason } = data("[data-assignment]");
    return {
      state: notice === "noCode" ? "unknown" : state ?? null,
      reason: notice === "noCode" ? "no_code" : reason ?? null,
      number: number === undefined ? null : Number(number),
      warnings: warnings?.split(" ").filter(Boolean) ?? [],
      fields,
      assignment: assignment ?? null,
      assignment_reason: assignmentReason ?? null,
      answered: data("#verdict").answered ?? null,
      says: document.querySelector("#verdict h2 .zh")?.textContent ?? document.querySelector("[data-notice] .zh")?.textContent ?? null,
    };
  });
}

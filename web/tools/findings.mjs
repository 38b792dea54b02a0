// Makes the tables of docs/verify.md, with the Chinese advice beside, importable as "findings", so that codes, weights and words have one place.
import { readFile } from "node:fs/promises";
import { deflateRawSync } from "node:zlib";

const PAGE = new URL("../../docs/verify.md", import.meta.url);
/** "What to do" in Chinese by code; docs/verify.md has it in English. */
const ADVICE = new URL("../src/verify/advice.zh.json", import.meta.url);
/** The sections "### …" of the page in their order (docs/formats/verification.md §1). */
const CHECKS = [
  "files", "trust", "signatures", "chain", "fields", "tree", "completeness", "receipts", "media", "custody", "documents", "statements", "office", "times",
  "witnesses", "keys",
];
const WEIGHTS = { "✗": "failed", "?": "cannot_judge", "!": "warning", "·": "note" };
const ROW = /^\| `([a-z0-9-]+)` \| `?(.)`? \| (.+?)<br>(.+?)\s*\| (.+?) \|$/gmsu;

export async function readFindings() {
  const sections = (await readFile(PAGE, "utf8")).split(/^### /m).slice(1);
  if (sections.length !== CHECKS.length) throw new Error(`docs/verify.md: ${sections.length} sections, expected ${CHECKS.length}`);
  const advice = JSON.parse(await readFile(ADVICE, "utf8"));
  const checks = [];
  const findings = {};
  sections.forEach((section, i) => {
    checks.push({ id: CHECKS[i], en: section.slice(0, section.indexOf("\n")).trim() });
    const rows = [...section.matchAll(ROW)];
    const codes = section.match(/^\| `/gm)?.length ?? 0;
    if (rows.length !== codes) throw new Error(`docs/verify.md: ${codes - rows.length} rows of "${CHECKS[i]}" cannot be read`);
    for (const [, code, mark, zh, en, todo] of rows) {
      findings[code] = { check: CHECKS[i], status: WEIGHTS[mark], zh: zh.trim(), en: en.trim(), todo: todo.trim().replace(/\*\*|`/g, "") };
      if (advice[code]) findings[code].todoZh = advice[code];
    }
  });
  return { checks, findings };
}

/** What happened, in words: kinds of entries, their fields and values. */
const STORY = new URL("../src/verify/story.json", import.meta.url);
const TABLES = {
  findings: { names: "checks, findings", read: readFindings },
  "story-words": { names: "kinds, fields, values", read: async () => JSON.parse(await readFile(STORY, "utf8")) },
};

/** Words are a third of the page when they stand in it as they are: they travel deflated. */
export const plugin = {
  name: "findings",
  setup(build) {
    build.onResolve({ filter: /^(findings|story-words)$/ }, ({ path }) => ({ path, namespace: "findings" }));
    build.onLoad({ filter: /.*/, namespace: "findings" }, async ({ path }) => {
      const { names, read } = TABLES[path];
      const packed = deflateRawSync(JSON.stringify(await read()), { level: 9 }).toString("base64");
      return {
        contents: `import { inflateSync, strFromU8 } from "fflate";
          export const { ${names} } = JSON.parse(strFromU8(inflateSync(Uint8Array.from(atob("${packed}"), (c) => c.charCodeAt(0)))));`,
        resolveDir: new URL("..", import.meta.url).pathname,
      };
    });
  },
};

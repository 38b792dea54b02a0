/** The tables of docs/verify.md and advice.zh.json, read at build time (web/tools/findings.mjs). */
declare module "findings" {
  export const checks: { id: string; en: string }[];
  export const findings: Record<string, { check: string; status: "failed" | "cannot_judge" | "warning" | "note"; zh: string; en: string; todo: string; todoZh?: string }>;
}

/** story.json, which travels deflated as the tables above do. */
declare module "story-words" {
  type Pair = readonly [zh: string, en: string];
  /** Kind (docs/formats/kinds.md): its name, and the fields that people read. */
  export const kinds: Record<string, readonly [zh: string, en: string, ...fields: string[]]>;
  export const fields: Record<string, Pair>;
  export const values: Record<string, Pair>;
}

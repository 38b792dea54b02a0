/** The tables of docs/verify.md and advice.zh.json, read at build time (web/tools/findings.mjs). */
declare module "findings" {
  export const checks: { id: string; en: string }[];
  export const findings: Record<string, { check: string; status: "failed" | "cannot_judge" | "warning" | "note"; zh: string; en: string; todo: string; todoZh?: string }>;
}

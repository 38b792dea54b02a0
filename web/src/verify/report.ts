/** What was found, in the form that all verifiers share (docs/formats/verification.md §1). */
import { checks, findings } from "findings";
import { CANNOT_KNOW, CHECK_TITLES } from "./words";

export type Status = "nothing" | "ok" | "note" | "warning" | "cannot_judge" | "failed";
const WEIGHT: Status[] = ["nothing", "ok", "note", "warning", "cannot_judge", "failed"];

export type Signer =
  | { state: "established"; organ: string; root: string }
  | { state: "not_established"; claimed_organ: string; root: string }
  | { state: "another"; root: string }
  | { state: "unknown" };

export interface Found {
  code: string;
  status: Status;
  subject: string;
  detail: string;
  zh: string;
  en: string;
}

export interface Check {
  id: string;
  status: Status;
  checked: number;
  zh: string;
  en: string;
  findings: Found[];
}

export interface Report {
  v: 1;
  case: string | null;
  exported: number | null;
  consistent: boolean;
  exit: 0 | 1 | 2;
  signer: Signer;
  checks: Check[];
  cannot_know: { zh: string; en: string }[];
}

/** Most findings that are kept of each weight; the status counts all. */
const MOST_KEPT = 500;

/** Thrown when the caller wants no more than the first ✗. */
export class Stopped extends Error {}

export class Findings {
  private readonly found: Found[] = [];
  private readonly kept = new Map<Status, number>();
  private readonly worst = new Map<string, Status>();
  private readonly counted = new Map<string, number>();
  private readonly failedSubjects = new Set<string>();
  private consistent = true;

  constructor(private readonly stopAtFirst = false) {}

  add(code: string, subject: string, detail = ""): void {
    const about = findings[code];
    if (!about) throw new Error(`no such finding: ${code}`);
    const { check, status, zh, en } = about;
    const before = this.worst.get(check);
    if (!before || WEIGHT.indexOf(status) > WEIGHT.indexOf(before)) this.worst.set(check, status);
    if (status === "failed" && code !== "another-root") this.consistent = false;
    const kept = this.kept.get(status) ?? 0;
    if (kept < MOST_KEPT) {
      this.kept.set(status, kept + 1);
      if (status === "failed") this.failedSubjects.add(subject);
      this.found.push({ code, status, subject, detail, zh, en });
    }
    if (status === "failed" && this.stopAtFirst) throw new Stopped();
  }

  /** Adds unless its subject already has a ✗: "(once)". */
  once(code: string, subject: string, detail = ""): void {
    if (!this.failed(subject)) this.add(code, subject, detail);
  }

  failed(subject: string): boolean {
    return this.failedSubjects.has(subject);
  }

  checked(check: string, n = 1): void {
    this.counted.set(check, (this.counted.get(check) ?? 0) + n);
  }

  report(about: { case: string | null; exported: number | null; signer: Signer }): Report {
    const list = checks.map(({ id, en }): Check => {
      const checked = this.counted.get(id) ?? 0;
      return {
        id, status: this.worst.get(id) ?? (checked > 0 ? "ok" : "nothing"), checked, zh: CHECK_TITLES[id] ?? en, en,
        findings: this.found.filter((f) => findings[f.code]?.check === id),
      };
    });
    const any = (status: Status): boolean => list.some((c) => c.findings.some((f) => f.status === status));
    const exit = any("failed") ? 1 : any("cannot_judge") || about.signer.state !== "established" ? 2 : 0;
    return { v: 1, case: about.case, exported: about.exported, consistent: this.consistent, exit, signer: about.signer, checks: list, cannot_know: CANNOT_KNOW };
  }
}

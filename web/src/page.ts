/** The badge page: what was scanned, judged and asked; `view.ts` draws it. */
import { fetchOffice, type Office } from "./office";
import { scanCamera, scanPicture } from "./scan";
import { CHALLENGE_MS, checkAssignment, checkBadge, type AssignmentCheck, type BadgeCheck, type Shown, type Verifier } from "./verdict";
import { draw, type Actions, type Model } from "./view";

const model: Model = { busy: true };
let office: Office = {};
let stopCamera: (() => void) | undefined;
/** What the assignment was judged with, so that a code typed later does not make it old. */
let assignmentSeen: { verifier: Verifier; shown: Shown; text: string } | undefined;

function verifier(at: { wall: number; mono: number }): Verifier {
  const v: Verifier = { now: at.wall + (office.clockOffset ?? 0), clockTrusted: office.clockOffset !== undefined };
  if (office.trust) v.trust = office.trust;
  if (office.status) v.status = office.status;
  if (model.challenge) v.challenge = { bytes: model.challenge.bytes, ageMs: at.mono - model.challenge.made };
  return v;
}

function moment(): { wall: number; mono: number } {
  return { wall: Date.now(), mono: performance.now() };
}

/** Judges a scanned text as of the moment at which it was scanned. */
function judge(text: string, at = moment()): void {
  const v = verifier(at);
  const check: BadgeCheck = checkBadge(v, text);
  const isAssignment = check.verdict.state === "unknown" && check.verdict.reason.code === "badge_first";
  if (isAssignment && model.check?.shown) {
    assignmentSeen = { verifier: v, shown: model.check.shown, text };
    model.assignment = judgeAssignment();
  } else {
    model.check = check;
    model.checkedAt = v.now;
    assignmentSeen = undefined;
    delete model.assignment;
    if (check.verdict.state === "valid") delete model.challenge;
    const isCheckpoint = check.verdict.state === "unknown" && check.verdict.reason.code === "is_checkpoint";
    if (isCheckpoint) model.checkpoint = /#[0-9]+/.exec(text)?.[0];
    else delete model.checkpoint;
  }
  delete model.notice;
  show(true);
}

function judgeAssignment(): AssignmentCheck | undefined {
  if (!assignmentSeen) return undefined;
  const v = { ...assignmentSeen.verifier };
  if (model.enterprise) v.enterprise = model.enterprise;
  return checkAssignment(v, assignmentSeen.shown, assignmentSeen.text);
}

const actions: Actions = {
  scan(video) {
    stopCamera = scanCamera(video, (text) => {
      endScan();
      judge(text);
    }, () => {
      endScan();
      model.notice = "noCamera";
      show();
    });
  },
  startScan() {
    model.scanning = true;
    delete model.notice;
    show();
  },
  stopScan() {
    endScan();
    show();
  },
  async picture(file) {
    const at = moment();
    const text = await scanPicture(file);
    if (text === undefined) {
      model.notice = "noCode";
      show();
    } else {
      judge(text, at);
    }
  },
  challenge() {
    model.challenge = { bytes: crypto.getRandomValues(new Uint8Array(8)), made: performance.now() };
    const { bytes } = model.challenge;
    show();
    setTimeout(() => {
      if (model.challenge?.bytes === bytes) {
        delete model.challenge;
        show();
      }
    }, CHALLENGE_MS);
  },
  enterprise(code) {
    model.enterprise = code;
    if (!code) delete model.enterprise;
    const judged = judgeAssignment();
    if (judged) model.assignment = judged;
    show();
  },
};

function endScan(): void {
  stopCamera?.();
  stopCamera = undefined;
  model.scanning = false;
}

function show(moveFocus = false): void {
  draw(document.body, model, actions, moveFocus);
}

async function start(): Promise<void> {
  const opened = moment();
  show();
  office = await fetchOffice();
  model.office = office;
  model.busy = false;
  if (location.hash.length > 1) judge(location.href, opened);
  else show();
}

window.addEventListener("hashchange", () => {
  if (location.hash.length > 1 && !model.busy) judge(location.href);
});
void start();

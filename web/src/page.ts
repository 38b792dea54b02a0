/** The badge page: what was scanned, judged and asked; `view.ts` draws it. */
import "./old";
import { warmUp, type PublicKey } from "./cose";
import { CHALLENGE_MS, checkAssignment, checkBadge, type AssignmentCheck, type BadgeCheck, type Verifier } from "./verdict";
import { makeChallenge } from "./challenge";
import { afterFrame } from "./dom";
import { moment, officerList, offsetAt, remembered, renew, type Moment } from "./office";
import { keepOffline } from "./offline";
import { scanCamera, scanPicture, type Camera } from "./scan";
import { announce, countDown, draw, tellLookUp, type Actions, type Model, type Result } from "./view";

/** The lists are asked for anew when they are older than this. */
const FRESH_LISTS_MS = 30_000;
/** A verdict is looked after for that long while the page is open. */
const WATCHED_MS = 600_000;
/** Two officers and one more, who may replace one of them. */
const MOST_RESULTS = 3;

const model: Model = { busy: true, asking: false, office: remembered(), results: [], offline: "waiting", opened: location.hash.length > 1 };
let camera: Camera | undefined;
let asking: Promise<void> | undefined;

function verifier(at: Moment, challenge?: Result["challenge"]): Verifier {
  const { office, enterprise } = model;
  const offset = offsetAt(office, at);
  const v: Verifier = { now: at.wall + (offset ?? 0), clockTrusted: offset !== undefined };
  if (office.trust) v.trust = office.trust;
  if (office.status) v.status = office.status;
  if (challenge) v.challenge = challenge;
  if (enterprise) v.enterprise = enterprise;
  return v;
}

/** Which key list stands: of this root, of this version. */
function keyList(): string {
  return `${model.office.config?.root} ${model.office.trust?.version}`;
}

/** Judges a scanned text as of the moment at which it was scanned: with what is at hand, and again when the office has sent news. */
function scanned(text: string, at: Moment): void {
  delete model.notice;
  delete model.news;
  const challenge = model.challenge && { bytes: model.challenge.bytes, ageMs: at.mono - model.challenge.made };
  const v = verifier(at, challenge);
  const check = checkBadge(v, text);
  performance.mark("badge-judged");
  const reason = check.verdict.state === "unknown" ? check.verdict.reason.code : "";
  if (reason === "badge_first" && model.results.some((r) => r.check.shown)) {
    assigned(text, at);
  } else {
    const result: Result = { text, at, check, now: v.now };
    if (challenge) result.challenge = challenge;
    // The same officer again, and what named nobody, give way; another officer's result stays beside the new one.
    const others = model.results.filter((r) => r.check.shown && r.check.shown.badge.number !== check.shown?.badge.number);
    model.results = [result, ...others].slice(0, MOST_RESULTS);
    if (check.shown?.answered) delete model.challenge;
    if (reason === "is_checkpoint") model.checkpoint = /#[0-9]+/.exec(text)?.[0];
    else delete model.checkpoint;
  }
  afterFrame(() => performance.mark("badge-shown"));
  show(true);
  performance.mark("badge-verdict");
  afterFrame(() => void askIfOld());
}

/** An assignment belongs to the officer on whose phone it is shown. */
function assigned(text: string, at: Moment): void {
  const judged = model.results.map((r) => ({ r, check: judgeAssignment(r, text, at) }));
  const other = (c?: AssignmentCheck): boolean => !c || (c.state === "not_valid" && /^other_(device|badge)$/.test(c.reason.code));
  const found = judged.find(({ check }) => !other(check)) ?? judged.find(({ check }) => check);
  if (!found?.check) return;
  found.r.assignment = { text, at, check: found.check };
  model.results = [found.r, ...model.results.filter((r) => r !== found.r)];
}

function judgeAssignment(r: Result, text: string, at: Moment): AssignmentCheck | undefined {
  return r.check.shown && checkAssignment(verifier(at), r.check.shown, text);
}

/** Judges again what was scanned, each as of its own moment; says whether any answer is another one. */
function judgeAgain(): boolean {
  const said = (c?: BadgeCheck["verdict"] | AssignmentCheck): string => c && (c.state === "not_valid" || c.state === "unknown" ? `${c.state} ${c.reason.code}` : c.state) || "";
  let changed = false;
  for (const r of model.results) {
    const before = said(r.check.verdict) + said(r.assignment?.check);
    const v = verifier(r.at, r.challenge);
    r.check = checkBadge(v, r.text);
    r.now = v.now;
    if (r.assignment) {
      const check = judgeAssignment(r, r.assignment.text, r.assignment.at);
      if (check) r.assignment.check = check;
      else delete r.assignment;
    }
    if (said(r.check.verdict) + said(r.assignment?.check) !== before) changed = true;
  }
  return changed;
}

/** Asks the office for keys, lists and time; news changes the verdicts that stand. */
function ask(): Promise<void> {
  asking ??= (async () => {
    model.asking = true;
    model.office = await renew(model.office);
    model.asking = false;
    asking = undefined;
    // What another key list had let count does not outlive it.
    if (model.lookUp?.by !== keyList()) delete model.lookUp;
    const changed = judgeAgain();
    if (changed) model.news = true;
    if (!model.busy) show();
    if (changed) announce(model);
  })();
  return asking;
}

async function askIfOld(): Promise<void> {
  const { asked } = model.office;
  if (asked && performance.now() - asked.mono < FRESH_LISTS_MS) return;
  const done = ask();
  show();
  await done;
}

const actions: Actions = {
  scan(video) {
    camera = scanCamera(video, {
      found(text) {
        const at = moment();
        camera = undefined;
        model.scanning = false;
        scanned(text, at);
      },
      failed(fault) {
        endScan();
        model.notice = fault;
        show();
      },
      runs(can) {
        for (const id of ["torch", "change"] as const) document.getElementById(id)?.toggleAttribute("hidden", !can[id]);
      },
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
  torch: () => void camera?.torch().then((lit) => document.getElementById("torch")?.setAttribute("aria-pressed", String(lit))),
  changeCamera: () => camera?.change(),
  async picture(file) {
    const at = moment();
    const text = await scanPicture(file);
    if (text === undefined) {
      model.notice = "noCode";
      show();
    } else {
      scanned(text, at);
    }
  },
  challenge() {
    const made = (model.challenge = makeChallenge());
    show();
    const timer = setInterval(() => {
      const left = Math.ceil((CHALLENGE_MS - (performance.now() - made.made)) / 1000);
      if (model.challenge === made && left > 0) return countDown(left);
      clearInterval(timer);
      if (model.challenge !== made) return;
      delete model.challenge;
      show();
    }, 1000);
  },
  enterprise(code) {
    model.enterprise = code;
    judgeAgain();
    show();
  },
  lookUp(q) {
    const [by, known] = [keyList(), model.lookUp?.list];
    const look = (model.lookUp = { q, by, asking: true, ...(known && { list: known }) });
    show();
    void officerList(model.office, known).then((list) => {
      if (model.lookUp !== look) return;
      model.lookUp = { q, by, asking: false, ...(list && { list }) };
      show();
      tellLookUp(model);
    });
  },
  forget() {
    model.results = [];
    for (const key of ["challenge", "checkpoint", "notice", "news", "lookUp"] as const) delete model[key];
    show();
  },
};

function endScan(): void {
  camera?.stop();
  camera = undefined;
  model.scanning = false;
}

function show(verdictFirst = false): void {
  // Drawing would close and open the camera.
  if (model.scanning && document.querySelector("video")) return;
  draw(model, actions, verdictFirst);
}

async function start(): Promise<void> {
  const opened = moment();
  keepOffline((state) => {
    model.offline = state;
    if (!model.busy) show();
  });
  const judge = (): boolean => {
    if (model.opened) scanned(location.href, opened);
    return model.opened;
  };
  if (model.office.trust) {
    model.busy = false;
    if (!judge()) show();
    await ask();
  } else {
    show();
    await ask();
    model.busy = false;
    if (!judge()) show();
  }
  const keys = model.office.trust?.keys.map((k) => (k.use === "badge" || k.use === "assignment" ? k.key : undefined));
  // After the page is drawn and before anybody has found the code.
  setTimeout(() => warmUp((keys ?? []).filter((k): k is PublicKey => k !== undefined)), 50);
}

window.addEventListener("hashchange", () => {
  if (location.hash.length <= 1) return;
  model.opened = true;
  if (!model.busy) scanned(location.href, moment());
});
/** A verdict that stands on the screen is looked after: a suspension reaches an open page at once. */
function lookAfter(): void {
  const newest = model.results[0];
  if (document.visibilityState === "visible" && newest && performance.now() - newest.at.mono < WATCHED_MS) void askIfOld();
}
// Oftener than lists grow old: asked at the very moment they would be a little too young, each second time.
setInterval(lookAfter, FRESH_LISTS_MS / 3);
document.addEventListener("visibilitychange", lookAfter);
window.addEventListener("online", () => void ask());
void start();

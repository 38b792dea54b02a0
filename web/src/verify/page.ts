/** The verifier page: what was chosen, judged and shown. One classic script; it talks to nobody. */
import { h, type Child } from "../dom";
import { parseIdentity } from "./age";
import { fromDrop, fromFiles, fromZip, type Chosen } from "./choose";
import { readPin } from "./pinned";
import { Cancelled, Progress } from "./progress";
import { t, type Key } from "./text";
import { openSelfSigned } from "../trust";
import { maybe } from "./refusal";
import { parseFingerprint } from "./trusted";
import { verify, type Options } from "./verify";
import { drawResult, say } from "./view";

let chosen: Chosen | undefined;
let running: Progress | undefined;

const input = (id: string): HTMLInputElement => document.getElementById(id) as HTMLInputElement;
const file = (id: string): File | undefined => input(id).files?.[0];
const bytesOf = async (f: File): Promise<Uint8Array> => new Uint8Array(await new Response(f).arrayBuffer());

function notice(id: string, key?: Key): boolean {
  const place = document.getElementById(`${id}-bad`) as HTMLElement;
  place.replaceChildren(...(key ? [say("span", key)] : []));
  input(id).setAttribute("aria-invalid", String(key !== undefined));
  return key === undefined;
}

/** What the judge brings, or nothing when one of it cannot be used. */
async function options(): Promise<Options | undefined> {
  const given: Options = {};
  const [list, typed] = [file("trust"), input("fingerprint").value.trim()];
  const fingerprint = parseFingerprint(typed);
  let good = notice("fingerprint", typed !== "" && fingerprint === undefined ? "fingerprintBad" : undefined);
  if (list) {
    const raw = await bytesOf(list);
    given.given = { list: raw };
    const root = maybe(() => openSelfSigned(raw))?.root;
    if (fingerprint !== undefined && root !== undefined && root !== fingerprint) good = notice("fingerprint", "fingerprintOther");
  } else if (fingerprint !== undefined) {
    given.given = { fingerprint };
  }
  const identity = file("identity");
  if (identity) {
    const read = parseIdentity(await identity.slice(0, 1 << 16).text());
    good = notice("identity", read ? undefined : "identityBad") && good;
    if (read) given.identity = read;
  }
  const [pinFile, pinText, proof] = [file("checkpoint-file"), input("checkpoint").value.trim(), file("proof")];
  if (pinFile || pinText !== "") {
    const checkpoint = readPin(pinText !== "" ? pinText : await bytesOf(pinFile as File));
    good = notice("checkpoint", checkpoint ? undefined : "checkpointBad") && good;
    if (checkpoint) given.pin = proof ? { checkpoint, proof: await bytesOf(proof) } : { checkpoint };
  } else {
    notice("checkpoint");
  }
  return good ? given : undefined;
}

async function run(): Promise<void> {
  if (!chosen) return;
  if (running) running.cancelled = true;
  const { name, input: from } = chosen;
  const result = document.getElementById("result") as HTMLElement;
  const given = await options();
  if (!given) {
    document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    return;
  }
  const bar = h("progress", { max: "1", value: "0" }) as HTMLProgressElement;
  const phase = h("p", {}, say("span", "reading"));
  const progress = new Progress((what, part) => {
    if (what === "prove" && bar.hasAttribute("value")) {
      phase.replaceChildren(say("span", "proving"));
      bar.removeAttribute("value");
    } else if (what === "read") {
      bar.value = part;
    }
  });
  running = progress;
  delete result.dataset["exit"];
  const stop = h("button", { type: "button", class: "second", click: () => { progress.cancelled = true; } }, say("span", "cancel"));
  result.replaceChildren(h("section", { class: "running" }, say("p", "chosen", {}, { name }), phase, bar, stop));
  result.scrollIntoView({ block: "nearest" });
  const start = performance.now();
  try {
    const judged = await verify(from, { ...given, progress });
    if (running !== progress) return;
    const took = performance.now() - start;
    drawResult(result, judged, name, { download: () => save(`verify-${judged.report.case ?? "report"}.json`, JSON.stringify(judged.report, null, 1)) });
    result.dataset["ms"] = took.toFixed(0);
    result.focus({ preventScroll: true });
    result.scrollIntoView();
  } catch (e) {
    if (running !== progress) return;
    result.replaceChildren(h("section", { class: "running" }, say("p", e instanceof Cancelled ? "cancelled" : "broken")));
    if (!(e instanceof Cancelled)) throw e;
  } finally {
    if (running === progress) running = undefined;
    (document.getElementById("again") as HTMLElement).hidden = false;
  }
}

function save(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function choose(what: Chosen | undefined): void {
  if (!what) {
    (document.getElementById("drop-bad") as HTMLElement).replaceChildren(say("span", "dropBad"));
    return;
  }
  (document.getElementById("drop-bad") as HTMLElement).replaceChildren();
  chosen = what;
  void run();
}

function field(id: string, key: Key, attributes: Record<string, string>): HTMLElement {
  return h("div", { class: "field" }, say("label", key, { for: id }), h("input", { id, "aria-describedby": `${id}-bad`, autocomplete: "off", spellcheck: "false", ...attributes }),
    h("p", { id: `${id}-bad`, class: "bad", role: "alert" }));
}

/** A button that opens a file dialog; the input stays reachable by keyboard and screen reader. */
function picker(id: string, key: Key, attributes: Record<string, string | boolean>, picked: (files: File[]) => void): HTMLElement {
  const chooser = h("input", {
    id, type: "file", class: "hidden-input", ...attributes,
    change: (e) => {
      const target = e.target as HTMLInputElement;
      const files = [...(target.files ?? [])];
      if (files.length > 0) picked(files);
      target.value = "";
    },
  });
  return h("div", { class: "picker" }, chooser, say("label", key, { for: id, class: "button" }));
}

function languages(): HTMLElement {
  const option = (value: string, label: string): HTMLElement => h("label", {}, h("input", {
    type: "radio", name: "lang", value, checked: value === "both",
    change: () => {
      document.documentElement.dataset["lang"] = value;
      document.documentElement.lang = value === "en" ? "en" : "zh-Hans";
    },
  }), label);
  return h("fieldset", { class: "languages" }, say("legend", "languages"), option("both", "中文＋English"), option("zh", "中文"), option("en", "English"));
}

function form(): Child[] {
  const command = (system: string, text: string): HTMLElement => h("li", {}, `${system}: `, h("code", {}, text));
  const bundle = h("section", { class: "choose" }, say("h2", "stepBundle"), say("p", "stepBundleWhy", { class: "why" }),
    h("div", { class: "pickers" },
      picker("zip", "zip", { accept: ".zip,application/zip" }, ([first]) => first && choose(fromZip(first))),
      picker("folder", "folder", { webkitdirectory: true }, (files) => choose(fromFiles(files)))),
    say("p", "drop", { class: "drop" }), say("p", "folderWhy", { class: "why" }), h("p", { id: "drop-bad", class: "bad", role: "alert" }),
    h("button", { id: "again", type: "button", hidden: true, click: () => void run() }, say("span", "again")));
  return [
    h("section", { class: "caution", role: "note" }, say("h2", "caution"), say("p", "caution1"), say("p", "caution2"),
      h("ul", {}, command("Windows", "certutil -hashfile verify.html SHA256"), command("macOS", "shasum -a 256 verify.html"), command("Linux", "sha256sum verify.html")),
      say("p", "caution3")),
    h("section", {}, say("h2", "stepTrust"), say("p", "stepTrustWhy", { class: "why" }), field("trust", "trustFile", { type: "file" }), field("fingerprint", "fingerprint", { type: "text", inputmode: "text", maxlength: "120" })),
    h("details", {}, say("summary", "stepMore"), field("identity", "identityFile", { type: "file" }), field("checkpoint", "checkpoint", { type: "text" }),
      field("checkpoint-file", "checkpointFile", { type: "file" }), field("proof", "proofFile", { type: "file" })),
    bundle,
  ];
}

document.body.append(
  h("header", {}, say("h1", "title"), say("p", "offline", { class: "offline" }), languages()),
  h("main", {}, h("div", { class: "form" }, ...form()),
    h("div", { id: "result", tabindex: "-1", "aria-live": "polite" }, h("section", { class: "empty" }, say("h2", "unchecked"), say("p", "uncheckedMore")))),
);
document.title = t.title[0];
document.addEventListener("dragover", (e) => e.preventDefault());
document.addEventListener("drop", (e) => {
  e.preventDefault();
  if (e.dataTransfer) void fromDrop(e.dataTransfer).then(choose);
});

/** On paper everything is open. */
let opened: HTMLDetailsElement[] = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll<HTMLDetailsElement>("#result details:not([open])")];
  opened.forEach((d) => { d.open = true; });
});
addEventListener("afterprint", () => opened.forEach((d) => { d.open = false; }));

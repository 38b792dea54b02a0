/** Names of the files of a bundle (docs/formats/README.md §10). */
export const BAGIT = "bagit.txt";
export const BAG_INFO = "bag-info.txt";
export const MANIFEST = "manifest-sha256.txt";
export const TAG_MANIFEST = "tagmanifest-sha256.txt";
export const BUNDLE = "bundle.cose";
export const FETCH = "fetch.txt";
export const CASE = "data/case.cbor";
export const TRUST = "data/trust/trust.cbor";
export const ASSIGNMENT = "data/assignment.cose";

/** What stands below `data/` (§10); anything else is a file that this program does not know. */
const KNOWN_FILES: readonly string[] = [CASE, ASSIGNMENT];
const KNOWN_FOLDERS = ["trust", "badge", "pack", "anchor", "custody", "destroyed", "evidence", "paper", "log", "outside", "access"].map((f) => `data/${f}/`);

const MAX_PATH = 200;

/** `[a-z0-9._/-]`, at most 200 bytes, no part empty or of dots alone. */
export function isPath(path: string): boolean {
  return path.length <= MAX_PATH && /^[a-z0-9._/-]+$/.test(path) && path.split("/").every((part) => /[^.]/.test(part));
}

export function isKnown(path: string): boolean {
  return KNOWN_FILES.includes(path) || KNOWN_FOLDERS.some((f) => path.startsWith(f));
}

/** What systems drop into folders that somebody looked into. */
export function isDropping(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return path === "__MACOSX" || [".DS_Store", "Thumbs.db", "desktop.ini", ".directory"].includes(name) || name.startsWith("._");
}

/** The number between `before` and `after`, in its one spelling. */
export function numberIn(name: string, before: string, after: string): number | undefined {
  if (!name.startsWith(before) || !name.endsWith(after)) return undefined;
  const digits = name.slice(before.length, name.length - after.length);
  return /^(0|[1-9][0-9]{0,15})$/.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
}

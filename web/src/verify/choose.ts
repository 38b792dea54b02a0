/** What the user picks or drops, as the verifier reads it. */
import type { Folder } from "./bag";
import { BlobBytes } from "./bytes";
import type { Input } from "./verify";

export interface Chosen {
  name: string;
  input: Input;
}

export function fromZip(file: File): Chosen {
  return { name: file.name, input: { zip: new BlobBytes(file) } };
}

/** Files of `<input webkitdirectory>`: their paths begin with the folder's own name. */
export function fromFiles(files: File[]): Chosen {
  const root: Folder = new Map();
  let name = "";
  for (const file of files) {
    const parts = file.webkitRelativePath.split("/");
    name = parts[0] ?? "";
    put(root, parts.slice(1), file);
  }
  return { name, input: { folder: root } };
}

function put(folder: Folder, [first = "", ...rest]: string[], file: File): void {
  if (rest.length === 0) {
    folder.set(first, new BlobBytes(file));
    return;
  }
  let inner = folder.get(first);
  if (!(inner instanceof Map)) folder.set(first, (inner = new Map() as Folder));
  put(inner, rest, file);
}

interface Handle {
  kind: "file" | "directory";
  name: string;
  getFile(): Promise<File>;
  values(): AsyncIterable<Handle>;
}

/** A zip or a folder that was dropped; nothing when this browser gives no way into a dropped folder. */
export async function fromDrop(data: DataTransfer): Promise<Chosen | undefined> {
  const item = data.items[0];
  const file = data.files[0];
  if (!item || !file) return undefined;
  // All three must be asked for before the first await: the browser empties the list after the event.
  const entry = item.webkitGetAsEntry?.();
  const handle = (item as unknown as { getAsFileSystemHandle?: () => Promise<Handle> }).getAsFileSystemHandle?.().catch(() => undefined);
  if (!entry?.isDirectory) return fromZip(file);
  try {
    const given = await handle;
    const folder = given ? await walkHandle(given) : await walkEntry(entry as FileSystemDirectoryEntry);
    return { name: entry.name, input: { folder } };
  } catch {
    return undefined;
  }
}

async function walkHandle(directory: Handle): Promise<Folder> {
  const folder: Folder = new Map();
  for await (const child of directory.values()) {
    folder.set(child.name, child.kind === "directory" ? await walkHandle(child) : new BlobBytes(await child.getFile()));
  }
  return folder;
}

async function walkEntry(directory: FileSystemDirectoryEntry): Promise<Folder> {
  const folder: Folder = new Map();
  const reader = directory.createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return folder;
    for (const child of some) {
      folder.set(child.name, child.isDirectory
        ? await walkEntry(child as FileSystemDirectoryEntry)
        : new BlobBytes(await new Promise<File>((done, failed) => (child as FileSystemFileEntry).file(done, failed))));
    }
  }
}

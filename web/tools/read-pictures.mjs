// `node read-pictures.mjs FOLDER`: how many of each case's pictures the page's decoder needs until it has read the code; null: it reads none.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import decodeQR from "qr/decode.js";

const folder = process.argv[2];
const read = (file) => {
  const raw = readFileSync(join(folder, file));
  const end = raw.indexOf("\n255\n");
  const [width, height] = raw.subarray(3, end).toString().split(" ").map(Number);
  const grey = raw.subarray(end + 5);
  const data = new Uint8Array(width * height * 4).map((_, i) => (i % 4 === 3 ? 255 : grey[i >> 2]));
  try {
    return decodeQR({ width, height, data }, { format: "RGBA" });
  } catch {
    return undefined;
  }
};
const tries = (c) => {
  const n = c.files.findIndex((file) => read(file) === c.of.text);
  return n < 0 ? null : n + 1;
};
console.log(JSON.stringify(JSON.parse(readFileSync(join(folder, "index.json"), "utf8")).map(tries)));

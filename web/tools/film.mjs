// A film for Chromium's fake camera: codes as a camera sees them, small in the picture, a little turned, grey around.
import { readFile, writeFile } from "node:fs/promises";

/** Chromium plays a film of pictures at 30 a second; each is shown twice, for a camera of 15. */
export const FRAMES_PER_SECOND = 15;
const TIMES_EACH = 2;

/** Options of Chromium whose camera plays the film. */
export const camera = (path) => ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${path}`];

/** Each of the pictures for `seconds`; Chromium repeats the film, and begins it anew whenever the camera is opened. The hand that holds the phone moves a little. `blank` seconds without a code come first. */
export async function film(browser, pngs, path, { seconds = 2, blank = 0, side = 460, blur = 0.6, contrast = 0.7 } = {}) {
  const page = await browser.newPage();
  const pictures = await Promise.all(pngs.map(async (png) => (await readFile(png)).toString("base64")));
  const jpegs = await page.evaluate(async ([pictures, moves, side, blur, contrast, blank]) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
    const c = canvas.getContext("2d");
    const drawn = (image, i) => {
      c.setTransform(1, 0, 0, 1, 0, 0);
      c.filter = "none";
      c.fillStyle = "#777";
      c.fillRect(0, 0, 1280, 720);
      if (image) {
        c.translate(640 + 6 * Math.sin(i), 360 + 4 * Math.cos(i));
        c.rotate(0.15 + 0.01 * Math.sin(i / 2));
        c.filter = `blur(${blur}px) contrast(${contrast})`;
        c.drawImage(image, -side / 2, -side / 2, side, side);
      }
      return canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
    };
    const out = blank > 0 ? [[drawn(undefined, 0)]] : [];
    for (const data of pictures) {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      out.push(Array.from({ length: moves }, (_, i) => drawn(image, i)));
    }
    return out;
  }, [pictures, 6, side, blur, contrast, blank]);
  await page.close();
  const frames = jpegs.flatMap((moves, n) => {
    const length = (blank > 0 && n === 0 ? blank : seconds) * FRAMES_PER_SECOND;
    return Array.from({ length }, (_, i) => moves[i % moves.length]).flatMap((jpeg) => Array(TIMES_EACH).fill(Buffer.from(jpeg, "base64")));
  });
  await writeFile(path, Buffer.concat(frames));
}

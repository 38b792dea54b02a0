/** Reads a QR from a picture or from the camera, on this device only. */
import decodeQR from "qr/decode.js";

const LONGEST_SIDE = 2400;

/** The text of the code in a picture; `undefined` when none can be read. */
export async function scanPicture(file: Blob): Promise<string | undefined> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return undefined;
  }
  const canvas = document.createElement("canvas");
  try {
    // A second look at half the size: fine noise disappears.
    for (const longest of [LONGEST_SIDE, LONGEST_SIDE / 2]) {
      const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
      const text = read(canvas, bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale), 2000);
      if (text !== undefined) return text;
    }
    return undefined;
  } finally {
    bitmap.close();
  }
}

/** Scans until a code is read; `stop` ends it. */
export function scanCamera(video: HTMLVideoElement, found: (text: string) => void, failed: () => void): () => void {
  let stopped = false;
  let stream: MediaStream | undefined;
  const canvas = document.createElement("canvas");
  const stop = (): void => {
    stopped = true;
    stream?.getTracks().forEach((t) => t.stop());
    video.srcObject = null;
  };
  const look = (): void => {
    if (stopped) return;
    if (video.videoWidth > 0) {
      const text = read(canvas, video, video.videoWidth, video.videoHeight, 40);
      if (text !== undefined) {
        stop();
        found(text);
        return;
      }
    }
    setTimeout(look, 60);
  };
  const ideal = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
  (navigator.mediaDevices?.getUserMedia({ video: ideal, audio: false }) ?? Promise.reject(new Error("no camera")))
    .then(async (s) => {
      stream = s;
      if (stopped) return stop();
      video.srcObject = s;
      await video.play();
      look();
    })
    .catch(() => {
      stop();
      failed();
    });
  return stop;
}

function read(canvas: HTMLCanvasElement, source: CanvasImageSource, width: number, height: number, timeLimit: number): string | undefined {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context || width === 0 || height === 0) return undefined;
  context.drawImage(source, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  try {
    return decodeQR({ width, height, data }, { format: "RGBA", timeLimit });
  } catch {
    return undefined;
  }
}

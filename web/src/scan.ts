/** Reads a QR from a picture or from the camera, on this device only. */
import decodeQR from "qr/decode.js";
import { afterFrame } from "./dom";

const LONGEST_SIDES = [2400, 1200, 1700, 800];

/** The text of the code in a picture, a photograph of a screen too; `undefined` when none can be read. */
export async function scanPicture(file: Blob): Promise<string | undefined> {
  const image = await load(file);
  if (!image) return undefined;
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = document.createElement("canvas");
  let last = 0;
  // Again at another size: fine noise and the stripes of a photographed screen disappear.
  for (const longest of LONGEST_SIDES) {
    const scale = Math.min(1, longest / Math.max(width, height));
    if (scale === last) continue;
    last = scale;
    const text = read(canvas, image, 0, 0, width, height, Math.round(width * scale), Math.round(height * scale), 2000);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Not `createImageBitmap`, which old browsers lack. */
function load(file: Blob): Promise<HTMLImageElement | undefined> {
  const url = URL.createObjectURL(file);
  return new Promise<HTMLImageElement | undefined>((done) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => done(undefined);
    image.src = url;
  }).then((image) => {
    // The picture is decoded when it is first drawn, so the address must outlive this moment.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    return image;
  });
}

export type CameraFault = "noPermission" | "noCamera" | "cameraBusy" | "cameraUnsupported";

export interface CameraWatcher {
  found(text: string): void;
  failed(fault: CameraFault): void;
  /** The picture runs; which of the two can be offered. */
  runs(can: { torch: boolean; change: boolean }): void;
}

export interface Camera {
  stop(): void;
  /** Turns the lamp on or off; says what it is now. */
  torch(): Promise<boolean>;
  /** Takes the next camera of the device. */
  change(): void;
}

/** Sides of the square that is looked at, in turn: large for small codes, small for noise and slow phones. */
const LOOKS = [960, 640];

/** Scans until a code is read. */
export function scanCamera(video: HTMLVideoElement, watcher: CameraWatcher): Camera {
  let stopped = false;
  let stream: MediaStream | undefined;
  let lit = false;
  let cameras: string[] = [];
  let look = 0;
  const canvas = document.createElement("canvas");

  const end = (): void => {
    stream?.getTracks().forEach((t) => t.stop());
    stream = undefined;
    video.srcObject = null;
  };
  const watch = (s: MediaStream): void => {
    if (stopped || stream !== s) return;
    // The page shows the middle square of the picture, and that is what is read.
    const side = Math.min(video.videoWidth, video.videoHeight);
    if (side > 0) {
      performance.mark("badge-frame");
      const size = Math.min(side, LOOKS[look++ % LOOKS.length] as number);
      const text = read(canvas, video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, size, size, 60);
      if (text !== undefined) {
        performance.mark("badge-decoded");
        stopped = true;
        // The answer first: closing a camera takes its time.
        watcher.found(text);
        afterFrame(end);
        return;
      }
    }
    setTimeout(() => watch(s), 30);
  };
  const open = async (which: MediaTrackConstraints): Promise<void> => {
    end();
    const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
    if (!devices) return watcher.failed("cameraUnsupported");
    try {
      const s = await devices.getUserMedia({ video: { ...which, width: { ideal: 1920 }, height: { ideal: 1080 } }, audio: false });
      if (stopped) return s.getTracks().forEach((t) => t.stop());
      stream = s;
      lit = false;
      video.srcObject = s;
      await video.play();
      performance.mark("badge-camera");
      cameras = (await devices.enumerateDevices()).filter((d) => d.kind === "videoinput" && d.deviceId).map((d) => d.deviceId);
      const can = s.getVideoTracks()[0]?.getCapabilities?.() as { torch?: boolean } | undefined;
      watcher.runs({ torch: can?.torch === true, change: cameras.length > 1 });
      watch(s);
    } catch (e) {
      end();
      if (!stopped) watcher.failed(fault(e));
      stopped = true;
    }
  };
  void open({ facingMode: "environment" });
  return {
    stop() {
      stopped = true;
      end();
    },
    async torch() {
      try {
        await stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: !lit } as MediaTrackConstraintSet] });
        lit = !lit;
      } catch (e) {
        console.warn(e);
      }
      return lit;
    },
    change() {
      const now = cameras.indexOf(stream?.getVideoTracks()[0]?.getSettings().deviceId ?? "");
      const next = cameras[(now + 1) % cameras.length];
      if (next !== undefined) void open({ deviceId: { exact: next } });
    },
  };
}

function fault(e: unknown): CameraFault {
  switch ((e as { name?: string } | null)?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "noPermission";
    case "NotReadableError":
    case "AbortError":
      return "cameraBusy";
    default:
      return "noCamera";
  }
}

/** Looks for a code in one part of a picture, drawn at another size. */
function read(
  canvas: HTMLCanvasElement, source: CanvasImageSource, x: number, y: number, w: number, h: number, width: number, height: number, timeLimit: number,
): string | undefined {
  if (width === 0 || height === 0) return undefined;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return undefined;
  context.drawImage(source, x, y, w, h, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  try {
    return decodeQR({ width, height, data }, { format: "RGBA", timeLimit });
  } catch {
    return undefined;
  }
}

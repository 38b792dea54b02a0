/** How far a verification is, and the way to stop it. The page stays usable because it is given a turn between slices. */
export class Cancelled extends Error {}

export type Phase = "read" | "prove";

const SLICE_MS = 24;

export class Progress {
  private done = 0;
  private total = 1;
  private phase: Phase = "read";
  private turn = 0;
  cancelled = false;

  /** Without `shown` nothing is drawn and no turn is given (Node). */
  constructor(private readonly shown?: (phase: Phase, part: number) => void) {}

  begin(phase: Phase, total: number): void {
    [this.phase, this.total, this.done] = [phase, Math.max(1, total), 0];
  }

  async step(n: number): Promise<void> {
    this.done += n;
    if (!this.shown) return;
    const now = performance.now();
    if (now - this.turn < SLICE_MS) return;
    this.shown(this.phase, Math.min(1, this.done / this.total));
    await nextTurn();
    this.turn = performance.now();
    if (this.cancelled) throw new Cancelled();
  }
}

/** A turn of the event loop; timers would be held back to 4 ms each. */
function nextTurn(): Promise<void> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(0);
  });
}

/** Whether the page will open with no network: the service worker's state, in one word. */
export type Offline =
  /** The browser has none (inside another app, or no https): the page works while it stays open. */
  | "none"
  | "waiting" | "kept"
  /** A newer version is kept and serves from the next load on. */
  | "newer";

export function keepOffline(changed: (state: Offline) => void): void {
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  if (!workers) return changed("none");
  changed("waiting");
  workers.register("/sw.js", { scope: "/b", updateViaCache: "none" }).then((registration) => {
    let newer = false;
    const look = (): void => {
      if (registration.waiting && registration.active) {
        newer = true;
        registration.waiting.postMessage("next");
        changed("newer");
      }
    };
    // One that is being installed already has told so before anybody listened.
    const watch = (): void => registration.installing?.addEventListener("statechange", look);
    look();
    watch();
    registration.addEventListener("updatefound", watch);
    void workers.ready.then(() => {
      if (!newer) changed("kept");
    });
  }, () => changed("none"));
}

/**
 * What browsers of old phones lack (Chrome 67, Firefox 68, Safari 14.1: about the first with BigInt), as far as the page and its libraries use it.
 * Must be imported before everything else.
 */
interface Missing {
  globalThis?: unknown;
}

if (typeof globalThis === "undefined") (window as unknown as Missing).globalThis = window;

function fill(owner: object, name: string, value: unknown): void {
  if (!(name in owner)) Object.defineProperty(owner, name, { value, writable: true, configurable: true });
}

fill(Object, "hasOwn", (o: object, key: PropertyKey) => Object.prototype.hasOwnProperty.call(o, key));
fill(Object, "fromEntries", (entries: Iterable<[string, unknown]>) => {
  const o: Record<string, unknown> = {};
  for (const [key, value] of entries) o[key] = value;
  return o;
});
fill(Array.prototype, "flatMap", function <T, U>(this: T[], f: (item: T, at: number) => U | U[]): U[] {
  return this.reduce<U[]>((all, item, at) => all.concat(f(item, at)), []);
});
fill(window, "queueMicrotask", (run: () => void) => void Promise.resolve().then(run));
fill(Element.prototype, "replaceChildren", function (this: Element, ...children: (Node | string)[]) {
  this.textContent = "";
  this.append(...children);
});
fill(Element.prototype, "toggleAttribute", function (this: Element, name: string, on: boolean) {
  if (on) this.setAttribute(name, "");
  else this.removeAttribute(name);
  return on;
});

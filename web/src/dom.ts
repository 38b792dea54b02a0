/** Elements without a framework. */
export type Attributes = Record<string, string | boolean | ((e: Event) => void)>;
export type Child = Node | string | false | undefined;

export function h(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(name, value);
    else if (typeof value === "boolean") e.toggleAttribute(name, value);
    else e.setAttribute(name, value);
  }
  append(e, children);
  return e;
}

export function append(to: Element, children: Child[]): void {
  to.append(...children.filter((c): c is Node | string => c !== undefined && c !== false));
}

/** Runs when the browser has shown what stands there now; soon where it shows nothing, as in a tab behind another. */
export function afterFrame(then: () => void): void {
  let done = false;
  const once = (): void => {
    if (!done) then();
    done = true;
  };
  requestAnimationFrame(() => setTimeout(once));
  setTimeout(once, 100);
}

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
  e.append(...children.filter((c): c is Node | string => c !== undefined && c !== false));
  return e;
}

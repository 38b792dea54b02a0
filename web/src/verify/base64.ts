/** Standard base64 in its one spelling. */
import { demand } from "./refusal";

export function fromBase64(text: string): Uint8Array {
  demand(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text), "base64");
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  demand(btoa(String.fromCharCode(...raw)) === text, "base64");
  return raw;
}

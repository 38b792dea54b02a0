/** What a reader of received bytes throws when it refuses them. Anything else that is thrown is a mistake of ours and is not swallowed. */
import { BadgeError } from "../badge";
import { CborError } from "../cbor";
import { SignError } from "../cose";
import { TrustError } from "../trust";

/** A refusal of this folder's own readers. */
export class Refused extends Error {}

/** The value, or the refusal. */
export function attempt<T>(read: () => T): { value: T } | { refusal: string; unknownAlgorithm: boolean } {
  try {
    return { value: read() };
  } catch (e) {
    if (e instanceof CborError || e instanceof SignError || e instanceof TrustError || e instanceof BadgeError || e instanceof Refused) {
      return { refusal: e.message, unknownAlgorithm: e instanceof SignError && e.code === "unknown_algorithm" };
    }
    throw e;
  }
}

/** The value, or nothing. */
export function maybe<T>(read: () => T): T | undefined {
  const tried = attempt(read);
  return "value" in tried ? tried.value : undefined;
}

export function demand(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Refused(why);
}

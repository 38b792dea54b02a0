/** A challenge: eight digits that the officer's phone signs (docs/formats §4.2). Single use, 120 s. */
import { sha256 } from "./cose";

export interface Challenge {
  digits: string;
  /** First 8 bytes of the digest, as the presentation carries them. */
  bytes: Uint8Array;
  /** By the monotonic clock, ms. */
  made: number;
}

/** What the presentation carries for these digits. */
export function challengeBytes(digits: string): Uint8Array {
  return sha256(new TextEncoder().encode(`mz1/challenge\0${digits}`)).subarray(0, 8);
}

export function makeChallenge(): Challenge {
  const most = 4_200_000_000; // the largest multiple of 10^8 below 2^32: every number is as likely
  let n: number;
  do n = crypto.getRandomValues(new Uint32Array(1))[0] as number; while (n >= most);
  const digits = String(n % 100_000_000).padStart(8, "0");
  return { digits, bytes: challengeBytes(digits), made: performance.now() };
}

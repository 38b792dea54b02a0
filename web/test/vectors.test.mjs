import assert from "node:assert/strict";
import { test } from "node:test";
import { source, vectors } from "./source.mjs";

const page = await source();
const bytes = (hex) => page.fromHex(hex.replaceAll(" ", ""));

test("P1 the must-refuse file is refused by name", async () => {
  const { refuse, accept } = await vectors("cbor/refuse.json");
  for (const [hex, code] of refuse) assert.throws(() => page.decode(bytes(hex)), { code }, hex);
  for (const hex of accept) assert.doesNotThrow(() => page.decode(bytes(hex)), hex);
});

test("P7 digits of a wrong length or value are refused", () => {
  for (const digits of ["1", "12", "1234", "256", "99999", "99999999999999999", "72057594037927936", "25565535", "1234567890123456x"]) {
    assert.equal(page.fromDigits(digits), undefined, digits);
  }
  assert.deepEqual(page.fromDigits("72057594037927935255"), new Uint8Array(8).fill(255));
});

test("F41 F42 J3 P7 every frame is judged as written", async () => {
  const file = await vectors("badge/verdicts.json");
  assert.ok(file.cases.length > 70);
  for (const c of file.cases) {
    let trust;
    try {
      trust = c.trust && page.openTrust(bytes(file.trust[c.trust]), file.root);
    } catch {
      trust = undefined;
    }
    const v = { now: c.now, clockTrusted: c.clock_trusted };
    if (trust) v.trust = trust;
    if (trust && c.status) {
      try {
        v.status = page.openStatusList(bytes(file.status[c.status]), trust);
      } catch (e) {
        assert.ok(/damaged|bomb|key|use/.test(c.status), `${c.name}: ${e}`);
      }
    }
    if (c.challenge) v.challenge = { bytes: bytes(c.challenge.bytes), ageMs: c.challenge.age_ms };
    if (c.enterprise) v.enterprise = c.enterprise;

    const check = page.checkBadge(v, c.badge);
    const said = (x) => ({ state: x.state, reason: x.reason.code, ...(x.reason.number !== undefined && { number: x.reason.number }) });
    const got = check.verdict.state === "valid"
      ? { state: "valid", as_of: check.verdict.asOf, warnings: check.verdict.warnings.map((w) => [w.code, w.number ?? null]) }
      : { ...said(check.verdict), ...(check.shown && { shown: true }) };
    assert.deepEqual(got, c.expect, c.name);
    if (check.verdict.state === "valid") assert.equal(check.shown.badge.name, file.fields.name);
    if (!c.assignment) continue;
    const a = page.checkAssignment(v, check.shown, c.assignment);
    assert.deepEqual(a.state === "proven" ? { state: "proven", enterprise_compared: a.enterpriseCompared } : said(a), c.expect_assignment, c.name);
  }
});

test("P7 the page's challenge is the one that the core signs", async () => {
  const { cases } = await vectors("challenge/index.json");
  const plain = cases.map((c) => [Buffer.from(c.hex, "hex").toString("latin1"), c.expect.ok?.challenge]).filter(([digits]) => /^[0-9]{8}$/.test(digits));
  assert.ok(plain.length >= 2);
  for (const [digits, challenge] of plain) assert.equal(Buffer.from(page.challengeBytes(digits)).toString("hex"), challenge, digits);
});

test("one flipped bit of a valid code is never valid", async () => {
  const file = await vectors("badge/verdicts.json");
  const trust = page.openTrust(bytes(file.trust.good), file.root);
  const { badge, now } = file.cases.find((c) => c.name === "valid");
  const address = badge.slice(0, badge.indexOf("#") + 1);
  const frame = page.fromDigits(badge.slice(address.length));
  const digits = (b) => {
    let out = "";
    for (let i = 0; i < b.length; i += 7) {
      const group = b.subarray(i, i + 7);
      const n = group.reduce((acc, x) => (acc << 8n) | BigInt(x), 0n);
      out += n.toString().padStart([0, 3, 5, 8, 10, 13, 15, 17][group.length], "0");
    }
    return out;
  };
  assert.equal(address + digits(frame), badge);
  for (let i = 0; i < frame.length; i++) {
    const changed = frame.slice();
    changed[i] ^= 1 << (i % 8);
    const { verdict } = page.checkBadge({ trust, now, clockTrusted: true }, address + digits(changed));
    assert.notEqual(verdict.state, "valid", `byte ${i}`);
  }
});

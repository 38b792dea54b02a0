"""The report (verification.md §1): findings by check, the status of each check, the verdict."""

from __future__ import annotations

from .findings import CANNOT_JUDGE, CANNOT_KNOW, CHECKS, FAILED, FINDINGS, NOTE, WARNING

KEPT = 500
_WEIGHT = {NOTE: 0, WARNING: 1, CANNOT_JUDGE: 2, FAILED: 3}


class FirstFailure(Exception):
    """Ends a run that only asks whether anything is wrong."""


class Report:
    """Collects findings; never raises unless asked to stop at the first ✗."""

    def __init__(self, stop_at_first: bool = False) -> None:
        self.case: bytes | None = None
        self.exported: int | None = None
        self.signer: dict[str, str] = {"state": "unknown"}
        self._stop = stop_at_first
        self._findings: dict[str, list[dict[str, str]]] = {check: [] for check in CHECKS}
        self._worst: dict[str, str] = {}
        self._checked = dict.fromkeys(CHECKS, 0)
        self._kept = dict.fromkeys(_WEIGHT, 0)
        self._failed: set[str] = set()
        self._codes: set[str] = set()
        self._muted: frozenset[str] = frozenset()

    def mute(self, codes: frozenset[str]) -> None:
        """Objects that nobody can judge are passed over."""
        self._muted = codes

    def checked(self, check: str, number: int = 1) -> None:
        """So many things of a check were looked at."""
        self._checked[check] += number

    def add(self, code: str, subject: str, detail: str = "") -> None:
        """One finding under its heading, with its weight."""
        if code in self._muted:
            return
        check, weight, zh, en = FINDINGS[code]
        self._codes.add(code)
        if _WEIGHT[weight] >= _WEIGHT.get(self._worst.get(check, ""), -1):
            self._worst[check] = weight
        if weight == FAILED:
            self._failed.add(subject)
        if self._kept[weight] < KEPT:
            self._kept[weight] += 1
            self._findings[check].append(
                {"code": code, "status": weight, "subject": subject, "detail": detail, "zh": zh, "en": en}
            )
        if weight == FAILED and self._stop:
            raise FirstFailure

    def add_once(self, code: str, subject: str, detail: str = "") -> None:
        """The same, unless the subject already has a ✗ (*once*)."""
        if subject not in self._failed:
            self.add(code, subject, detail)

    def failed(self, subject: str) -> bool:
        """Whether the subject has a ✗."""
        return subject in self._failed

    def codes(self) -> set[str]:
        """The codes of all findings."""
        return set(self._codes)

    @property
    def consistent(self) -> bool:
        """No ✗ but that of another root."""
        return not any(FINDINGS[code][1] == FAILED and code != "another-root" for code in self._codes)

    @property
    def exit(self) -> int:
        """0 valid, 1 not valid, 2 cannot judge."""
        weights = {FINDINGS[code][1] for code in self._codes}
        if FAILED in weights:
            return 1
        return 2 if CANNOT_JUDGE in weights or self.signer["state"] != "established" else 0

    def as_json(self) -> dict:
        """The report as verification.md §1 shows it."""
        checks = [
            {
                "id": check,
                "status": self._worst.get(check, "ok" if self._checked[check] else "nothing"),
                "checked": self._checked[check],
                "zh": zh,
                "en": en,
                "findings": self._findings[check],
            }
            for check, (zh, en) in CHECKS.items()
        ]
        return {
            "v": 1,
            "case": self.case.hex() if self.case else None,
            "exported": self.exported,
            "consistent": self.consistent,
            "exit": self.exit,
            "signer": self.signer,
            "checks": checks,
            "cannot_know": [{"zh": zh, "en": en} for zh, en in CANNOT_KNOW],
        }

    def as_text(self) -> str:
        """The same for people: the two lines of the verdict, then every finding."""
        marks = {FAILED: "✗", CANNOT_JUDGE: "?", WARNING: "!", NOTE: "·", "ok": "✓", "nothing": " "}
        state = {
            "established": "由您信任的根签发 signed under the root that you trust",
            "not_established": "未确定：请比对根指纹 not established: compare the root's fingerprint",
            "another": "由另一根签发 signed under another root",
            "unknown": "未知 unknown",
        }[self.signer["state"]]
        organ = self.signer.get("organ") or self.signer.get("claimed_organ") or ""
        lines = [
            "1. " + ("自身一致 consistent in itself" if self.consistent else "自身不一致 NOT consistent in itself"),
            f"2. {state} {organ} {self.signer.get('root', '')}".rstrip(),
            "   " + ("有效 VALID", "无效 NOT VALID", "无法判断 CANNOT JUDGE")[self.exit],
        ]
        for check in self.as_json()["checks"]:
            lines.append(f"{marks[check['status']]} {check['zh']} {check['en']} ({check['checked']})")
            for found in check["findings"]:
                detail = f" ({found['detail']})" if found["detail"] else ""
                lines.append(f"    {marks[found['status']]} {found['code']} {found['subject']}{detail}")
                lines.append(f"      {found['zh']} / {found['en']}")
        lines += ["本核验不能证明 What cannot be known:"] + [f"    {zh} / {en}" for zh, en in CANNOT_KNOW]
        return "\n".join(lines)

"""What an officer types of letters that go out and of papers that come in, each day of an office of a test."""

from __future__ import annotations

from datetime import date
from typing import Any

__all__ = ["CaseLetters"]


class CaseLetters:
    """For an office with a day. Each letter has a number of its own."""

    letters = 0

    @property
    def today(self) -> date:
        raise NotImplementedError

    def dispatch(self, **changes: Any) -> dict[str, Any]:
        self.letters += 1
        doc_no = f"北市萬戶行字第{self.letters}號"
        return {"day": self.today.isoformat(), "doc_no": doc_no, "signer": "tsai"} | changes

    def appeal(self, **changes: Any) -> dict[str, Any]:
        """訴願書 of today."""
        return {"kind": "appeal", "number": "府訴字第1號", "day": self.today.isoformat()} | changes

    def service(self, **changes: Any) -> dict[str, Any]:
        today = self.today.isoformat()
        return {"means": "post", "day": today, "proof_no": "RR1", "proof_day": today} | changes

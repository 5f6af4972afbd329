"""The letters that a case sends, and which acts are their 發文 and their 送達; how they are told. Pure.

The answer is 准駁通知書 or 函復, whatever it says (domain 3.5); 補正通知 and 展延通知 come before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from appliance.rules.cases.rows import Event

__all__ = ["ISSUES", "SERVES", "LetterSigner", "LetterView"]

ISSUES: Mapping[Event, str] = MappingProxyType(
    {Event.ISSUE: "answer", Event.ISSUE_CORRECTION: "correction", Event.ISSUE_EXTENSION: "extension"}
)
SERVES: Mapping[Event, str] = MappingProxyType(
    {Event.NOTIFY: "answer", Event.SERVE_CORRECTION: "correction", Event.SERVE_EXTENSION: "extension"}
)


class LetterSigner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who may sign a letter, or signed one: the director, or a deputy (代行)."""

    account: str
    name: str = ""
    post: str = ""
    deputy: bool = False


class LetterView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A letter that went out: ``letter`` is answer, correction or extension, ``issued`` its 發文日期. ``served`` "":
    it has not arrived as far as anybody entered. ``signer`` None: nobody entered who signed it. ``index``: the ledger
    place of its 發文, whose words it has for ever. ``proof_no`` and ``proof_day``: of 送達證書. ``until``: the day to
    which 展延通知 lengthens the term."""

    letter: str
    index: int = 0
    doc_no: str = ""
    issued: str = ""
    signer: LetterSigner | None = None
    means: str = ""
    served: str = ""
    proof_no: str = ""
    proof_day: str = ""
    until: str = ""

"""A case whose decision was revoked is decided anew as another case, with the same request (訴願法 58 II, 81).

The request is the applicant's, who need not come again: what was received and attested is taken over as it stood. The
former case stays as it was signed and closed; the two name each other (``links``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import msgspec

from appliance.core.errors import NotAllowed
from appliance.rules.cases.rows import Event
from appliance.rules.cases.typed import CaseTyped
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.casefile import CaseAct, CaseFile
from appliance.services.cases.links import Links

__all__ = ["ended_by_appeal", "take_up", "take_up_all", "taken_over", "upheld_in"]

_ASKED_ANEW = frozenset({"scanned", "judicial"})
"""Of a form, what is found out, or asked for each act."""


def upheld_in(file: CaseFile) -> CaseAct | None:
    """The act by which the case's decision was revoked; None where it was not."""
    return next((deed for deed in reversed(file.deeds) if deed.event == Event.APPEAL_UPHELD), None)


def take_up(file: CaseFile, links: Links, act: Callable[..., Any]) -> None:
    """Of a case whose decision was revoked, begins the one in which it is decided anew, by whoever entered that, once.
    ``act`` as that of the book. Raises what it raises."""
    deed = upheld_in(file)
    if deed is None or links.followers_of(file.key):
        return
    who = ActingUser(deed.account, deed.name, proved=True)
    act(f"{deed.act[:56]}-anew", who, "", Event.RECEIVE_ANEW, {"former": file.key}, kind=file.case.kind)


def take_up_all(files: Iterable[CaseFile], links: Links, act: Callable[..., Any]) -> list[str]:
    """At start: those that an interruption left out are begun. What could not be, in words. Raises NotWritable."""
    not_begun = []
    for file in files:
        try:
            take_up(file, links, act)
        except NotAllowed as error:
            not_begun.append(f"case {file.key}: it is to be decided anew, and no case was begun for it: {error}")
    return not_begun


def ended_by_appeal(former: CaseFile) -> date | None:
    """The day on which that was received: from it the new decision is owed."""
    return former.case.appeal_ended_on if "anew" in former.case.flags else None


def taken_over(typed: CaseTyped, former: CaseFile) -> CaseTyped:
    """The request of ``former`` as one of a new case: who asks, for which minutes, on which papers and under which law;
    and, in words that papers print, what its decision was revoked by."""
    deed = upheld_in(former)
    voucher = deed.typed.voucher if deed else CaseTyped().voucher
    form: dict[str, Any] = msgspec.to_builtins(former.form)
    words = {
        "anew_former": former.case.number,
        "anew_letter": former.case.doc_no,
        "anew_how": voucher.kind,
        "anew_doc": voucher.number,
        "anew_day": voucher.day.isoformat() if voucher.day else "",
    }
    return msgspec.structs.replace(
        typed,
        parties=former.people,
        asked=former.case.asked,
        form={name: value for name, value in form.items() if name not in _ASKED_ANEW and value},
        statutory=former.case.statutory,
        recorder=former.case.recorder,
        words={name: text for name, text in words.items() if text},
    )

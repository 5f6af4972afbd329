"""Whom a notice of an act is for, how long the duty board shows it, and how it is told. Pure.

The words are in the message catalogue, ``case-notice.<code>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from appliance.rules.cases.states import State
from appliance.rules.people import Role

__all__ = ["FOR", "SHOWN_DAYS", "WHILE", "NoticeView"]

SHOWN_DAYS = 14
"""Nobody ticks a notice off; it goes from the board two weeks after its act, and stays in the history of its case."""

FOR: Mapping[str, tuple[Role, ...]] = MappingProxyType(
    {
        "appeal_over": (Role.DIRECTOR, Role.UNIT_HEAD),
        "appeal_upheld": (Role.DIRECTOR, Role.UNIT_HEAD, Role.MANAGER),
        "applicant": (Role.STAFF,),
        "appointment": (Role.STAFF,),
        "by_phone": (Role.OFFICER,),
        "ceiling": (Role.OFFICER, Role.MANAGER),
        "director": (Role.DIRECTOR,),
        "ethics": (Role.OFFICER, Role.UNIT_HEAD),
        "ink_entered": (),
        "lapsed": (Role.OFFICER,),
        "legal_review": (Role.MANAGER, Role.UNIT_HEAD),
        "locked": (Role.STAFF,),
        "none_found_as_of_receipt": (Role.STAFF,),
        "not_ended": (Role.OFFICER, Role.MANAGER),
        "rectified": (Role.DIRECTOR,),
        "returned": (Role.MANAGER,),
        "section_head": (),
        "weekly_reminder": (Role.OFFICER,),
    }
)
"""Who reads it. STAFF is the applicant, by account. ``ethics``: the ethics office has no account, so those who tell it.
``section_head``: the case waits for that head already, as a duty. ``ink_entered``: the account whose signature
on paper somebody else entered."""

WHILE: Mapping[str, frozenset[State]] = MappingProxyType(
    {
        "appointment": frozenset({State.SCHEDULED, State.PREPARED}),
        "by_phone": frozenset({State.CORRECTION}),
        "weekly_reminder": frozenset({State.CORRECTION}),
    }
)
"""Notices of what is still to come, told as long as the case is in one of these states, and only the newest of a kind:
an appointment that was changed, kept or revoked is one no more, and what came in is asked for no more."""


class NoticeView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody is to know of a case: ``code`` of :data:`FOR`, the ``day`` of its act, and the words
    that came with it. ``account``: for whom alone it is."""

    case: str
    code: str
    number: str = ""
    kind: str = ""
    day: str = ""
    words: str = ""
    account: str = ""

"""Rows that nobody performs any more and that entries of the ledger name: read as what they did, and never judged.

Until 發文 and 送達 were two acts, one act told the answer and gave it its number; 補正通知 and 展延通知 counted as told
with the act that called for them. An agency's case
lapsed by itself, though the recorder could show it nothing. An id never changes its meaning, so what came in their
place has ids of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from appliance.rules.cases.rows import Effect, Event, Row, effects
from appliance.rules.cases.shared import ANSWERED
from appliance.rules.cases.states import BEFORE_DECISION, Kind, State
from appliance.rules.people import Role

__all__ = ["RETIRED"]

_OFF = (Role.OFFICER,)

_REDIRECT = Row(
    "S5", (State.RECEIVED, State.CORRECTION, State.CHECKING), Event.REDIRECT, State.REDIRECTED, (Role.MANAGER,), (),
    effects(Effect.CLOCK_RESUME, (Effect.PAPER, "redirection")),
)  # fmt: skip
"""By the manager alone, before a redirection went up the chain."""

_CITIZEN = (
    _REDIRECT,
    Row(
        "C2", (State.RECEIVED,), Event.FIND_DEFECTS, State.CORRECTION, _OFF, (),
        effects((Effect.PAPER, "correction_notice", 7), Effect.CLOCK_STOP),
    ),
    Row(
        "C12a", (State.GRANTED, State.REDIRECTED), Event.NOTIFY, State.NOTIFIED, _OFF, (),
        effects((Effect.RECORD, "service"), Effect.CLOCK_END),
    ),
    Row(
        "C12b", (State.PARTLY, State.REFUSED, State.DISMISSED, State.NO_FOOTAGE), Event.NOTIFY, State.NOTIFIED, _OFF,
        (), effects((Effect.RECORD, "service"), (Effect.REMEDY_TIMER, "", 30), Effect.CLOCK_END),
    ),
    Row(
        "S3", BEFORE_DECISION, Event.EXTEND, None, _OFF, (),
        effects((Effect.CLOCK_EXTEND, "", 15), (Effect.PAPER, "extension_notice")),
    ),
)  # fmt: skip

_AGENCY = (
    _REDIRECT,
    Row(
        "A9", ANSWERED, Event.NOTIFY, State.NOTIFIED, _OFF, (),
        effects((Effect.PAPER, "reply_letter"), (Effect.RECORD, "service"), Effect.CLOCK_END),
    ),
    Row(
        "S7", (State.NOTIFIED, State.SCHEDULED, State.PREPARED, State.CLEANED, State.COPY_MADE, State.COPY_VERIFIED),
        Event.LAPSE, State.LAPSED, (Role.SYSTEM, Role.OFFICER), (),
        effects(Effect.TOKEN_REVOKE, (Effect.NOTICE, "lapsed"), Effect.VIEWING_COPY_DESTROY,
        Effect.AGENCY_COPY_DESTROY),
    ),
)  # fmt: skip

RETIRED: Mapping[Kind, tuple[Row, ...]] = MappingProxyType({Kind.CIT: _CITIZEN, Kind.INT: (), Kind.AGY: _AGENCY})

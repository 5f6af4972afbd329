"""The viewing copy of an agency's case: what its page asks of the keeper."""

from __future__ import annotations

import msgspec

from appliance.core.messages import CodedMessage
from appliance.protocol.endpoint import ActRequest, Endpoint, SessionRequest

__all__ = ["CANCEL_COPY", "COPY_STATE", "MAKE_COPY", "CopyRequest", "CopyState", "MakeCopy"]


class MakeCopy(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Begins to make the copy of a case, by key or number. ``seat`` and ``password``: of the keyholder whose password
    opens the vault; the officer of the two prepares the case with it."""

    case: str


class CopyRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    case: str


class CopyState(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: none, making, whole, ended, or failed, of the newest copy of the case. ``percent``: written of one
    that is made; ``why``: it failed, or what ended it where nobody did. ``made_ns`` and ``ended_ns``: 0 until then."""

    state: str = "none"
    copy: str = ""
    percent: int = 0
    made_ns: int = 0
    ended_ns: int = 0
    cause: str = ""
    why: CodedMessage | None = None


MAKE_COPY = Endpoint("copies.make", MakeCopy, CopyState)
COPY_STATE = Endpoint("copies.state", CopyRequest, CopyState, reads=True)
CANCEL_COPY = Endpoint("copies.cancel", CopyRequest, CopyState)

"""The copy that an agency is given on a medium: what its page asks of the keeper."""

from __future__ import annotations

import msgspec

from appliance.core.messages import CodedMessage
from appliance.protocol.endpoint import ActRequest, Endpoint, SessionRequest
from appliance.protocol.medium import Stick

__all__ = [
    "AGENCY_COPY_STATE",
    "CANCEL_AGENCY_COPY",
    "COPY_PASSPHRASE",
    "COPY_STICKS",
    "MAKE_AGENCY_COPY",
    "READ_AGENCY_COPY",
    "AgencyCopyRequest",
    "AgencyCopyState",
    "CopyPassphrase",
    "CopyStick",
    "CopySticks",
    "MakeAgencyCopy",
    "ReadAgencyCopy",
]


class MakeAgencyCopy(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Begins to make the copy of a case, by key or number, on the stick with this serial number. ``seat`` and
    ``password``: of the keyholder whose password opens the vault; the officer of the two makes it. ``whole``: all of
    the stick is overwritten first, else its ends."""

    case: str
    serial: str
    whole: bool = False


class AgencyCopyRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    case: str


class ReadAgencyCopy(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Begins to read the copy of a case back from its medium, for the person in ``seat``, who is to verify it."""

    case: str


class CopyStick(msgspec.Struct, frozen=True, kw_only=True):
    """A stick that is plugged in, and its number in the register of media, "" for none. ``why``: it may not be
    written; None where it may."""

    stick: Stick
    medium: str = ""
    why: CodedMessage | None = None


class CopySticks(msgspec.Struct, frozen=True, kw_only=True):
    sticks: tuple[CopyStick, ...] = ()


class AgencyCopyState(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: none; wiping, writing or finishing while it is made; failed; made, where its medium holds no whole
    copy; written. ``percent``: of the stage, or of the reading back. ``why``: the making failed, or the reading.
    ``files``: the SHA-256 of each file on the medium. ``phrase``: its pass-phrase waits for this session. ``read``: "",
    reading, equal or differs, and ``wrong``: what differs, by name."""

    state: str = "none"
    copy: str = ""
    medium: str = ""
    serial: str = ""
    percent: int = 0
    made_ns: int = 0
    written_ns: int = 0
    files: dict[str, str] = {}
    bytes: int = 0
    phrase: bool = False
    read: str = ""
    wrong: tuple[str, ...] = ()
    why: CodedMessage | None = None


class CopyPassphrase(msgspec.Struct, frozen=True, kw_only=True):
    """Handed out once, and kept by nobody here."""

    passphrase: str


COPY_STICKS = Endpoint("agency-copy.sticks", SessionRequest, CopySticks, reads=True)
MAKE_AGENCY_COPY = Endpoint("agency-copy.make", MakeAgencyCopy, AgencyCopyState)
AGENCY_COPY_STATE = Endpoint("agency-copy.state", AgencyCopyRequest, AgencyCopyState, reads=True)
CANCEL_AGENCY_COPY = Endpoint("agency-copy.cancel", AgencyCopyRequest, AgencyCopyState)
COPY_PASSPHRASE = Endpoint("agency-copy.passphrase", AgencyCopyRequest, CopyPassphrase)
READ_AGENCY_COPY = Endpoint("agency-copy.read", ReadAgencyCopy, AgencyCopyState)

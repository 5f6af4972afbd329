"""Every error the recorder raises on purpose, by what the caller should do about it.

::

    RecorderError
    ├── UsageError        mend what was typed: a setting, a command, a form         exit 2
    ├── Refused           not allowed, and asking again changes nothing             exit 3
    │   ├── NotAllowed        of a case: what is missing and the next step are in ``details``
    │   ├── NotLoggedIn       log in first
    │   ├── PasswordDue       the password was drawn by the machine: choose an own one first
    │   └── FactorDue         the roles need a second factor and the account has none: set one up first
    ├── NotFound          the thing named does not exist                            exit 4
    ├── Unavailable       right request, wrong moment: try again later              exit 5
    │   ├── Locked            too many wrong passwords: wait as long as the message says
    │   ├── CameraLost        the camera ended, stalled, refused or sent garbage
    │   └── NotWritable       the ledger, key store or disk did not take a write
    ├── Damaged           evidence is damaged or was altered: stop and look         exit 6
    │   ├── VaultMismatch     the vault key at hand is not this office's: nothing may be sealed to it
    │   └── OtherFormat       whole, and written in a format that this version does not read
    └── Broken            a promise between our own parts was not kept: a defect    exit 7

A message reads ``thing: what is wrong; what it means or what to do``, with exact values, and never holds a secret. One
that can reach a person on a page is coded (``RecorderError.of``), so that it is said in the reader's language.
``code`` is of the class: it is stable, travels over the sockets between the processes and is what programs look at.
``details`` are codes that a page makes sentences of; only NotAllowed has some.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

from appliance.core.messages import CodedMessage, Said, coded
from appliance.core.messages import from_map as coded_from_map

__all__ = [
    "Broken",
    "CameraLost",
    "Damaged",
    "FactorDue",
    "Locked",
    "NotAllowed",
    "NotFound",
    "NotLoggedIn",
    "NotWritable",
    "OtherFormat",
    "PasswordDue",
    "RecorderError",
    "Refused",
    "Unavailable",
    "UsageError",
    "VaultMismatch",
    "described",
    "from_map",
]


class RecorderError(Exception):
    """Base of the tree. ``str(error)`` is the sentence in English; ``message`` the same as code and parameters, None
    where it has none."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1
    details: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, message: Said = "") -> None:
        super().__init__(message)
        self.message = message if isinstance(message, CodedMessage) else None

    @classmethod
    def of(cls, code: str, /, **values: Any) -> Self:
        """The error with the message that the catalogue has under ``code``."""
        return cls(coded(code, **values))

    @property
    def said(self) -> Said:
        """What it says: the coded message, or the sentence where there is none."""
        return self.message or str(self)

    def as_map(self) -> dict[str, Any]:
        """As it goes over a socket; :func:`from_map` makes the error of it."""
        fields = {"code": self.code, "message": self.message.as_map() if self.message else str(self)}
        return fields | ({"details": dict(self.details)} if self.details else {})


class UsageError(RecorderError):
    """Something typed is wrong; the message names it and the next step."""

    code = "usage"
    exit_status = 2


class Refused(RecorderError):
    """The rules do not allow it."""

    code = "refused"
    exit_status = 3


class NotAllowed(Refused):
    """The tables of cases do not allow it. ``details``: event, why, missing and next as codes
    (``rules.cases.judging.Refusal``)."""

    code = "not-allowed"

    def __init__(self, message: Said = "", details: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__(message)
        self.details = MappingProxyType(dict(details))


class NotLoggedIn(Refused):
    """There is no live log-in behind the request."""

    code = "not-logged-in"


class PasswordDue(Refused):
    """The password fits and was drawn by the machine; the person chooses an own one before anything else."""

    code = "password-due"


class FactorDue(Refused):
    """The password fits, and the person's roles need a second factor that the account lacks; it is set up first."""

    code = "factor-due"


class NotFound(RecorderError):
    """The thing named does not exist, or not for this person."""

    code = "not-found"
    exit_status = 4


class Unavailable(RecorderError):
    """A part that is needed does not answer now."""

    code = "unavailable"
    exit_status = 5


class Locked(Unavailable):
    """Too many wrong tries in a row were made here; no further one is looked at for some minutes."""

    code = "locked"


class CameraLost(Unavailable):
    """The camera's stream ended, stalled or never came; a clean end of stream counts too."""

    code = "camera-lost"


class NotWritable(Unavailable):
    """Something that must be durable before the next step could not be written."""

    code = "not-writable"


class Damaged(RecorderError):
    """Stored evidence does not verify."""

    code = "damaged"
    exit_status = 6


class VaultMismatch(Damaged):
    """The vault's public key at hand is not the one that the ledger names."""

    code = "vault-mismatch"


class OtherFormat(Damaged):
    """What is stored is in a format that this version does not read, such as one of a draft before the first release.

    ``where``: the file, or the ledger's entry; ``found``: the format by name; ``reads``: what stands there today.
    """

    code = "other-format"

    @classmethod
    def at(cls, where: str, found: str, reads: str) -> OtherFormat:
        return cls.of("other-format", where=where, found=found, reads=reads)


class Broken(RecorderError):
    """One of our own processes broke the protocol between them."""

    code = "broken"
    exit_status = 7


def _tree(root: type[RecorderError]) -> dict[str, type[RecorderError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found.update(_tree(child))
    return found


def from_map(fields: Mapping[str, Any]) -> RecorderError:
    """The error that travelled over a socket, as the class it was raised as; of an unknown class as Broken."""
    kind, message = _tree(RecorderError).get(str(fields.get("code")), Broken), fields.get("message", "")
    said = coded_from_map(message) or str(message)
    return kind(said, fields.get("details") or {}) if issubclass(kind, NotAllowed) else kind(said)


def described(error: BaseException) -> str:
    """What a log and a page say of ``error``: one of the tree says its sentence; any other is a defect, and its kind,
    message and place are named: ``TypeError: no such option (appliance.plugins.sources.libav line 146,
    _open_and_read)``.

    The place is where it was raised, as far as that is Python. The message may hold a secret: see ``redact``.
    """
    if isinstance(error, RecorderError):
        return str(error)
    message = " ".join(str(error).split())
    words = f"{type(error).__name__}: {message}" if message else type(error).__name__
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return words
    frame, line = frames[-1]
    return f"{words} ({frame.f_globals.get('__name__', '?')} line {line}, {frame.f_code.co_name})"

"""A copy on a medium while it is made: what was asked for, how far it is, and whether it is to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.core.errors import NotFound, RecorderError
from appliance.core.messages import CodedMessage, coded
from appliance.medium.client import MediumSession
from appliance.rules.cases.rows import Event
from appliance.services.cases.acting import ActingUser
from appliance.services.copies.package.inputs import Packing

__all__ = ["AgencyMaking", "CopyOrder", "LivePacking", "why_failed"]


class CopyOrder(NamedTuple):
    """What two people of a session ask for. ``seat`` and ``password``: of the keyholder of the two; ``who``: the
    officer who makes it; ``whole``: all of the stick is overwritten first, else its ends."""

    act_id: str
    token: str
    session_id: str
    case: str
    seat: int | None
    password: str
    who: ActingUser
    serial: str
    whole: bool = False


@dataclass
class LivePacking(Packing):
    """Stops as well where ``is_live`` says that the two people are not there any more."""

    is_live: Callable[[], bool] = lambda: True

    def check(self) -> None:
        super().check()
        if not self.is_live():
            raise NotFound.of("agency-logged-out")


@dataclass
class AgencyMaking:
    """``stage``: wiping, writing or finishing; ``wiped`` of ``to_wipe`` bytes. ``made``: its case has it; ``written``:
    all of it lies on the medium. ``error``: why not."""

    act_id: str
    case: str
    session_id: str
    who: ActingUser
    event: Event
    copy_id: str
    medium: str
    stick: MediumSession
    whole: bool
    packing: LivePacking = field(default_factory=LivePacking)
    stage: str = "wiping"
    wiped: int = 0
    to_wipe: int = 0
    made: bool = False
    written: bool = False
    over: bool = False
    error: CodedMessage | None = None

    @property
    def percent(self) -> int:
        """Of its stage."""
        wiping = self.stage == "wiping"
        done, of = (self.wiped, self.to_wipe) if wiping else (self.packing.done_ns, self.packing.whole_ns)
        return min(99, 100 * done // of) if of else 0

    def heard(self, done: int, of: int) -> None:
        """How far the wiping is. Raises NotFound once it is to stop."""
        self.wiped, self.to_wipe = done, of
        self.packing.check()

    def cancel(self) -> None:
        """Nothing once its case has it: then it ends by itself, in moments."""
        if not self.made and not self.over:
            self.packing.cancelled = True
            self.stick.cancel()


def why_failed(error: Exception, *, cancelled: bool) -> CodedMessage:
    """What people are told of it."""
    if cancelled:
        return coded("agency-cancelled")
    if isinstance(error, RecorderError):
        return error.message or coded("copy-defect", what=str(error))
    return coded("copy-defect", what=type(error).__name__)

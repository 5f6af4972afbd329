"""Records in the bodies of the recorder's reports, and that nothing is reported before a hello."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from appliance.core.errors import Broken, Unavailable
from appliance.core.model import from_wire
from appliance.services.recording.state import RecorderState

__all__ = ["need_greeted", "record_in"]

T = TypeVar("T")


def record_in(body: bytes, kind: type[T]) -> T:
    """Raises Broken."""
    try:
        return from_wire(body, kind)
    except msgspec.MsgspecError as error:
        raise Broken(f"recorder: a message that is no {getattr(kind, '__name__', kind)} ({error})") from error


def need_greeted(state: RecorderState) -> None:
    """A keeper that was restarted must hear first which files are the recorder's. Raises Unavailable."""
    if not state.greeted:
        raise Unavailable("recorder: the keeper has not been greeted or asks for it again; say hello and try again")

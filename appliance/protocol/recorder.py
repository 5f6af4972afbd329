"""What the recorder reports to the keeper, and what the keeper answers it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from appliance.core.messages import Said
from appliance.core.model import Camera, Length, Moment, Uptime, Word
from appliance.protocol.check_words import CheckWords
from appliance.protocol.endpoint import Done, Endpoint, Request
from appliance.rules.cameras.inquiry import DeviceClock, DeviceReport
from appliance.rules.cameras.wiring import Declared, Found
from appliance.rules.pressure import Relief
from appliance.rules.time_trust import TimeTrust

__all__ = [
    "ALLOCATE",
    "BUCKET_CLOSED",
    "BUCKET_OPENED",
    "DURABLE",
    "GAP",
    "HELLO",
    "INQUIRED",
    "NOT_STORED",
    "OTHER_DEVICE",
    "SEARCHED",
    "STATES",
    "UNCONFINED",
    "UNPLAYABLE",
    "BoxReport",
    "ClockDeed",
    "DeviceInquiry",
    "DurableLengths",
    "Hello",
    "HelloAnswer",
    "InquiryResult",
    "PictureWanted",
    "SearchResult",
    "SelfTestRequest",
    "StatesAnswer",
    "StatesReport",
]

# How the detail of a camera's state is worded, or begins, where the keeper does something about it.
NOT_STORED = "disk: the camera sends, but the footage disk does not take it"
UNPLAYABLE = "unplayable: no key frame came for a minute, so what is stored cannot be viewed"
"""Everything that comes is stored all the same: a key frame that comes late makes what follows it playable."""

OTHER_DEVICE = "another device answers"
"""It is not recorded until it was judged (``T-66``)."""

UNCONFINED = "unconfined"
"""The floor of a camera process's confinement does not hold on this machine; the camera stays off."""

_RECORDER = frozenset({"recorder"})
_RECORDS_BYTES = 8 << 20
_Names = Annotated[tuple[Word, ...], msgspec.Meta(max_length=65_536)]


class Hello(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a recorder says first: its boot and run, the files in ``open/`` that are its own, and those ``left`` there
    by others. ``sources``: the kinds of camera there are, ``declared``: the settings of each; ``words``: those of its
    checks; ``found``: devices at this box."""

    boot_id: Word
    boot_ns: Uptime
    wall_ns: Moment
    run_id: Word
    open: _Names
    left: _Names
    sources: Annotated[frozenset[Word], msgspec.Meta(max_length=1000)] = frozenset()
    declared: dict[str, tuple[Declared, ...]] = msgspec.field(default_factory=dict)
    words: CheckWords = CheckWords()
    found: Annotated[tuple[Found, ...], msgspec.Meta(max_length=1000)] = ()


class HelloAnswer(msgspec.Struct, frozen=True):
    """How many buckets were closed that an interruption had left open."""

    recovered: int = 0


class DurableLengths(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How many bytes of each open segment file survive a power cut now."""

    lengths: dict[Word, Length]


class StatesReport(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``faults``: what is wrong with the disk or the confinement, by the finding's key; ``box_ns``: the ``at_ns`` of
    the box's figures that the recorder has; ``registry``: the digest of the registry by which it records now, None
    where it does not say."""

    faults: Annotated[dict[Word, str], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=dict)
    box_ns: Moment = 0
    registry: str | None = None


class BoxReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The box's figures by name (``selftest/measures.py``), gathered at ``at_ns`` by the keeper's clock; 0: never."""

    at_ns: int = 0
    values: dict[str, float] = {}


class SelfTestRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person asked for last: ``number`` grows with each request and is 0 before the first."""

    number: int = 0
    prove: bool = False
    forget: bool = False


class PictureWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture that a person asked for; who and why is in the ledger. It is asked for in each answer until it has
    come. ``sound``: with two seconds of approved sound. ``see``: the way to a version that is not in force, which is
    seen and never stored."""

    order: str
    camera_no: str
    sound: bool = False
    see: Camera | None = None


ClockDeed = Literal["", "read", "set"]


class DeviceInquiry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device at ``address`` that is to be asked what it is, as a person wished, with the account that was typed for
    it. It stands in each answer until the device was asked. ``service``: the place of its service as a search found it.
    ``clock``: only its clock is read, or set to ours."""

    order: str
    address: str
    user: str = ""
    password: str = ""
    service: str = ""
    clock: ClockDeed = ""


class StatesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the recorder is to do now. ``pressure``: how far recording steps down because of the disk; ``trust``:
    whether the clock is trusted; ``look``: the self-test that was asked for last; ``box``: the box's figures, None
    where the recorder has these already; ``watched``: cameras at which somebody looks live; ``search``: the number of
    the search of the network that goes on, 0 for none; ``inquiries``: devices to ask; ``references``: the digest of
    each camera's reference pictures; ``registry``: the digest of the registry in force."""

    pressure: Relief = Relief()
    trust: TimeTrust = TimeTrust()
    look: SelfTestRequest = SelfTestRequest()
    box: BoxReport | None = None
    watched: tuple[str, ...] = ()
    pictures: tuple[PictureWanted, ...] = ()
    search: int = 0
    inquiries: tuple[DeviceInquiry, ...] = ()
    references: dict[str, str] = {}
    registry: str = ""


class SearchResult(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a search of the network found, or ``why`` it found nothing."""

    number: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
    found: tuple[Found, ...] = ()
    why: str = ""


class InquiryResult(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a device that was asked said of itself or of its ``clock``, or ``why`` it said nothing."""

    order: Word
    report: DeviceReport | None = None
    clock: DeviceClock | None = None
    why: Said = ""


HELLO = Endpoint("recorder.hello", Hello, HelloAnswer, callers=_RECORDER)
ALLOCATE = Endpoint("recorder.allocate", Request, Done, callers=_RECORDER, most_bytes=_RECORDS_BYTES)
"""The body: a ``core.model.Allocation``."""
BUCKET_OPENED = Endpoint("recorder.opened", Request, Done, callers=_RECORDER, most_bytes=_RECORDS_BYTES)
"""The body: a ``core.model.BucketOpening``."""
DURABLE = Endpoint("recorder.durable", DurableLengths, Done, callers=_RECORDER)
BUCKET_CLOSED = Endpoint("recorder.closed", Request, Done, callers=_RECORDER, most_bytes=_RECORDS_BYTES)
"""The body: a ``core.model.Manifest``."""
GAP = Endpoint("recorder.gap", Request, Done, callers=_RECORDER, most_bytes=_RECORDS_BYTES)
"""The body: a ``core.model.Gap``."""
STATES = Endpoint("recorder.states", StatesReport, StatesAnswer, callers=_RECORDER, most_bytes=_RECORDS_BYTES)
"""The body: a list of ``core.model.CameraState``."""
SEARCHED = Endpoint("recorder.found", SearchResult, Done, callers=_RECORDER)
INQUIRED = Endpoint("recorder.device", InquiryResult, Done, callers=_RECORDER)

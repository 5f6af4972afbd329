"""Self-tests of the cameras and of the box: what the recorder reports of them, and what pages and the command line
ask."""

from __future__ import annotations

import msgspec

from appliance.api import Sign
from appliance.protocol.endpoint import Done, Endpoint, Request

__all__ = [
    "ASK_SELF_TEST",
    "SELF_TESTS",
    "SELF_TEST_REPORTS",
    "AskSelfTest",
    "FaultView",
    "SelfTestAsked",
    "SelfTestView",
    "SelfTests",
    "SelfTestsRequest",
    "TestedCamera",
    "Trend",
]


class SelfTestsRequest(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``session`` and ``active`` as in a ``SessionRequest``. The command line names none; web always does, and null is
    none that it could name."""

    session: str | msgspec.UnsetType = msgspec.UNSET
    active: bool = True


class AskSelfTest(SelfTestsRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Every camera is tested now. ``prove``: each check shows that it notices its faults; ``forget``: what was learned
    as usual is dropped first."""

    prove: bool = False
    forget: bool = False


class SelfTestAsked(msgspec.Struct, frozen=True):
    """The request's number: the reports that answer it name it, or a later one, as ``asked``."""

    number: int


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that stands, in the box of the inspection log it belongs to, and in words."""

    fault: str
    box: str
    text: str


class SelfTestView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest report of one camera, or of the box. ``wrong`` stands, ``well`` is known to be absent. ``failures``:
    the check and why it did not do its work. ``proofs``: check, fault, name, whether it noticed, whether it could be
    tried, and what went wrong."""

    camera_no: str = ""
    at_ns: int = 0
    asked: int = 0
    seen: bool = True
    wrong: tuple[FaultView, ...] = ()
    well: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    proofs: tuple[tuple[str, str, str, bool, bool, str], ...] = ()


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """How one measure went. ``by``: hour (since 1970) or day (its ordinal); ``points``: at, lowest, mean, highest.
    ``reaches``: in about so many days it is at its limit; None where it does not go there."""

    by: str = "day"
    points: tuple[tuple[int, float, float, float], ...] = ()
    limit: float = 0.0
    unit: str = ""
    reaches: int | None = None


class TestedCamera(msgspec.Struct, frozen=True, kw_only=True):
    """A camera of the registry, whose ``state`` says why there is no report."""

    camera_no: str
    state: str = ""
    look: SelfTestView | None = None
    trends: dict[str, Trend] = {}


class SelfTests(msgspec.Struct, frozen=True, kw_only=True):
    """Every camera's newest report, the box's, and the box's own figures by name, as they were at ``box_ns``."""

    now_ns: int
    cameras: tuple[TestedCamera, ...] = ()
    box: SelfTestView | None = None
    box_trends: dict[str, Trend] = {}
    box_ns: int = 0
    figures: dict[str, float] = {}


_WEB_AND_CONSOLE = frozenset({"console", "web"})

ASK_SELF_TEST = Endpoint("looks.ask", AskSelfTest, SelfTestAsked, callers=_WEB_AND_CONSOLE)
SELF_TESTS = Endpoint("looks.list", SelfTestsRequest, SelfTests, reads=True, callers=_WEB_AND_CONSOLE)
SELF_TEST_REPORTS = Endpoint("recorder.looked", Request, Done, callers=frozenset({"recorder"}), most_bytes=8 << 20)
"""The body: a list of ``selftest.reports.CameraReport``."""

"""What the recorder tells the keeper, in order, from a thread of its own: the keeper being away never holds recording.

Reports (a bucket opened, a bucket closed, a gap) wait in a bounded queue until the keeper took them; states and
durable lengths are only ever the newest. Each time the keeper comes back, and at first, ``recorder.hello`` goes before
all else: it says which files are this run's, so that the keeper recovers the rest of ``open/`` and nothing of ours.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Broken, RecorderError, Unavailable
from appliance.core.messages import Said
from appliance.core.model import Allocation, BucketOpening, CameraState, Gap, Manifest, from_wire, to_wire
from appliance.protocol.check_words import NO_WORDS, CheckWords
from appliance.protocol.endpoint import Endpoint, Request
from appliance.protocol.live import WATCHED, WatchedFragment
from appliance.protocol.pictures import PICTURE_CAME, REFERENCES_FOR_TESTS, PictureCame, ReferencesOf
from appliance.protocol.recorder import (
    ALLOCATE,
    BUCKET_CLOSED,
    BUCKET_OPENED,
    DURABLE,
    GAP,
    HELLO,
    INQUIRED,
    SEARCHED,
    STATES,
    DurableLengths,
    Hello,
    InquiryResult,
    SearchResult,
    StatesReport,
)
from appliance.protocol.selftests import SELF_TEST_REPORTS
from appliance.protocol.transport import Message
from appliance.recorder.supervisor.keeper_orders import KeeperOrders, Listeners
from appliance.rules.cameras.inquiry import DeviceClock, DeviceReport
from appliance.rules.cameras.wiring import Declared, Found
from appliance.selftest.reports import CameraReport

__all__ = ["Caller", "KeeperLink", "Reports"]

MAX_QUEUED = 20_000
"""About a fortnight of sixteen cameras' buckets with the keeper away; then the oldest reports go, and the keeper
recovers those buckets from their files."""

MAX_WATCHED = 64
"""Fragments that wait to be seen live: some seconds of a few cameras. What is older is no live picture any more."""

MAX_HANDED = 64
"""Pictures and answers that somebody waits for, who waits for seconds and asks again."""

A = TypeVar("A")

_RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0)
_FLUSH_SECONDS = 5.0


class Caller(Protocol):
    """:class:`appliance.protocol.transport.Client`, or what stands in for it."""

    def call(self, verb: str, body: bytes = b"", **arguments: Any) -> Message: ...

    def close(self) -> None: ...


class Reports(Protocol):
    """What the supervisor's parts need of the link."""

    def file_made(self, name: str) -> None: ...

    def emergency(self, allocation: Allocation) -> None: ...

    def opened(self, opening: BucketOpening) -> None: ...

    def closed(self, manifest: Manifest, names: list[str]) -> None: ...

    def gap(self, gap: Gap) -> None: ...


class _Report(NamedTuple):
    endpoint: Endpoint[Request, Any]
    body: bytes
    names: tuple[str, ...] = ()


class _HandOver(NamedTuple):
    """What goes once, and is not kept for a keeper that is away. ``what``: its name in the log."""

    what: str
    endpoint: Endpoint[Any, Any]
    request: Request
    body: bytes = b""


class KeeperLink:
    """The queue and its thread. All methods may be called from any thread; none but :meth:`allocate` and
    :meth:`close` waits for the keeper.

    ``greeter`` is a second caller with a long patience: a hello has the keeper read all that was left behind in
    ``open/``. ``left``: what lay there when this run began. ``expected()``: names of files that may appear while a
    hello is under way, of buckets whose keys were made ahead. ``sources``: the kinds of camera there are, ``declared``:
    the settings of each; ``words``: those of checks that bring some. ``registry()``: the digest of the registry that is
    recorded now. ``listeners`` act on what the keeper answers.
    """

    def __init__(
        self,
        client: Caller,
        greeter: Caller,
        clock: Clock,
        run_id: str,
        left: list[str],
        log: Callable[[str], None],
        *,
        expected: Callable[[], Iterable[str]] = tuple,
        sources: Iterable[str] = (),
        declared: Mapping[str, Sequence[Declared]] = MappingProxyType({}),
        words: CheckWords = NO_WORDS,
        found: Callable[[], Iterable[Found]] = tuple,
        registry: Callable[[], str] = str,
        listeners: Listeners | None = None,
    ) -> None:
        self._client, self._greeter, self._clock, self._run_id, self._log = client, greeter, clock, run_id, log
        self._left, self._expected, self._registry = left, expected, registry
        self._sources, self._found, self._words = frozenset(sources), found, words
        self._declared = {name: tuple(settings) for name, settings in declared.items()}
        self._orders = KeeperOrders(listeners or Listeners(), self._references)
        self._handed: deque[_HandOver] = deque(maxlen=MAX_HANDED)
        self._watched: deque[_HandOver] = deque(maxlen=MAX_WATCHED)
        self._queue: deque[_Report] = deque()
        self._files: set[str] = set()
        self._states: bytes | None = None
        self._faults: dict[str, str] = {}
        self._durable: dict[str, int] | None = None
        self._looks: dict[str, CameraReport] = {}
        self._changed = threading.Condition()
        self._greeted = False
        self._failures = 0
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="keeper link", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def file_made(self, name: str) -> None:
        """A file of this run is about to appear in ``open/``: from now on the keeper must not recover it."""
        with self._changed:
            self._files.add(name)

    def opened(self, opening: BucketOpening) -> None:
        self._put(_Report(BUCKET_OPENED, to_wire(opening)))

    def emergency(self, allocation: Allocation) -> None:
        """An allocation that the keeper could not store ahead, for a bucket that opens now; its ``opened`` follows."""
        self._put(_Report(ALLOCATE, to_wire(allocation)))

    def closed(self, manifest: Manifest, names: list[str]) -> None:
        """The manifest of a closed bucket, all of whose files are durable; ``names`` are its files."""
        self._put(_Report(BUCKET_CLOSED, to_wire(manifest), tuple(names)))

    def gap(self, gap: Gap) -> None:
        self._put(_Report(GAP, to_wire(gap)))

    def states(self, states: list[CameraState]) -> None:
        with self._changed:
            self._states = to_wire(states)
            self._changed.notify()

    def faults(self, faults: Mapping[str, str]) -> None:
        """What is wrong with the disk, by the finding's key; goes with the next states."""
        with self._changed:
            self._faults = dict(faults)

    def looked(self, report: CameraReport) -> None:
        """What a look at a camera brought; goes before the next states. Of two looks at one camera the newer counts,
        with the proofs of both."""
        with self._changed:
            before = self._looks.get(report.camera_no)
            if before is not None and not report.proofs:
                report = msgspec.structs.replace(report, proofs=before.proofs)
            self._looks[report.camera_no] = report

    def picture(self, order: str, taken: bytes, why: Said) -> None:
        """What came for a person's order of a picture, or why nothing did."""
        self._hand(self._handed, _HandOver("a picture", PICTURE_CAME, PictureCame(order=order, why=why), taken))

    def searched(self, number: int, found: list[Found], why: str) -> None:
        """What a person's search of the network found, or why nothing was."""
        result = SearchResult(number=number, found=tuple(found), why=why)
        self._hand(self._handed, _HandOver("what a search found", SEARCHED, result))

    def inquired(self, order: str, found: DeviceReport | DeviceClock | None, why: Said) -> None:
        """What a device answered that a person had asked, or why it answered nothing."""
        report, clock = (None, found) if isinstance(found, DeviceClock) else (found, None)
        answer = InquiryResult(order=order, report=report, clock=clock, why=why)
        self._hand(self._handed, _HandOver("what a device answered", INQUIRED, answer))

    def watched(self, camera_no: str, part: bytes) -> None:
        """A fragment of a camera at which somebody looks live."""
        fragment = WatchedFragment(camera=camera_no)
        self._hand(self._watched, _HandOver("a fragment of a live look", WATCHED, fragment, part))

    def durable(self, lengths: dict[str, int]) -> None:
        """How many bytes of each open file survive a power cut now."""
        with self._changed:
            self._durable = lengths
            self._changed.notify()

    def allocate(self, allocation: Allocation) -> None:
        """Has the keeper store ``allocation``: durable on return. Raises Unavailable or another RecorderError.

        Never says hello: that may take minutes, and whoever waits for keys would wait with it.
        """
        if not self._greeted:
            raise Unavailable(f"{ALLOCATE.name}: the keeper is busy with what an earlier run left, or away")
        self._ask(ALLOCATE.name, to_wire(allocation))

    def close(self) -> None:
        """Waits some seconds for the queue to empty, then ends the thread; what is left the keeper recovers."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(_FLUSH_SECONDS + 1)
        self._client.close()
        self._greeter.close()

    @property
    def queued(self) -> int:
        return len(self._queue)

    def _put(self, report: _Report) -> None:
        with self._changed:
            self._queue.append(report)
            if len(self._queue) > MAX_QUEUED:
                dropped = self._queue.popleft()
                self._files.difference_update(dropped.names)
                self._left.extend(dropped.names)
            self._changed.notify()

    def _hand(self, queue: deque[_HandOver], one: _HandOver) -> None:
        with self._changed:
            queue.append(one)
            self._changed.notify()

    def _run(self) -> None:
        end_ns = 0
        while True:
            with self._changed:
                waiting = self._queue or self._handed or self._watched
                if not waiting and self._states is None and self._durable is None:
                    if self._ending:
                        return
                    self._changed.wait(1.0)
                if self._ending and not end_ns:
                    end_ns = self._clock.boot_ns() + int(_FLUSH_SECONDS * 1e9)
            if end_ns and self._clock.boot_ns() > end_ns:
                self._log(f"keeper link: ended with {len(self._queue)} reports undelivered; the keeper recovers them")
                return
            if not self._deliver():
                with self._changed:
                    self._changed.wait(_RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS)) - 1])

    def _deliver(self) -> bool:
        """Delivers the newest durable lengths and states, then the oldest report: one that the keeper cannot take now,
        because its disk is away, must not hide that the cameras record. False: something could not be delivered."""
        with self._changed:
            report = self._queue[0] if self._queue else None
            durable, states, faults, looks = self._durable, self._states, self._faults, list(self._looks.values())
            self._durable = self._states = None
            self._looks = {}
            handed = [*self._watched, *self._handed]
            self._watched.clear()
            self._handed.clear()
        try:
            for one in handed:
                self._hand_over(one)
            self._tell_news(durable, states, faults, looks)
            if report is not None:
                self._call(report.endpoint.name, report.body)
        except Unavailable as error:
            if not self._failures:
                self._log(f"keeper link: {error}; recording goes on, reports wait")
                self._orders.keeper_away()
            self._failures += 1
            return False
        except RecorderError as error:
            self._log(f"keeper link: {report.endpoint.name if report else 'a report'} was refused: {error}")
            if report is not None:
                with self._changed:
                    self._left.extend(report.names)  # the keeper closes them from what is there
        if self._failures:
            self._log(f"keeper link: the keeper is back; {len(self._queue)} reports waited")
        self._failures = 0
        if report is not None:
            with self._changed:
                if self._queue and self._queue[0] is report:
                    self._queue.popleft()
                self._files.difference_update(report.names)
        return True

    def _tell_news(
        self,
        durable: dict[str, int] | None,
        states: bytes | None,
        faults: dict[str, str],
        looks: list[CameraReport],
    ) -> None:
        """Raises Unavailable; what is refused otherwise is logged and gone, the next is a second away."""
        try:
            if durable is not None:
                self._call(DURABLE.name, **_arguments(DurableLengths(lengths=durable)))
            if looks:
                self._call(SELF_TEST_REPORTS.name, to_wire(looks))
            if states is not None:
                report = StatesReport(faults=faults, box_ns=self._orders.box_ns, registry=self._registry())
                self._orders.take(_answer(STATES, self._call(STATES.name, states, **_arguments(report)).head))
        except Unavailable:
            raise
        except RecorderError as error:
            self._log(f"keeper link: states were refused: {error}")

    def _hand_over(self, one: _HandOver) -> None:
        """Raises Unavailable; whoever waits for what is refused asks again."""
        try:
            self._call(one.endpoint.name, one.body, **_arguments(one.request))
        except Unavailable:
            raise
        except RecorderError as error:
            self._log(f"keeper link: {one.what} was refused: {error}")

    def _references(self, camera_no: str) -> tuple[bytes, ...]:
        answer = self._call(REFERENCES_FOR_TESTS.name, **_arguments(ReferencesOf(camera=camera_no)))
        return _pictures_in(answer.body)

    def _call(self, verb: str, body: bytes = b"", **arguments: Any) -> Message:
        """One call, after a hello where the keeper has not had one since it was last away. The link's thread alone
        says hello."""
        if not self._greeted:
            self._greeter.call(HELLO.name, **_arguments(self._hello()))
            self._greeted = True
        return self._ask(verb, body, **arguments)

    def _ask(self, verb: str, body: bytes = b"", **arguments: Any) -> Message:
        try:
            return self._client.call(verb, body, **arguments)
        except Unavailable:
            self._greeted = False
            raise

    def _hello(self) -> Hello:
        with self._changed:
            return Hello(
                boot_id=self._clock.boot_id(),
                boot_ns=self._clock.boot_ns(),
                wall_ns=self._clock.wall_ns(),
                run_id=self._run_id,
                open=tuple(sorted(self._files.union(self._expected()))),
                left=tuple(self._left),
                sources=self._sources,
                declared=self._declared,
                words=self._words,
                found=tuple(self._found()),
            )


def _arguments(request: Request) -> dict[str, Any]:
    """As they go over the socket."""
    arguments: dict[str, Any] = msgspec.to_builtins(request)
    return arguments


def _pictures_in(body: bytes) -> tuple[bytes, ...]:
    """Raises Broken."""
    try:
        return from_wire(body, tuple[bytes, ...])
    except msgspec.MsgspecError as error:
        raise Broken(f"keeper link: what came as reference pictures is none ({error})") from error


def _answer(endpoint: Endpoint[Any, A], head: dict[str, Any]) -> A:
    """Raises Broken for what is none: what was answered before then holds."""
    try:
        return msgspec.convert(head, endpoint.answer)
    except msgspec.ValidationError as error:
        raise Broken(f"keeper link: what the keeper answers to {endpoint.name} cannot be read ({error})") from error

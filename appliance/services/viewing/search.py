"""Search in the granted minutes: the moments in which the pixels of a region changed, on a press only.

Key frames go coarse to fine (``search_plan.py``) to two confined children, which keep a coarse print of each and say
which ones differ (``sandbox/changes.py``). They are covered by the grant's masks before anything is compared. Ten
minutes at a time are entered as released, durable, before a byte of them goes (``INV-22``), and count as neither shown
nor released to a screen. What is found is in memory with the grant alone and goes with it. A difference of pixels is
all there is to it: nobody is recognised and nothing classified (``D-30``).
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, RecorderError, Refused, UsageError
from appliance.core.messages import CodedMessage, coded
from appliance.core.model import Span
from appliance.rules.cases.masks import LEAST, WHOLE, Purpose
from appliance.sandbox.client import Viewer
from appliance.sandbox.protocol import Compared, SearchKey, SearchOrder
from appliance.services.viewing.footage import Footage, Place
from appliance.services.viewing.grant import SEARCH, Grant
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.passage import key_sample
from appliance.services.viewing.playback import Playback, covered_areas, covered_at
from appliance.services.viewing.search_plan import SearchPlan

__all__ = ["MOST_FOUND", "Change", "ChangeSearches", "Search", "checked_region"]

_SECOND_NS = 1_000_000_000
_WINDOW_NS = 600 * _SECOND_NS
"""So much is entered as released at a time."""
_APART_NS = _SECOND_NS
"""No two pictures closer than this are compared: a camera may send nothing but key frames."""
_JITTER_NS = _SECOND_NS // 10
"""A camera's key frames come earlier or later by so much than it was told to send them."""
_MOST_KEYS = 19_000
"""Where the minutes hold more, the pictures to compare lie further apart."""
_CHILDREN = 2
"""They compare side by side: decoding is nearly all of the work, and the smallest recorder has two processors."""
MOST_FOUND = 200
"""So many changes are told; with more than these the region was no good one."""

RUNNING, DONE, CANCELLED, STOPPED = "running", "done", "cancelled", "stopped"


class Change(NamedTuple):
    """The region was as before up to ``start_ns`` and has been as after since ``end_ns``; both are of pictures that
    were compared. ``stays``: after is unlike before; None while that was not looked at."""

    start_ns: int
    end_ns: int
    stays: bool | None


class _Key(NamedTuple):
    """A key frame that is compared, and the granted minutes that it lies in."""

    place: Place
    granted: Span


def checked_region(left: int, top: int, right: int, bottom: int) -> SearchOrder:
    """In permille of the picture. Raises UsageError for one that leaves it or is next to nothing."""
    inside = min(left, top) >= 0 and max(right, bottom) <= WHOLE
    if not inside or right - left < LEAST or bottom - top < LEAST:
        raise UsageError.of("search-region", least=LEAST / 10)
    return SearchOrder(left=left, top=top, right=right, bottom=bottom)


class Search:
    """One search, which its threads write and anybody reads. ``state``: running, done, cancelled by a person or another
    search, or stopped because of ``why``. ``masked``: something lies over a part of the region, at least for a time."""

    def __init__(self, camera_no: str, region: SearchOrder, span: Span) -> None:
        self.camera_no, self.region, self.span = camera_no, region, span
        self.masked = False
        self.why: CodedMessage | None = None
        self.cancelled = False
        self.times: dict[int, int] = {}
        self.stays: dict[tuple[int, int], bool] = {}
        self.plans: tuple[SearchPlan, ...] = ()
        self.total = self.step_ns = 0
        self.joint: tuple[int, int, bool] | None = None
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def over(self) -> bool:
        """It goes on no longer, or never began."""
        return self._ended.is_set()

    @property
    def state(self) -> str:
        if not self.over:
            return RUNNING
        return CANCELLED if self.cancelled else STOPPED if self.why else DONE

    @property
    def looked(self) -> int:
        with self.lock:
            return min(self.total, sum(plan.done for plan in self.plans))

    def runs(self) -> list[tuple[int, int]]:
        """Pictures between which each neighbour differs from the next, first and last, in the order of time."""
        with self.lock:
            edges = [edge for plan in self.plans for edge in plan.edges()] + ([self.joint] if self.joint else [])
        found: list[tuple[int, int]] = []
        for one, other, differs in sorted(edges):
            if differs and found and found[-1][1] == one:
                found[-1] = found[-1][0], other
            elif differs:
                found.append((one, other))
        return found

    def changes(self) -> list[Change]:
        return [Change(self.times[one], self.times[other], self.stays.get((one, other))) for one, other in self.runs()]

    def stop(self) -> None:
        """The next step is not taken. Takes no lock."""
        self.cancelled = True

    def end(self) -> None:
        """It goes on no longer."""
        self._ended.set()

    def wait(self) -> None:
        """Until it goes on no longer."""
        self._ended.wait()
        if self.thread is not None:
            self.thread.join()


class ChangeSearches:
    """One search of a grant at a time. Thread-safe; each search has threads of its own. The next one begins when the
    one before it has let its children go: one that is cancelled over a picture has them until that is looked at."""

    def __init__(self, grants: Grants, playback: Playback, clock: Clock) -> None:
        self._grants, self._playback, self._clock = grants, playback, clock
        self._of: dict[str, Search] = {}
        self._at_work: set[str] = set()
        """The grants of which a search has a thread."""
        self._lock = threading.Lock()

    def begin(self, grant: Grant, camera_no: str, region: SearchOrder, span: Span | None = None) -> Search:
        """Begins to search; one that this grant has under way is cancelled, and what it found is dropped. ``span``:
        from where to where, by default all the granted minutes of the camera.

        Raises NotFound when the grant is over, Refused outside the granted minutes (entered) and while masks are drawn,
        where pictures are bare.
        """
        grant.check_live()
        if grant.purpose is not Purpose.VIEWING:
            raise Refused.of("search-masking")
        granted = grant.spans.get(camera_no, [])
        asked = span or Span(granted[0].start_ns if granted else 0, granted[-1].end_ns if granted else 1)
        if not (grant.span_at(camera_no, asked.start_ns) and grant.span_at(camera_no, asked.end_ns - 1)):
            self._grants.refuse(grant, camera_no, asked, coded("outside"))
        search = Search(camera_no, region, asked)
        search.masked = _is_masked(grant, search)
        with self._lock, grant.lock:
            grant.check_live()
            before = self._of.get(grant.grant_id)
            if before is None:
                grant.at_end.append(lambda: self._leave(grant.grant_id))
            self._of[grant.grant_id] = search
            if before is not None:
                before.stop()
                if before.thread is None:
                    before.end()
            if grant.grant_id not in self._at_work:
                self._start(grant, search)
        return search

    def _start(self, grant: Grant, search: Search) -> None:
        """With the lock held."""
        search.thread = threading.Thread(target=self._run, args=(grant, search), name="search", daemon=True)
        search.thread.start()
        self._at_work.add(grant.grant_id)

    def of(self, grant: Grant) -> Search | None:
        """The newest search of a grant; None before any."""
        return self._of.get(grant.grant_id)

    def cancel(self, grant: Grant) -> None:
        """What it found so far stays."""
        search = self.of(grant)
        if search is not None and not search.over:
            search.stop()

    def _leave(self, grant_id: str) -> None:
        """The grant is over, and its lock is held: no lock is taken here."""
        search = self._of.pop(grant_id, None)
        if search is not None:
            search.stop()
            if search.thread is None:
                search.end()

    def _run(self, grant: Grant, search: Search) -> None:
        try:
            _Worker(self._grants, grant, search, self._playback, self._clock).run()
        except Exception as error:  # whatever it is, nobody waits for a search that goes on no longer
            search.why = _why(error)
            if not isinstance(error, RecorderError):
                raise
        finally:
            with self._lock:
                self._at_work.discard(grant.grant_id)
                newest = self._of.get(grant.grant_id)
                if newest is not None and newest is not search:
                    self._start(grant, newest)
            search.end()


class _Worker:
    """Carries one search out."""

    def __init__(self, grants: Grants, grant: Grant, search: Search, playback: Playback, clock: Clock) -> None:
        self._grants, self._grant, self._search = grants, grant, search
        self._playback, self._clock = playback, clock
        self._footage: Footage = playback.footage(grant, search.camera_no)
        self._keys: list[_Key] = []
        self._released: list[Span] = []
        self._releasing = threading.Lock()
        self._broken = False

    def run(self) -> None:
        search = self._search
        self._keys = self._found_keys()
        search.step_ns = _step_ns([key.place.start_ns for key in self._keys])
        search.total = len(self._keys)
        if not self._keys:
            return
        slices = _slices(len(self._keys))
        with search.lock:
            search.plans = tuple(SearchPlan(first, last) for first, last in slices)
        with contextlib.ExitStack() as opened:
            viewers = [opened.enter_context(contextlib.closing(self._playback.connect())) for _ in slices]
            for viewer in viewers:
                viewer.search(search.region)
            self._side_by_side(list(zip(search.plans, viewers, strict=True)))
            self._join(viewers[-1])
            self._judge(viewers[-1])

    def _check(self) -> None:
        """Raises NotFound once it is to stop or the grant is over, Unavailable while nobody is there to see it."""
        if self._search.cancelled or self._broken:
            raise NotFound.of("search-cancelled")
        with self._grant.lock:
            self._grant.check_live()
            self._grant.look(self._clock.boot_ns())
            self._grant.check_present()

    def _found_keys(self) -> list[_Key]:
        """The key frames to compare, as the tables of the segments have them; nothing is opened yet."""
        granted = self._grant.spans[self._search.camera_no]
        spans = [part for each in granted if (part := each.intersect(self._search.span))]
        length_ns = sum(span.end_ns - span.start_ns for span in spans)
        apart_ns = max(_APART_NS, -(-length_ns // _MOST_KEYS)) - _JITTER_NS
        found: list[_Key] = []
        for span in spans:
            for place in self._footage.within(span):
                self._check()
                if place.is_key and (not found or place.start_ns - found[-1].place.start_ns >= apart_ns):
                    found.append(_Key(place, span))
        return found

    def _side_by_side(self, parts: Sequence[tuple[SearchPlan, Viewer]]) -> None:
        """All at once; raises what the first one raised, and none of the others goes on then."""
        errors: list[Exception] = []

        def part(plan: SearchPlan, viewer: Viewer) -> None:
            try:
                self._part(plan, viewer)
            except Exception as error:
                errors.append(error)
                self._broken = True

        threads = [threading.Thread(target=part, args=each, name="search part", daemon=True) for each in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def _part(self, plan: SearchPlan, viewer: Viewer) -> None:
        while True:
            with self._search.lock:
                index = plan.next()
            if index is None:
                return
            compared = self._look(viewer, index)
            with self._search.lock:
                plan.looked(index, seen=compared.seen, before=compared.before, after=compared.after)

    def _look(self, viewer: Viewer, index: int) -> Compared:
        """How a picture compares with the one before and the one after it, of those that the child has."""
        self._check()
        place, granted = self._keys[index]
        sample = key_sample(self._footage, place, granted)
        if sample is None:
            return Compared()
        self._release(sample.pts_ns, granted)
        stream = next(each for each in place.streams.streams if each.number == sample.stream)
        areas = covered_at(self._grant, (), self._search.camera_no, sample.pts_ns)
        compared = viewer.search_key(SearchKey(at_ns=sample.pts_ns, stream=stream, covered=areas), sample.data)
        if compared.seen:
            with self._search.lock:
                self._search.times[index] = sample.pts_ns
        return compared

    def _release(self, at_ns: int, granted: Span) -> None:
        """Enters the ten minutes around a picture as released to the search, once; durable on return."""
        with self._releasing:
            if any(span.holds(at_ns) for span in self._released):
                return
            begin_ns = at_ns - at_ns % _WINDOW_NS
            span = Span(max(begin_ns, granted.start_ns), min(begin_ns + _WINDOW_NS, granted.end_ns))
            camera_no, region = self._search.camera_no, self._search.region
            buckets = [
                stretch.bucket_id
                for stretch in self._grant.stretches[camera_no]
                if Span(stretch.start_ns, max(stretch.end_ns, stretch.start_ns + 1)).overlaps(span)
            ]
            area = (region.left, region.top, region.right, region.bottom)
            self._grants.release(self._grant, camera_no, span, buckets, SEARCH, area)
            self._released.append(span)

    def _join(self, viewer: Viewer) -> None:
        """Where the picture that two slices share did not decode, its neighbours are each other's."""
        search = self._search
        for (_, border), (_, _) in itertools.pairwise(_slices(len(self._keys))):
            if border in search.times:
                continue
            one = max((index for index in search.times if index < border), default=None)
            other = min((index for index in search.times if index > border), default=None)
            if one is not None and other is not None:
                differs = self._pair(viewer, one, other)
                with search.lock:
                    search.joint = one, other, differs

    def _judge(self, viewer: Viewer) -> None:
        """Finds out of each change whether the region is another one after it."""
        for one, other in self._search.runs()[:MOST_FOUND]:
            self._search.stays[one, other] = self._pair(viewer, one, other)

    def _pair(self, viewer: Viewer, one: int, other: int) -> bool:
        """Whether two pictures differ; what another child looked at is handed to this one, too."""
        first_of_its_own = _slices(len(self._keys))[-1][0]
        for index in (one, other):
            if index < first_of_its_own:
                self._look(viewer, index)
        self._check()
        return viewer.search_pair(self._search.times[one], self._search.times[other])


def _slices(count: int) -> list[tuple[int, int]]:
    """First and last picture of what each child compares; two that follow each other share one."""
    borders = [(count - 1) * part // _CHILDREN for part in range(_CHILDREN + 1)]
    found = [(one, other) for one, other in itertools.pairwise(borders) if one < other]
    return found or [(0, 0)]


def _step_ns(times: Sequence[int]) -> int:
    apart = [later - one for one, later in itertools.pairwise(times)]
    return int(median(apart)) if apart else 0


def _is_masked(grant: Grant, search: Search) -> bool:
    region = search.region
    return any(
        area.left < region.right and region.left < area.right and area.top < region.bottom and region.top < area.bottom
        for area in covered_areas(grant, (), search.camera_no, search.span)
    )


def _why(error: Exception) -> CodedMessage:
    if isinstance(error, RecorderError) and error.message is not None:
        return error.message
    return coded("search-defect", what=type(error).__name__)

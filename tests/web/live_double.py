"""The part of the keeper's double that looks live: the keeper's own verbs over the real looks; the recorder's part is a
film that runs while somebody looks."""

from __future__ import annotations

import functools
import time
from types import SimpleNamespace
from typing import Any

from appliance.core.errors import NotFound
from appliance.formats.live_copy import decode_watched
from appliance.protocol.transport import Reply
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.rows import UNSIGNED
from appliance.rules.live import LiveFacts
from appliance.services.live.handlers import LiveHandlers
from appliance.services.live.views import LivePorts, LiveViews
from appliance.services.people.rights import Rights
from tests.livefilm import handed_on
from tests.sandbox.films import film
from tests.services.viewing import LocalDarkroom

__all__ = ["LiveDouble"]

FILM_SECONDS = 90


@functools.lru_cache(maxsize=4)
def _film(start_ns: int) -> list[bytes]:
    return handed_on(start_ns, made=film(FILM_SECONDS, sound="aac"))


class LiveDouble:
    """To be mixed in, after the registers. ``live_stops``: cameras of which nothing comes."""

    now_ns: int
    cameras: Any
    states: dict[str, str]
    inspecting: Any
    registering: Any
    _called: Any

    def start_live(self) -> None:
        self.live_stops: set[str] = set()
        self._began: tuple[str, int, int, float] | None = None
        logins: Any = SimpleNamespace(session=self._sitting, by_id=lambda session_id: None)
        self.live = LiveViews(
            self.registering.acts,
            self.registering.ledger,
            self.registering.clock,
            logins,
            LocalDarkroom(),  # type: ignore[arg-type]
            LivePorts(self._live_facts),
        )

    def _live_facts(self) -> LiveFacts:
        today = day_of(self.now_ns)
        try:
            row_open = self.inspecting.book.day(today).row.state in UNSIGNED
        except NotFound:
            row_open = False
        going = [file for file in self.inspecting.book.tickets() if file.ticket.mended_ns == 0]
        return LiveFacts(
            day=today,
            recorded=[number for number, _ in self.cameras],
            public={number: number == "1-01" for number, _ in self.cameras},
            row_open=row_open,
            tickets=[(file.ticket.number, file.camera_no) for file in going],
            authorisations=tuple(self.registering.book.items("live").values()),
        )

    def may_look_live(self, session: str) -> bool:
        return any(self.live.bases([seat]) for seat in self._sitting(session).seats)

    def begin_row(self) -> None:
        raise NotImplementedError

    def _sitting(self, token: str, *, active: bool = True) -> Any:
        raise NotImplementedError

    def _looked_live(self, verb: str, **arguments: Any) -> Reply:
        self.registering.clock.now_ns = self.now_ns
        self.begin_row()
        cameras = [SimpleNamespace(camera_no=number, location=place, sound=False) for number, place in self.cameras]
        registry: Any = SimpleNamespace(cameras=cameras)
        states: Any = {number: SimpleNamespace(state=state) for number, state in self.states.items()}
        logins: Any = SimpleNamespace(session=self._sitting)
        handlers = LiveHandlers(
            Rights(logins),
            self.live,
            self.registering.ledger,
            self.registering.acts,
            self.registering.clock,
            registry=lambda: registry,
            states=lambda: states,
            display=self._called.display,
        )
        served = next(each for each in handlers.served() if each.endpoint.name == verb)
        return served.reply(arguments, b"")

    def _run_film(self, view: str) -> None:
        """What the recorder would have handed on by now."""
        now = time.monotonic()
        if self._began is None or self._began[0] != view:
            self._began = (view, self.now_ns, 0, now)
        of, start_ns, given, began = self._began
        bodies = _film(start_ns)
        due = min(len(bodies), int((now - began) * 2) + 2)
        for body in bodies[given:due]:
            for number, _ in self.cameras:
                if number not in self.live_stops:
                    self.live.came(number, decode_watched(body))
        self._began = (of, start_ns, due, began)

    # --- verbs ---

    def _live_bases(self, **asked: Any) -> Reply:
        return self._looked_live("live.bases", **asked)

    def _live_open(self, **asked: Any) -> Reply:
        return self._looked_live("live.open", **asked)

    def _live_view(self, **asked: Any) -> Reply:
        return self._looked_live("live.view", **asked)

    def _live_pictures(self, **asked: Any) -> Reply:
        self._run_film(str(asked["view"]))
        return self._looked_live("live.pictures", **asked)

    def _live_extend(self, **asked: Any) -> Reply:
        return self._looked_live("live.extend", **asked)

    def _live_end(self, **asked: Any) -> Reply:
        return self._looked_live("live.end", **asked)

    def _live_records(self, **asked: Any) -> Reply:
        return self._looked_live("live.records", **asked)

"""What the keeper answers about live looks, to pages, the player and the recorder. The looks judge; this only
carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.core.clock import Clock
from appliance.core.model import CameraState, Registry
from appliance.formats.live_copy import decode_watched
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.endpoint import Done, Served, SessionRequest, WithBody, serves, serves_body
from appliance.protocol.live import (
    END_LIVE,
    EXTEND_LIVE,
    LIVE_BASES,
    LIVE_PICTURES,
    LIVE_RECORDS,
    LIVE_VIEW,
    OPEN_LIVE,
    WATCHED,
    ExtendLive,
    LiveBases,
    LiveBasis,
    LiveCamera,
    LiveLeft,
    LiveOpened,
    LivePart,
    LiveParts,
    LivePicturesRequest,
    LiveRecords,
    LiveViewRequest,
    LiveViewState,
    OpenLive,
    WatchedFragment,
)
from appliance.services.live.records import records_of
from appliance.services.live.views import LiveView, LiveViews
from appliance.services.people.rights import Rights

__all__ = ["LiveHandlers"]

_MOST_RECORDS = 200
_MOST_READER = 64
"""Characters of a reader's name that count."""


class LiveHandlers:
    """``registry``: what is recorded; ``states``: what the recorder last said of each camera; ``display``: an account's
    name for people."""

    def __init__(
        self,
        rights: Rights,
        live: LiveViews,
        ledger: Ledger,
        acts: Acts,
        clock: Clock,
        *,
        registry: Callable[[], Registry],
        states: Callable[[], Mapping[str, CameraState]],
        display: Callable[[str], str],
    ) -> None:
        self._rights, self._live, self._ledger, self._acts, self._clock = rights, live, ledger, acts, clock
        self._registry, self._states, self._display = registry, states, display

    def served(self) -> tuple[Served, ...]:
        return (
            serves(LIVE_BASES, self._bases),
            serves(OPEN_LIVE, self._open),
            serves(LIVE_VIEW, self._show),
            serves(LIVE_PICTURES, self._pictures),
            serves(EXTEND_LIVE, self._extend),
            serves(END_LIVE, self._end),
            serves(LIVE_RECORDS, self._records),
            serves_body(WATCHED, self._watched),
        )

    def _bases(self, request: SessionRequest) -> LiveBases:
        """By what the person who is logged in may look live; nothing for two people. Raises Refused for a person who
        may look by nothing."""
        session = self._rights.session(request)
        return LiveBases(
            bases=tuple(
                LiveBasis(ground=each.ground, name=each.name, cameras=tuple(each.cameras))
                for each in self._live.offered(session)
            ),
            cameras={camera.camera_no: camera.location for camera in self._registry().cameras},
            goes_on=self._live.of_session(session.session_id),
        )

    def _open(self, request: OpenLive) -> LiveOpened:
        view = self._live.open(
            request.session, request.act, request.ground, request.basis, request.cameras, request.purpose
        )
        return LiveOpened(view.view_id)

    def _view(self, request: LiveViewRequest) -> LiveView:
        return self._live.get(request.session, request.view, active=request.active)

    def _show(self, request: LiveViewRequest) -> LiveViewState:
        view = self._view(request)
        cameras = {camera.camera_no: camera for camera in self._registry().cameras}
        return LiveViewState(
            ground=view.basis.ground,
            basis=view.basis.name,
            purpose=view.purpose,
            display=self._display(view.person),
            origin_ns=view.origin_ns,
            left_ns=self._live.left_ns(view),
            cameras=tuple(
                LiveCamera(camera_no=number, location=cameras[number].location, sound=cameras[number].sound)
                for number in view.cameras
                if number in cameras
            ),
        )

    def _pictures(self, request: LivePicturesRequest) -> WithBody[LiveParts]:
        view = self._view(request)
        made = self._live.pictures(view, request.reader[:_MOST_READER], request.video_codecs)
        states = self._states()
        parts = tuple(
            LivePart(
                camera_no=number,
                mime=each.mime,
                bytes=len(each.data),
                state=states[number].state if number in states else "connecting",
            )
            for number, each in made.items()
        )
        answer = LiveParts(parts=parts, left_ns=self._live.left_ns(view), now_ns=self._clock.wall_ns())
        return WithBody(answer, b"".join(each.data for each in made.values()))

    def _extend(self, request: ExtendLive) -> LiveLeft:
        view = self._live.extend(request.session, request.view, request.act, request.reason)
        return LiveLeft(self._live.left_ns(view))

    def _end(self, request: LiveViewRequest) -> Done:
        self._live.end(request.session, request.view)
        return Done()

    def _records(self, request: SessionRequest) -> LiveRecords:
        """即時影像檢視紀錄: the newest looks, for people who read the registers."""
        self._rights.require(request, "see-registers")
        return records_of(self._ledger, self._acts, _MOST_RECORDS)

    def _watched(self, request: WatchedFragment, body: bytes) -> Done:
        """Where nobody looks at that camera any more the fragment is dropped."""
        self._live.came(request.camera, decode_watched(body))
        return Done()

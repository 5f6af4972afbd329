"""What the keeper answers about viewings, for pages and the player. Grants and playback judge; this carries."""

from __future__ import annotations

import contextlib

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, UsageError
from appliance.core.model import Span
from appliance.protocol.endpoint import Done, Served, WithBody, serves
from appliance.protocol.viewing import (
    END_VIEWING,
    KEY_PICTURE,
    MEDIA,
    OPEN_VIEWING,
    SHOWN,
    TIMELINE,
    VIEWING_LIVES,
    CameraTimelineView,
    CorrectedView,
    EndViewing,
    GrantRequest,
    KeyPictureOf,
    KeyPictureRequest,
    MediaOf,
    MediaRequest,
    OpenedViewing,
    OpenViewing,
    ShownReport,
    StretchView,
    Timeline,
)
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.rows import Event
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.gap_views import gap_views
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import viewers_of
from appliance.services.cases.visibility import visible_key
from appliance.services.people.rights import Rights
from appliance.services.registers.book import RegisterBook
from appliance.services.viewing.grants import BY_PEOPLE, FILMING_SEEN, Grant, Grants
from appliance.services.viewing.maskbook import MaskBook
from appliance.services.viewing.playback import CameraTimeline, Playback
from appliance.services.viewing.shown import LateReports

__all__ = ["ViewingHandlers"]

_FILMED = "閱覽中發現拍攝，即停止播放"
"""The note of the interruption, and 拍攝情形 on the papers until the end of the viewing says how it was dealt with."""


class ViewingHandlers:
    """``registers``: where an incident is entered when somebody films."""

    def __init__(
        self,
        rights: Rights,
        grants: Grants,
        playback: Playback,
        late_reports: LateReports,
        masks: MaskBook,
        cases: CaseBook,
        cameras: CameraBook,
        registers: RegisterBook,
    ) -> None:
        self._rights, self._grants, self._playback, self._late_reports = rights, grants, playback, late_reports
        self._masks, self._cases, self._cameras, self._registers = masks, cases, cameras, registers

    def served(self) -> tuple[Served, ...]:
        return (
            serves(OPEN_VIEWING, self._open),
            serves(TIMELINE, self._timeline),
            serves(MEDIA, self._media),
            serves(KEY_PICTURE, self._key_picture),
            serves(SHOWN, self._shown),
            serves(VIEWING_LIVES, self._lives),
            serves(END_VIEWING, self._end),
        )

    def _grant(self, request: GrantRequest) -> Grant:
        """Raises NotLoggedIn, NotFound."""
        return self._grants.get(request.session, request.grant, active=request.active)

    def _open(self, request: OpenViewing) -> OpenedViewing:
        session = self._rights.session(request)
        try:
            key = visible_key(self._cases, session, request.case)
        except NotFound:
            self._grants.refuse_unseen(session, request.case)
            raise
        grant = self._grants.open(request.session, key, request.password, seat=request.seat, purpose=request.purpose)
        return OpenedViewing(grant=grant.grant_id, cameras=tuple(sorted(grant.spans)))

    def _timeline(self, request: GrantRequest) -> Timeline:
        grant = self._grant(request)
        found = sorted(self._playback.timeline(grant).items())
        locations = self._cameras.locations()
        spans = [span for asked in grant.spans.values() for span in asked]
        session, file = self._rights.session(request), self._cases.file(grant.case)
        masking = grant.purpose is Purpose.MASKING
        return Timeline(
            case=grant.case,
            purpose=grant.purpose,
            masks=self._masks.of(grant.case) if masking else grant.masks,
            drawn=file.case.masks_drawn,
            number=file.case.number,
            start_ns=min(span.start_ns for span in spans),
            end_ns=max(span.end_ns for span in spans),
            cameras=tuple(self._camera(number, locations.get(number, ""), timeline) for number, timeline in found),
            viewers=() if masking else tuple(viewers_of(file)),
            attending=tuple(seat.display for seat in session.seats),
        )

    def _camera(self, camera_no: str, location: str, found: CameraTimeline) -> CameraTimelineView:
        return CameraTimelineView(
            camera_no=camera_no,
            location=location,
            spans=tuple(StretchView(span.start_ns, span.end_ns) for span in found.spans),
            gaps=gap_views(found.gaps, self._cameras.first_in_force_ns(camera_no)),
            corrected=tuple(CorrectedView(part.start_ns, part.end_ns, by_ns) for part, by_ns in found.corrected),
        )

    def _media(self, request: MediaRequest) -> WithBody[MediaOf]:
        media = self._playback.media(
            self._grant(request), request.camera_no, request.start_ns, request.seconds, list(request.video_codecs)
        )
        head = MediaOf(start_ns=media.start_ns, end_ns=media.end_ns, mime=media.mime, next_ns=media.next_ns)
        return WithBody(head, media.blocks)

    def _key_picture(self, request: KeyPictureRequest) -> WithBody[KeyPictureOf]:
        picture = self._playback.key(self._grant(request), request.camera_no, request.at_ns)
        return WithBody(KeyPictureOf(picture.at_ns), picture.jpeg)

    def _shown(self, request: ShownReport) -> Done:
        if any(span.start_ns >= span.end_ns for span in request.spans):
            raise UsageError.of("shown-order")
        spans = [(span.camera_no, Span(span.start_ns, span.end_ns)) for span in request.spans]
        try:
            grant = self._grant(request)
        except (NotLoggedIn, NotFound):
            if not self._late_reports.take(request.grant, spans):
                raise
            return Done()
        self._playback.shown(grant, spans)
        return Done()

    def _lives(self, request: GrantRequest) -> Done:
        """Whether the viewing still lives, for a player that shows pictures it has already. The caller says no
        activity."""
        self._grant(request)
        return Done()

    def _end(self, request: EndViewing) -> Done:
        """Ends the viewing. Filming interrupts its case too: then only the unit head's word lets it go on
        (``AT-42``)."""
        filming = request.reason == "filming"
        grant = self._living(request) if filming else None
        self._grants.end(request.session, request.grant, FILMING_SEEN if filming else BY_PEOPLE)
        if grant is not None:
            self._filmed(request, grant)
        return Done()

    def _filmed(self, request: EndViewing, grant: Grant) -> None:
        with contextlib.suppress(NotAllowed):  # somebody interrupted or locked the case in the same moment
            self._cases.system(grant.case, Event.INTERRUPT, {"viewing": {"filmed": True}, "reason": _FILMED})
        self._registers.alarm(
            f"{grant.grant_id}-filming",
            "filming",
            f"案件 {grant.case}：閱覽中發現拍攝",
            [(camera_no, span) for camera_no, spans in sorted(grant.spans.items()) for span in spans],
            [seat.display for seat in self._rights.session(request).seats],
        )

    def _living(self, request: EndViewing) -> Grant | None:
        """None once it ended: then the person who ended it said why."""
        try:
            return self._grant(request)
        except NotFound:
            return None

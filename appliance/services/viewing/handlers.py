"""What the keeper answers about viewings, for pages and the player. Grants and playback judge; this carries."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, NotLoggedIn, UsageError
from appliance.core.model import Span
from appliance.protocol.endpoint import Done, Served, WithBody, serves
from appliance.protocol.viewing import (
    KEY_PICTURE,
    MEDIA,
    OPEN_VIEWING,
    PRESENT,
    SHOWN,
    TIMELINE,
    VIEWING_LIVES,
    CameraTimelineView,
    CorrectedView,
    GrantRequest,
    KeyPictureOf,
    KeyPictureRequest,
    MediaOf,
    MediaRequest,
    MixedView,
    OpenedViewing,
    OpenViewing,
    Presence,
    PresentRequest,
    ShownReport,
    StretchView,
    Timeline,
    TimelineRequest,
)
from appliance.rules.cases.masks import COPIES, Mask, Purpose
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.gap_views import gap_views
from appliance.services.cases.attending import MASKERS, SITS, began_at
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import viewers_of
from appliance.services.cases.visibility import visible_key
from appliance.services.people.rights import Rights
from appliance.services.viewing.grant import PRESENT_NS, Grant
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.maskbook import MaskBook
from appliance.services.viewing.playback import Playback
from appliance.services.viewing.shown import LateReports, Seen
from appliance.services.viewing.timeleft import ends_of
from appliance.services.viewing.timeline import CameraTimeline, coarsened, within

__all__ = ["MOST_GAPS", "ViewingHandlers"]

MOST_GAPS = 3000
"""Of all cameras in one answer: with the footage between them they take some half of what an answer may be long."""


class ViewingHandlers:
    def __init__(
        self,
        rights: Rights,
        grants: Grants,
        playback: Playback,
        late_reports: LateReports,
        masks: MaskBook,
        cases: CaseBook,
        cameras: CameraBook,
        clock: Clock,
    ) -> None:
        self._rights, self._grants, self._playback, self._late_reports = rights, grants, playback, late_reports
        self._masks, self._cases, self._cameras, self._clock = masks, cases, cameras, clock

    def served(self) -> tuple[Served, ...]:
        return (
            serves(OPEN_VIEWING, self._open),
            serves(TIMELINE, self._timeline),
            serves(MEDIA, self._media),
            serves(KEY_PICTURE, self._key_picture),
            serves(SHOWN, self._shown),
            serves(VIEWING_LIVES, self._lives),
            serves(PRESENT, self._present),
        )

    def _grant(self, request: GrantRequest) -> Grant:
        """Raises NotLoggedIn, NotFound."""
        return self._grants.get(request.session, request.grant, active=request.active, device=request.device)

    def _open(self, request: OpenViewing) -> OpenedViewing:
        session = self._rights.session(request)
        if request.purpose in COPIES:
            raise UsageError.of("copy-own-page")
        try:
            key = visible_key(self._cases, session, request.case)
        except NotFound:
            self._grants.refuse_unseen(session, request.case)
            raise
        grant = self._grants.open(
            request.session, key, request.password, seat=request.seat, purpose=request.purpose, device=request.device
        )
        return OpenedViewing(grant=grant.grant_id, cameras=tuple(sorted(grant.spans)))

    def _timeline(self, request: TimelineRequest) -> Timeline:
        grant = self._grant(request)
        found = sorted(self._playback.timeline(grant).items())
        if request.start_ns < request.end_ns:
            window = Span(request.start_ns, request.end_ns)
            found = [(camera_no, within(there, window)) for camera_no, there in found]
        locations = self._cameras.locations()
        spans = [span for asked in grant.spans.values() for span in asked]
        session, file = self._rights.session(request), self._cases.file(grant.case)
        masking = grant.purpose is Purpose.MASKING
        seen = Seen({}) if masking else self._playback.shown_so_far.of(grant.case, began_at(file))
        return Timeline(
            case=grant.case,
            purpose=grant.purpose,
            masks=self._masks.of(grant.case) if masking else grant.masks,
            drawn=file.case.masks_drawn,
            number=file.case.number,
            start_ns=min(span.start_ns for span in spans),
            end_ns=max(span.end_ns for span in spans),
            cameras=tuple(
                self._camera(
                    number,
                    locations.get(number, ""),
                    grant.spans.get(number, ()),
                    there,
                    seen,
                    MOST_GAPS // len(found),
                )
                for number, there in found
            ),
            viewers=() if masking else tuple(viewers_of(file)),
            attending=tuple(seat.display for seat in session.seats),
            resume_ns=seen.last_ns,
            enders=() if masking else tuple(e.seat for e in session.seats if SITS[file.case.kind] & set(e.roles)),
            ends=ends_of(
                None if masking or file.case.token is None else file.case.token.on,
                file.booking.ends,
                self._rights.left_ns(request),
                self._clock.wall_ns(),
                round_the_clock=self._cases.world.round_the_clock,
            ),
        )

    def _camera(
        self, camera_no: str, location: str, granted: Sequence[Span], whole: CameraTimeline, seen: Seen, most: int
    ) -> CameraTimelineView:
        found, mixed = coarsened(whole, granted, most)
        return CameraTimelineView(
            camera_no=camera_no,
            location=location,
            granted=tuple(StretchView(span.start_ns, span.end_ns) for span in granted),
            spans=tuple(StretchView(span.start_ns, span.end_ns) for span in found.spans),
            mixed=tuple(MixedView(span.start_ns, span.end_ns, missing, count) for span, missing, count in mixed),
            gaps=gap_views(found.gaps, self._cameras.first_in_force_ns(camera_no)),
            corrected=tuple(CorrectedView(part.start_ns, part.end_ns, by_ns) for part, by_ns in found.corrected),
            seen_ns=seen.length_ns(camera_no),
        )

    def _shows(self, request: GrantRequest) -> Grant:
        """The grant, while somebody is there to whom it may be shown. Raises as :meth:`_grant`, Unavailable."""
        grant = self._grant(request)
        grant.check_present()
        return grant

    def _media(self, request: MediaRequest) -> WithBody[MediaOf]:
        grant = self._shows(request)
        media = self._playback.media(
            grant,
            request.camera_no,
            request.start_ns,
            request.seconds,
            list(request.video_codecs),
            drawn=self._drawn(grant, request),
            is_short=request.short,
        )
        head = MediaOf(start_ns=media.start_ns, end_ns=media.end_ns, mime=media.mime, next_ns=media.next_ns)
        return WithBody(head, media.blocks)

    def _key_picture(self, request: KeyPictureRequest) -> WithBody[KeyPictureOf]:
        grant = self._shows(request)
        picture = self._playback.key(grant, request.camera_no, request.at_ns, drawn=self._drawn(grant, request))
        return WithBody(KeyPictureOf(picture.at_ns), picture.jpeg)

    def _drawn(self, grant: Grant, request: MediaRequest | KeyPictureRequest) -> tuple[Mask, ...]:
        return self._masks.of(grant.case) if request.covered else ()

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

    def _lives(self, request: GrantRequest) -> Presence:
        """Whether the viewing still lives, for a player that shows pictures it has already; active where somebody did
        anything since it asked last."""
        return self._presence(self._grant(request))

    def _presence(self, grant: Grant) -> Presence:
        if grant.purpose is not Purpose.VIEWING:
            return Presence(dark=grant.dark)
        left_ns = grant.present_ns + PRESENT_NS - self._clock.boot_ns()
        return Presence(dark=grant.dark, left_seconds=max(0.0, left_ns / 1e9))

    def _present(self, request: PresentRequest) -> Presence:
        """Whoever has to attend says so again, by the own password (``AT-41``)."""
        grant = self._grants.get(request.session, request.grant, device=request.device)
        masking = grant.purpose is not Purpose.VIEWING
        wanted = frozenset().union(*MASKERS) if masking else SITS[self._cases.file(grant.case).case.kind]
        self._grants.present(grant, self._rights.acting(request, wanted))
        return self._presence(grant)

"""What the keeper answers about the published list of cameras: what it is, its files, posting, confirming, comparing.
The book judges; this only carries."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import NotWritable, UsageError
from appliance.papers.camera_list.files import csv_of, html_of, ods_of
from appliance.protocol.endpoint import ActRequest, Served, SessionRequest, WithBody, serves, serves_body
from appliance.protocol.publication import (
    CHECK_LIST,
    CONFIRM_LIST,
    LIST_FILE,
    POST_LIST,
    PUBLICATION,
    ConfirmList,
    ListChecked,
    ListConfirmed,
    ListDuty,
    ListFile,
    ListFileRequest,
    ListPosted,
    PostingView,
    PostList,
    Publication,
    PublicationView,
)
from appliance.rules.cameras.duties import duties_of
from appliance.rules.deadlines import day_of
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.publishing import PublicationBook
from appliance.services.office_rules.packs import PackBook
from appliance.services.people.login import Seat
from appliance.services.people.rights import Rights

__all__ = ["PublicationHandlers"]


class PublicationHandlers:
    """``follow``: has the findings say at once whether the posted list is what is in force; raises NotWritable."""

    def __init__(
        self,
        rights: Rights,
        publications: PublicationBook,
        cameras: CameraBook,
        packs: PackBook,
        clock: Clock,
        *,
        follow: Callable[[], None],
    ) -> None:
        self._rights, self._book, self._cameras = rights, publications, cameras
        self._packs, self._clock, self._follow_board = packs, clock, follow

    def served(self) -> tuple[Served, ...]:
        return (
            serves(PUBLICATION, self._show),
            serves(LIST_FILE, self._file),
            serves_body(POST_LIST, self._post),
            serves(CONFIRM_LIST, self._confirm),
            serves_body(CHECK_LIST, self._check),
        )

    def _show(self, request: SessionRequest) -> Publication:
        self._rights.require(request, "see-cameras")
        book, today = self._book, day_of(self._clock.wall_ns())
        current, board, months = book.current, book.board(), self._cameras.world.filing().review_months
        return Publication(
            list=current,
            digest=current.digest,
            count=current.count,
            as_of=book.as_of,
            board=PublicationView(state=board.state, red=board.red, due=board.due, late=board.is_late(today)),
            postings=tuple(PostingView(**each._asdict()) for each in book.postings()),
            duties=tuple(ListDuty(**each._asdict()) for each in duties_of(self._cameras.fleet.all(), today, months)),
        )

    def _file(self, request: ListFileRequest) -> WithBody[ListFile]:
        self._rights.require(request, "see-cameras")
        current, as_of, trial = self._book.current, self._book.as_of, self._cameras.registry.trial
        if request.format == "html":
            data = html_of(current, as_of, self._packs.in_force().pack.office.name, trial=trial)
        elif request.format == "csv":
            data = csv_of(current, as_of, trial=trial)
        elif request.format == "ods":
            data = ods_of(current, as_of, trial=trial)
        else:
            raise UsageError.of("list-format", kind=request.format[:10])
        return WithBody(ListFile(name=f"cameras-{as_of:%Y%m%d}.{request.format}", digest=current.digest), data)

    def _seat(self, request: ActRequest) -> Seat:
        self._rights.require(request, "see-cameras")
        return self._rights.seat(request, "publication")

    def _follow(self) -> None:
        """The status page and the board of duties say the same from now on; where it cannot be entered, in a minute."""
        with contextlib.suppress(NotWritable):
            self._follow_board()

    def _post(self, request: PostList, body: bytes) -> ListPosted:
        by = self._rights.own(request, self._seat(request))
        posting = self._book.post(request.act, by, request.url, body)
        self._follow()
        return ListPosted(entry=posting.entry, digest=posting.digest)

    def _confirm(self, request: ConfirmList) -> ListConfirmed:
        by = self._rights.proved(request, self._seat(request))
        posting = self._book.confirm(request.act, by, request.entry)
        self._follow()
        return ListConfirmed(entry=posting.entry, red=self._book.board().red)

    def _check(self, request: ActRequest, body: bytes) -> ListChecked:
        """The body is the page as it was saved from the website now."""
        by = self._rights.own(request, self._seat(request))
        found = self._book.check(request.act, by, body)
        self._follow()
        return ListChecked(differences=tuple(found), red=self._book.board().red)

"""The published list of cameras: what pages ask of the keeper about it."""

from __future__ import annotations

from datetime import date

import msgspec

from appliance.protocol.endpoint import ActRequest, Endpoint, SessionRequest
from appliance.rules.cameras.publication import PublicList

__all__ = [
    "CHECK_LIST",
    "CONFIRM_LIST",
    "LIST_FILE",
    "POST_LIST",
    "PUBLICATION",
    "ConfirmList",
    "ListChecked",
    "ListConfirmed",
    "ListDuty",
    "ListFile",
    "ListFileRequest",
    "ListPosted",
    "PostList",
    "PostingView",
    "Publication",
    "PublicationView",
]


class PublicationView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what is posted is what is in force: ``state`` as ``rules.cameras.publication.BoardState``. ``red``: it is
    not; ``due``: by when it is to be posted."""

    state: str
    red: bool
    due: date
    late: bool = False


class PostingView(msgspec.Struct, frozen=True, kw_only=True):
    """A posting. ``confirmed_ns`` 0 until somebody else confirmed it."""

    entry: int
    digest: str
    cameras: int
    page: str
    at_ns: int
    by: str = ""
    url: str = ""
    display: str = ""
    confirmed_ns: int = 0
    confirmed_by: str = ""


class ListDuty(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed around a camera: papers, expires, review, drift."""

    code: str
    camera_no: str
    due: date | None = None
    mark: str = "amber"


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The list in force, whether it is what is posted, every posting, newest first, and what is owed around the
    cameras."""

    list: PublicList
    digest: str
    count: int
    as_of: date
    board: PublicationView
    postings: tuple[PostingView, ...] = ()
    duties: tuple[ListDuty, ...] = ()


class ListFileRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``format``: html, csv or ods."""

    format: str


class ListFile(msgspec.Struct, frozen=True, kw_only=True):
    """The list as a file, which is the body: under which ``name`` it is saved."""

    name: str
    digest: str = ""


class PostList(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The list was posted under ``url``; the body is the page as it was saved from the website."""

    url: str


class ListPosted(msgspec.Struct, frozen=True, kw_only=True):
    """The posting's entry, and the digest of the list that it has."""

    entry: int
    digest: str


class ConfirmList(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Somebody else confirms the posting of ``entry``, with the password that was typed for it."""

    entry: int


class ListConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    """``red``: what is posted is still not what is in force."""

    entry: int
    red: bool


class ListChecked(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between the saved page and the list in force: a code and the camera."""

    differences: tuple[tuple[str, str], ...] = ()
    red: bool = False


_MOST_PAGE_BYTES = 8 << 20
"""Twice what a page may have (``papers.camera_list.posted``): of one that is a little too large the keeper says so."""

PUBLICATION = Endpoint("publication", SessionRequest, Publication, reads=True)
LIST_FILE = Endpoint("publication.file", ListFileRequest, ListFile, reads=True)
POST_LIST = Endpoint("publication.post", PostList, ListPosted, most_bytes=_MOST_PAGE_BYTES)
CONFIRM_LIST = Endpoint("publication.confirm", ConfirmList, ListConfirmed)
CHECK_LIST = Endpoint("publication.check", ActRequest, ListChecked, most_bytes=_MOST_PAGE_BYTES)

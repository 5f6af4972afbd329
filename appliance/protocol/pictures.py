"""Pictures for people: of all cameras for the daily inspection, the reference pictures of one, and what the recorder
brings for them."""

from __future__ import annotations

import msgspec

from appliance.core.messages import CodedMessage, Said
from appliance.protocol.endpoint import ActRequest, Done, Endpoint, Request, SessionRequest

__all__ = [
    "CONFIRM_REFERENCE",
    "INSPECTION_PICTURES",
    "PICTURE",
    "PICTURE_CAME",
    "PREVIEW",
    "REFERENCES_FOR_TESTS",
    "REFUSE_REFERENCE",
    "SHOW_REFERENCE",
    "TAKE_REFERENCE",
    "WITHDRAW_REFERENCE",
    "DecideReference",
    "InspectionPictures",
    "PictureAct",
    "PictureCame",
    "PictureRequest",
    "PictureView",
    "ReferencePictureView",
    "ReferenceStep",
    "ReferencesOf",
    "ShowReference",
    "VersionPicture",
    "WithdrawReference",
]


class PictureView(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that waits to be fetched under the name ``picture``; without one ``why`` says what went wrong.
    ``level_db`` and ``peak_db`` of approved sound, in dB under full scale; None without. ``notes``: of a camera that is
    not in force, what is to be known of how it is read."""

    camera: str
    version: int = 0
    picture: str = ""
    at_ns: int = 0
    light: str = ""
    level_db: float | None = None
    peak_db: float | None = None
    why: Said = ""
    notes: tuple[CodedMessage, ...] = ()


class InspectionPictures(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh small picture of every camera that is live, with how loud it is where sound is approved."""

    pictures: tuple[PictureView, ...] = ()


class ReferencePictureView(msgspec.Struct, frozen=True, kw_only=True):
    """A reference picture as the camera's page shows it. ``taker`` and ``lookers`` are accounts. ``words``: why it
    was confirmed in another's place, refused or withdrawn. ``picture``: where it was opened, under which name."""

    reference: str
    version: int
    light: str
    sha256: str
    taken_ns: int
    taken_by: str = ""
    taker: str = ""
    confirmed_ns: int = 0
    confirmed_by: str = ""
    ended_ns: int = 0
    ended: str = ""
    ended_by: str = ""
    words: str = ""
    lookers: tuple[str, ...] = ()
    picture: str = ""


class ReferenceStep(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a reference picture. ``event``: taken, look, confirmed, or why it ended; ``by``: who did it, ""
    where nobody did."""

    entry: int
    at_ns: int
    version: int
    reference: str
    event: str
    by: str = ""
    words: str = ""


class PictureAct(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An act on pictures. ``seat`` 0: the first here who may."""

    seat: int = 0


class VersionPicture(PictureAct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Of one version of a camera."""

    camera: str
    version: int


class WithdrawReference(PictureAct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An officer gives up a picture that nobody confirmed yet."""

    reference: str
    words: str = ""


class DecideReference(PictureAct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The unit head's decision about a picture, with the password that was typed for it."""

    reference: str
    words: str = ""


class ShowReference(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The person in ``seat`` looks at a reference picture, which is an entry."""

    reference: str


class PictureRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``picture``: the name of one that this session asked for a moment ago."""

    picture: str


class PictureCame(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What came for an ``order``, in the body as ``selftest.samples`` writes it, or ``why`` nothing came: words that
    may be a camera's own."""

    order: str
    why: Said = ""


class ReferencesOf(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The reference pictures in use of one camera, for its self-tests; the body has them, as a list of JPEGs."""

    camera: str


_RECORDER = frozenset({"recorder"})

INSPECTION_PICTURES = Endpoint("picture.inspection", PictureAct, InspectionPictures)
PICTURE = Endpoint("picture.get", PictureRequest, PictureView)
PREVIEW = Endpoint("picture.preview", VersionPicture, PictureView)
TAKE_REFERENCE = Endpoint("reference.take", VersionPicture, ReferencePictureView)
CONFIRM_REFERENCE = Endpoint("reference.confirm", DecideReference, ReferencePictureView)
REFUSE_REFERENCE = Endpoint("reference.refuse", DecideReference, ReferencePictureView)
WITHDRAW_REFERENCE = Endpoint("reference.withdraw", WithdrawReference, ReferencePictureView)
SHOW_REFERENCE = Endpoint("reference.show", ShowReference, ReferencePictureView)
PICTURE_CAME = Endpoint("recorder.picture", PictureCame, Done, callers=_RECORDER, most_bytes=8 << 20)
REFERENCES_FOR_TESTS = Endpoint("recorder.reference", ReferencesOf, Done, callers=_RECORDER)

"""A citizen's or a colleague's case yields no file, whatever is asked in whatever state: a walk over every endpoint of
the keeper, with footage in the ring and a registered stick plugged in (八(四), ``AT-33``)."""

from __future__ import annotations

import os
import signal
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest

from appliance.core.errors import RecorderError
from appliance.keeper.context import Keeper
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.transport import Message
from tests.box import OFFICER, Box
from tests.caselife import CaseLife
from tests.footage import film_past
from tests.keeper.test_agency_copies import HOUR_NS, MIB, SECOND_NS, Media, opened
from tests.keeper.test_cases import life_of
from tests.keeper.test_people import add, enter
from tests.medium.loop_service import medium_service
from tests.medium.loops import loop_device
from tests.verbs import VERBS

pytestmark = pytest.mark.root

ENDS = frozenset({"logout", "person.close", "person.reset", "person.move", "account.password", "rules.brake"})
"""They take from the two people what the walk needs; none of them is about a case."""
PLAYS = frozenset({"viewing.media", "viewing.key"})
"""What shows pictures in a viewing that is open; each released stretch is an entry."""
NEEDLE_BYTES = 48


@pytest.fixture
def filmed(box: Box) -> tuple[int, int]:
    start_ns = (box.made_ns - 2 * HOUR_NS) // SECOND_NS * SECOND_NS
    box.start("keeper")
    film_past(box, "01", start_ns, 10)
    box.kill("keeper", how=signal.SIGTERM)
    return start_ns, start_ns + 10 * SECOND_NS


@pytest.fixture
def stick(box: Box, tmp_path: Path) -> Iterator[Path]:
    image = tmp_path / "S1.img"
    with (
        loop_device(image, size=64 * MIB) as device,
        medium_service(Path(box.settings.layout.run), {"S1": device}),
    ):
        yield image


class Walk:
    """Asks everything with what is known of a case. ``answers``: what came, by endpoint."""

    def __init__(self, keeper: Keeper, session: str, minutes: tuple[int, int]) -> None:
        self._keeper, self._session, self._minutes = keeper, session, minutes
        self.answers: dict[str, list[bytes]] = {}
        self.asked: set[str] = set()

    def over(self, case: str, grant: str = "") -> None:
        known = {"case": case, "grant": grant, "serial": "S1", "password": OFFICER.password, "camera_no": "01"}
        known |= {"start_ns": self._minutes[0], "end_ns": self._minutes[1], "at_ns": self._minutes[0]}
        known |= {
            "of": f"case/{case}",
            "register": "media",
            "code": "annex-4",
            "event": "make_copy",
            "purpose": "medium",
        }
        for name, endpoint in sorted(ENDPOINTS.items(), key=lambda row: (row[0] not in PLAYS, row[0])):
            if name in ENDS or name.startswith(("login", "recorder.", "shown.")):
                continue
            told = {"session": self._session, "act": os.urandom(16).hex(), "seat": 1, **known}
            self.asked.add(name)
            try:
                reply = VERBS[name](self._keeper, _request(endpoint.request, told), Message({}, b""))
                body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
            except (RecorderError, msgspec.ValidationError):
                continue
            self.answers.setdefault(name, []).append(msgspec.json.encode(reply.head) + body)


def _request(kind: type[Any], known: dict[str, Any]) -> dict[str, Any]:
    """A request of this record: what is known by its name, else something of its type."""
    fields = msgspec.structs.fields(kind)
    return {
        field.encode_name: known[field.name] if field.name in known else _something(field.type)
        for field in fields
        if field.name in known or field.required
    }


def _something(kind: Any) -> Any:
    """The least of a type."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _something(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _request(kind, {})
    return {str: "x", int: 1, float: 1.0, bool: True, bytes: b"", dict: {}}.get(origin or kind, [])


def needles(media: bytes) -> list[bytes]:
    """Pieces of coded pictures as a playback has them, one every few KiB."""
    begin = media.index(b"mdat") + 64
    return [media[at : at + NEEDLE_BYTES] for at in range(begin, len(media) - NEEDLE_BYTES, 4096)]


def staff_case(keeper: Keeper, life: CaseLife, minutes: tuple[int, int]) -> str:
    """A colleague's request, sent at the own desk."""
    own = life_of(keeper, enter(keeper, add(keeper, life.session, role="staff")))
    asked = [{"camera_no": "01", "start_ns": minutes[0], "end_ns": minutes[1]}]
    form = {"reason": "property_lost", "reason_text": "皮夾遺失", "judicial": "no"}
    viewer = {"part": "viewer", "name": "陳雅君", "account": "chen"}
    return str(own.act("submit", kind="INT", asked=asked, form=form, parties=[viewer])["case"])


def test_AT_33_no_endpoint_gives_a_file_in_a_citizen_s_or_a_colleague_s_case(
    box: Box, filmed: tuple[int, int], stick: Path
) -> None:
    box.start("darkroom")
    with opened(box) as keeper:
        life = life_of(keeper)
        Media(keeper, life.session).enter("S1")
        size, walk = keeper.ledger.size, Walk(keeper, life.session, filmed)
        key = life.receive(["01"], *filmed)
        walk.over(key)
        life.to_decision(key)
        walk.over(key)
        life.decide(key)
        walk.over(key)
        life.begin(key)
        grant = life.open(key)
        asked = {"grant": grant, "camera_no": "01", "start_ns": filmed[0], "seconds": 6.0, "video_codecs": ("avc1",)}
        shown = VERBS["viewing.media"](keeper, {"session": life.session, **asked}, Message({}, b""))
        media = shown.body if isinstance(shown.body, bytes) else b"".join(shown.body)
        walk.over(key, grant)
        walk.over(staff_case(keeper, life, filmed))
        found = needles(media)
        assert len(found) > 10
        assert walk.asked >= {name for name in ENDPOINTS if name.startswith(("agency-copy", "copies", "case"))}
        holders = {
            name
            for name, answers in walk.answers.items()
            if any(needle in answer for answer in answers for needle in found)
        }
        assert "viewing.media" in holders, "where it is shown, it is found"
        assert holders <= PLAYS, "footage leaves by the supervised player alone"
        entered = list(keeper.ledger.entries(size))
        assert not [entry for entry in entered if entry.kind.startswith("copy.")]
        assert not [entry for entry in entered if entry.fields.get("purpose") in ("copy", "medium")]
    assert not list(Path(box.settings.layout.copies).parent.rglob("copies/*"))
    assert stick.read_bytes().count(0) == 64 * MIB, "nothing was written onto the stick"

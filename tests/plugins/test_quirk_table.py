"""Cameras of the table of quirks: our reader records of each what ``docs/quirks.md`` says that it does.

The table is measured in real time beside other readers (``deploy/bench quirks``); here the cameras send as fast as they
are read. A run takes some two dozen, ``--long`` all.
"""

from __future__ import annotations

import pytest

from appliance.api import CameraTime
from appliance.testing import watch
from tests.patience import PATIENCE_SECONDS
from tests.plugins.conftest import Open
from tests.quirks.camera import Camera
from tests.quirks.catalogue import QUIRKS
from tests.quirks.measure import measured
from tests.quirks.page import PAGE, claims
from tests.quirks.readers import Run
from tests.quirks.recording import of_items
from tests.quirks.script import Quirk, Script

PICTURES = 40
TURNS = 12
_PLAIN = Script()
_TIMED = ("seconds", "timeout", "lasts", "silent_from", "late", "sound_late", "viewers", "tcp", "udp", "server", "web")
"""What of a script is about time or about datagrams, and shows only in real time."""


def _timeless(quirk: Quirk) -> bool:
    return all(getattr(quirk.script, name) == getattr(_PLAIN, name) for name in _TIMED)


CLAIMS = claims(PAGE.read_text(encoding="utf-8"))
WHOLE = [name for name, quirk in QUIRKS.items() if _timeless(quirk) and name in CLAIMS and CLAIMS[name].whole == 100]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.turn(number, TURNS)) for number, name in enumerate(WHOLE)]
)
def test_our_reader_records_of_a_quirk_what_the_page_says(open_source: Open, name: str) -> None:
    quirk, claim = QUIRKS[name], CLAIMS[name]
    with Camera(quirk.script, pictures=PICTURES) as camera:
        seen = watch(open_source("rtsp", url=camera.url, **camera.account), PATIENCE_SECONDS)
        assert seen.lost is not None
        items = [item for item in seen.items if not isinstance(item, (type(None), CameraTime))]
        # The last picture ends with the connection, and its markers and times may not have said that it is whole.
        found = measured(camera, Run([of_items(items)], str(seen.lost), 1), last=PICTURES - 2)
    assert found.complete == 1.0, found
    assert found.order is claim.order
    if claim.keys == 100:
        assert found.keys == 1.0, found
    if claim.sound == 100:
        assert found.sound == 1.0, found

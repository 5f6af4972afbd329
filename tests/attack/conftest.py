"""One office with its real processes a module; what a module tried is counted in its tally."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attack.office import AttackedBox, AttackedOffice
from tests.attack.tally import Tally
from tests.box import make_box, testcard


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, tally: Tally) -> Iterator[AttackedOffice]:
    with make_box(tmp_path_factory.mktemp("attacked") / "office", [testcard("01")], kind=AttackedBox) as box:
        box.start("keeper", "darkroom", "web")
        yield AttackedOffice(box, tally)

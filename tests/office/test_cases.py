"""The shelf of cases: a projection that follows what the keeper says, and can be searched."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.office.cases import CaseShelf
from appliance.office.documents import open_documents
from tests.faults.memory_fs import MemoryFs


def case(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "case": f"115-{number:04d}",
        "state": "received",
        "reason": "皮夾遺失",
        "cameras": ["1-01"],
        "received_ns": number,
        "received_by": "陳怡君",
    } | fields


@pytest.fixture
def shelf() -> CaseShelf:
    return CaseShelf(open_documents(MemoryFs("/web"), "/web")[0])


def test_it_shows_what_it_was_told_last_newest_first(shelf: CaseShelf) -> None:
    shelf.show([case(1), case(2), case(3)])
    shelf.show([case(1, state="granted"), case(3)])
    assert [(each["case"], each["state"]) for each in shelf.find()] == [
        ("115-0003", "received"),
        ("115-0001", "granted"),
    ]


@pytest.mark.parametrize("text", ["0002", "ENTRANCE", "林志明", "b1-01", " 0002 "])
def test_it_is_found_by_number_reason_person_and_camera_in_any_case(shelf: CaseShelf, text: str) -> None:
    shelf.show([case(1), case(2, reason="fight at the entrance", received_by="林志明", cameras=["B1-01"])])
    assert [each["case"] for each in shelf.find(text)] == ["115-0002"]


def test_text_and_state_narrow_together(shelf: CaseShelf) -> None:
    shelf.show([case(1), case(2, state="granted"), case(3, state="granted", reason="衝突")])
    assert [each["case"] for each in shelf.find("衝突", "granted")] == ["115-0003"]
    assert shelf.find("衝突", "refused") == []


def test_telling_the_same_again_writes_nothing() -> None:
    fs = MemoryFs("/web")
    shelf = CaseShelf(open_documents(fs, "/web")[0])
    shelf.show([case(1), case(2)])
    before = fs.files()
    shelf.show([case(2), case(1)])
    assert fs.files() == before

"""Search in the granted minutes by its addresses, over a keeper's double."""

from __future__ import annotations

from tests.web.keeper_double import START_NS, KeeperDouble
from tests.web.visitor import Visitor

SECOND = 1_000_000_000
REGION = {"camera_no": "1-01", "left": "100", "top": "200", "right": "300", "bottom": "400"}
CHANGE = {"start_ns": START_NS + 2**53 + 1, "end_ns": START_NS + 2**53 + 2 * SECOND, "stays": True}


def test_a_search_is_begun_asked_after_and_cancelled(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    assert visitor.get(f"{path}/search", fetched=True).data["state"] == "none"
    keeper.changes = [CHANGE]
    begun = visitor.post(f"{path}/search", REGION)
    assert (begun.status, begun.data["state"], begun.data["region"]["right"]) == (200, "running", 300)
    found = visitor.get(f"{path}/search", fetched=True).data
    assert (found["looked"], found["step"], found["masked"]) == (600, 2.0, False)
    keeper.search_pace = 10_000
    done = visitor.get(f"{path}/search", fetched=True).data
    assert done["found"] == [{"start_ns": str(CHANGE["start_ns"]), "end_ns": str(CHANGE["end_ns"]), "stays": True}]
    visitor.post(f"{path}/search", {**REGION, "start_ns": str(START_NS), "end_ns": str(START_NS + SECOND)})
    assert keeper.told("search.begin")[-1]["end_ns"] == START_NS + SECOND
    assert visitor.post(f"{path}/search/cancel", {}).data["state"] == "cancelled"
    assert [each["active"] for each in keeper.told("search.state")] == [False] * 3, "to ask is no sign of anybody"


def test_a_region_that_is_none_is_said_beside_the_form_in_both_languages(visitor: Visitor) -> None:
    path = visitor.open_viewing()
    for wrong, zh in (
        ({"right": "101"}, "寬、高各至少"),
        ({"left": "x"}, "框出搜尋區域"),
        ({"top": ""}, "框出搜尋區域"),
    ):
        said = visitor.post(f"{path}/search", {**REGION, **wrong})
        assert said.status == 400
        assert zh in said.data["message"]
    visitor.post("/language", {"lang": "en"})
    said = visitor.post(f"{path}/search", {**REGION, "right": "101"})
    assert "the region leaves the picture" in said.data["message"]


def test_the_page_offers_a_search_and_while_masks_are_drawn_none(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    page = visitor.get(path).text
    assert 'data-do="search"' in page
    assert "僅比對像素，不辨識人員" in page
    keeper.grants[path.removeprefix("/viewing/")]["purpose"] = "masking"
    page = visitor.get(path).text
    assert "data-search-desk" not in page
    assert 'data-do="search"' not in page

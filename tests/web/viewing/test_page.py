"""A viewing over a keeper's double: two people, one grant, its media and its end; and the ledger that tells of it."""

from __future__ import annotations

import re

import pytest

from appliance.web.pages.viewing.lanes import MOST_ROWS
from tests.web.keeper_double import GAPS, PASSWORDS, START_NS, KeeperDouble
from tests.web.visitor import Visitor

SECOND = 1_000_000_000


def test_opening_needs_two_people_and_a_keyholders_password(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    case = visitor.receive()
    visitor.join()
    visitor.grant(case)
    wrong = visitor.post(f"{case}/view", {"seat": "1", "password": "wrong"})
    assert (wrong.status, keeper.grants) == (403, {})
    opened = visitor.post(f"{case}/view", {"seat": "1", "password": PASSWORDS["officer"]})
    assert re.fullmatch(r"/viewing/[0-9a-f]{32}", opened.goes_to)


def test_at_41_without_the_second_log_in_the_play_button_stays_off(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    assert "<or-player" in visitor.get(path).text
    session = visitor.cookies["__Host-sid"]
    keeper.sessions[session] = keeper.sessions[session][:1]
    page = visitor.get(path).text
    assert "<or-player" not in page
    assert re.search(r"<button[^>]* disabled>播放</button>", page)
    assert visitor.get(f"{path}/media?camera=1-01&start_ns={START_NS}&seconds=5", fetched=True).status == 403
    assert visitor.get(f"{path}/here", fetched=True).status == 403


def test_the_viewing_page_lists_its_gaps_with_their_causes(visitor: Visitor) -> None:
    page = visitor.get(visitor.open_viewing()).text
    rows = re.findall(r'<tr><th scope="row"[^>]*>(.+?)</th>.*?</tr>', page)
    assert rows == ["1-01", "1-02", "1-01", "1-02"]
    assert "監視器連線中斷" in page
    assert "停電" in page


def test_t_19_what_a_wrong_clock_recorded_says_so_with_both_times(visitor: Visitor, keeper: KeeperDouble) -> None:
    keeper.corrected["1-01"] = [{"start_ns": START_NS, "end_ns": START_NS + 60 * 10**9, "by_ns": 3600 * 10**9}]
    page = visitor.get(visitor.open_viewing()).text
    assert "監視器 1-01，113/09/27 14:00:00 至 113/09/27 14:01:00" in page
    assert "當時記為 113/09/27 13:00:00 起" in page


def test_what_did_not_open_is_in_the_gaps_that_the_player_asks_for(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    keeper.rotten = {"1-01": [(100, 104)]}
    before = visitor.get(f"{path}/gaps", fetched=True).data
    assert [gap[2] for gap in before["cameras"]["1-01"]] == ["監視器連線中斷", "停電"]
    visitor.get(f"{path}/media?camera=1-01&start_ns={START_NS + 98 * SECOND}&seconds=8", fetched=True)
    after = visitor.get(f"{path}/gaps", fetched=True).data
    assert after["cameras"]["1-01"][0] == [100.0, 104.0, "資料毀損", True]
    assert (after["rows"][0]["camera_no"], after["rows"][0]["cause"]) == ("1-01", "資料毀損")
    assert after["cameras"]["1-02"] == before["cameras"]["1-02"]
    assert keeper.told("viewing.timeline")[-1]["active"] is False, "a page that asks by itself keeps nobody logged in"


def test_gaps_are_asked_for_between_two_moments(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    between = f"start_ns={START_NS + 1600 * SECOND}&end_ns={START_NS + 1700 * SECOND}"
    found = visitor.get(f"{path}/gaps?{between}", fetched=True).data
    assert [gap[:2] for gap in found["cameras"]["1-01"]] == [[1600.0, 1700.0]]
    assert found["mixed"] == {"1-01": [], "1-02": []}
    for wrong in ("start_ns=-1", "start_ns=1e9&end_ns=2", f"end_ns={'9' * 20}"):
        assert visitor.get(f"{path}/gaps?{wrong}", fetched=True).status == 400


def test_the_list_of_gaps_is_bounded_and_says_how_many_more_there_are(
    visitor: Visitor, keeper: KeeperDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAPS, "1-01", [(at, at + 1, "stalled") for at in range(0, 2000, 4)])
    monkeypatch.setitem(GAPS, "1-02", [])
    mixed = {"start_ns": START_NS, "end_ns": START_NS + 60 * SECOND, "missing_ns": 20 * SECOND, "count": 7}
    keeper.lanes["1-02"] = {"mixed": [mixed]}
    path = visitor.open_viewing()
    found = visitor.get(f"{path}/gaps", fetched=True).data
    assert (len(found["rows"]), found["more"]) == (MOST_ROWS, 207)
    assert found["mixed"]["1-02"] == [[0.0, 60.0, 20.0, 7]]
    assert "207" in visitor.get(path).text
    seen = visitor.get(f"{path}/seen", fetched=True).data["rows"]
    assert seen[1]["of"] == "39 分 40 秒", "what is missing of a mixed stretch is no footage"


def test_what_was_seen_is_counted_in_whole_seconds_and_a_part_of_one_is_not_none(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    path = visitor.open_viewing()
    for seen_ns, said in ((0, "尚未觀看"), (4 * 10**8, "未滿 1 秒"), (29 * 10**8, "2 秒"), (61 * SECOND, "1 分 1 秒")):
        keeper.lanes["1-01"] = {"seen_ns": seen_ns}
        assert visitor.get(f"{path}/seen", fetched=True).data["rows"][0]["seen"] == said


def test_ending_says_why_and_kills_every_address(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    media = f"{path}/media?camera=1-01&start_ns={START_NS}&seconds=5"
    assert visitor.get(media, fetched=True).status == 200
    assert visitor.post(f"{path}/end", {"reason": "filming", "case": "113-0001"}).goes_to == "/cases/113-0001"
    assert keeper.told("viewing.end")[0]["reason"] == "filming"
    for address in (media, f"{path}/key?camera=1-01&at_ns={START_NS}"):
        assert visitor.get(address, fetched=True).status == 404
    assert visitor.get(path).status == 404


def test_the_end_leads_nowhere_but_to_a_case(visitor: Visitor) -> None:
    path = visitor.open_viewing()
    assert visitor.post(f"{path}/end", {"case": "../../evil?x"}).goes_to == "/cases"


# --- media ---


def test_media_passes_through_as_the_keeper_streams_it(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    answer = visitor.get(
        f"{path}/media?camera=1-01&start_ns={START_NS + 5 * SECOND}&seconds=4&codecs=hevc,h264,vp9", fetched=True
    )
    assert answer.status == 200
    assert answer.headers["content-type"].startswith('video/mp4; codecs="avc1.')
    assert answer.body[4:8] == b"ftyp"
    assert answer.body.count(b"moof") >= 8
    assert int(answer.headers["x-start-ns"]) == START_NS + 4 * SECOND
    assert int(answer.headers["x-next-ns"]) == int(answer.headers["x-end-ns"])
    told = keeper.told("viewing.media")[0]
    assert (told["seconds"], told["video_codecs"]) == (4.0, ["hevc", "h264"])
    assert not told.get("short")
    visitor.get(f"{path}/media?camera=1-01&start_ns={START_NS}&seconds=4&short=1", fetched=True)
    assert keeper.told("viewing.media")[-1]["short"] is True


def test_at_40_one_second_past_the_approved_end_there_is_nothing(visitor: Visitor) -> None:
    path = visitor.open_viewing()
    end = START_NS + 2400 * SECOND
    for at in (START_NS - SECOND, end, end + SECOND):
        answer = visitor.get(f"{path}/media?camera=1-01&start_ns={at}&seconds=1", fetched=True)
        assert (answer.status, b"moof" in answer.body) == (403, False)
    last = visitor.get(f"{path}/media?camera=1-01&start_ns={end - SECOND}&seconds=10", fetched=True)
    assert last.headers["x-next-ns"] == ""


def test_at_most_ten_seconds_and_only_well_formed_questions_are_passed_on(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    path = visitor.open_viewing()
    keeper.calls.clear()
    for query in (
        f"camera=1-01&start_ns={START_NS}&seconds=10.5",
        f"camera=1-01&start_ns={START_NS}&seconds=0",
        f"camera=1-01&start_ns={START_NS}&seconds=nan",
        f"camera=1-01&start_ns={START_NS}&seconds=inf",
        f"camera=1-01&start_ns={START_NS}",
        "camera=1-01&start_ns=-1&seconds=1",
        "camera=1-01&start_ns=1e9&seconds=1",
        f"camera=1-01&start_ns={'9' * 30}&seconds=1",
        f"start_ns={START_NS}&seconds=1",
        f"camera={'x' * 65}&start_ns={START_NS}&seconds=1",
    ):
        assert visitor.get(f"{path}/media?{query}", fetched=True).status == 400, query
    assert keeper.calls == []


def test_the_key_picture_comes_with_the_time_of_its_frame(visitor: Visitor) -> None:
    path = visitor.open_viewing()
    answer = visitor.get(f"{path}/key?camera=1-02&at_ns={START_NS + 3 * SECOND}", fetched=True)
    assert answer.headers["content-type"] == "image/jpeg"
    assert int(answer.headers["x-at-ns"]) <= START_NS + 3 * SECOND
    assert answer.body[:2] == b"\xff\xd8"


def test_what_was_shown_is_handed_on_and_nonsense_is_not(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    span = {"camera_no": "1-01", "start_ns": str(START_NS), "end_ns": str(START_NS + SECOND)}
    assert visitor.post_data(f"{path}/shown", {"spans": [span]}).status == 200
    assert keeper.told("viewing.shown")[0]["spans"] == [
        {"camera_no": "1-01", "start_ns": START_NS, "end_ns": START_NS + SECOND}
    ]
    for wrong in ([], {"spans": [{**span, "start_ns": "x"}]}, {"spans": [{**span, "more": 1}]}, {"spans": 1}):
        assert visitor.post_data(f"{path}/shown", wrong).status == 400
    assert len(keeper.told("viewing.shown")) == 1


# --- the ledger ---


def test_where_a_mask_moves_is_handed_on_whole_and_what_is_no_position_is_not(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    path, end_ns = visitor.open_viewing(), START_NS + 9 * SECOND
    place = {"left": "0", "top": "0", "right": "300", "bottom": "300"}
    fields = {"camera_no": "1-01", "start_ns": str(START_NS), "end_ns": str(end_ns), **place}
    moves = f"{START_NS} 0 0 300 300,{end_ns} 500 600 800 900"
    found = visitor.post(f"{path}/masks", fields | {"act": "1" * 32, "positions": moves}).data["masks"]
    assert found[0]["positions"] == [[str(START_NS), 0, 0, 300, 300], [str(end_ns), 500, 600, 800, 900]]
    assert (found[0]["right"], found[0]["bottom"]) == (800, 900)
    (drawn,) = keeper.told("masks.draw")
    assert drawn["positions"] == [[START_NS, 0, 0, 300, 300], [end_ns, 500, 600, 800, 900]]
    still = visitor.post(f"{path}/masks", fields | {"act": "2" * 32, "replaces": "1"}).data["masks"]
    assert [(each["number"], each["positions"]) for each in still] == [(2, [])]
    for wrong in ("1", "1 2 3 4", f"{moves},", f"{moves},x 0 0 1 1", "1 0 0 300 -3,2 0 0 1 1"):
        said = visitor.post(f"{path}/masks", fields | {"act": "3" * 32, "positions": wrong})
        assert (said.status, said.data["message"]) == (400, "請填寫位置與起訖時間。"), wrong
    assert len(keeper.told("masks.draw")) == 2


def test_the_ledger_is_paged_newest_first_with_its_head(visitor: Visitor, keeper: KeeperDouble) -> None:
    for number in range(60):
        keeper._enter("case.received", case=f"113-{number:04d}", asked=[])
    visitor.log_in()
    first, second = visitor.get("/ledger").text, visitor.get("/ledger?page=2").text
    indexes = [int(found) for found in re.findall(r'id="entry-(\d+)"', first + second)]
    assert indexes == list(range(61, -1, -1))
    assert len(re.findall(r'id="entry-', first)) == 50
    assert keeper._root() in first
    assert "office.example/recorder" in first
    for odd in ("0", "-1", "x", "9" * 20, "7"):
        assert visitor.get(f"/ledger?page={odd}").status == 200

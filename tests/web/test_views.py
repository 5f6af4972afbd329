"""What the status page and the ledger say, made from the keeper's figures: pure, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.messages import coded
from appliance.ledger.kinds import KINDS
from appliance.protocol.ledger import LedgerEntry
from appliance.protocol.status import CameraStatus, Disk, Gap, Scrub, Space, Status
from appliance.protocol.viewing import CameraTimelineView, StretchView, Timeline
from appliance.rules.cameras.rows import Event
from appliance.rules.registers.tables import REGISTERS
from appliance.web.i18n.messages import Messages, read_messages
from appliance.web.i18n.roc_time import moment_text
from appliance.web.pages.ledger.text import entry_view
from appliance.web.pages.status.view import cause_text, finding_text, status_view
from appliance.web.pages.viewing.page import player_data

SECOND = 1_000_000_000
NOW = 1_727_416_800 * SECOND
DAY = 86_400 * SECOND


@pytest.fixture(scope="module")
def messages() -> Messages:
    return read_messages()


def camera(number: str = "1-01", **fields: Any) -> CameraStatus:
    told: dict[str, Any] = {
        "camera_no": number,
        "location": "大廳",
        "state": "live",
        "last_written_ns": NOW - SECOND,
        "earliest_ns": NOW - 31 * DAY,
        "days_held": 31.04,
        "bitrate_bps": 2_900_000,
    }
    return CameraStatus(**(told | fields))


def view(messages: Messages, *cameras: CameraStatus, lang: str = "en", **fields: Any) -> dict[str, Any]:
    return status_view(Status(now_ns=NOW, cameras=cameras, **fields), messages, lang)


def test_all_well_is_said_in_one_line(messages: Messages) -> None:
    shown = view(messages, camera(), camera("1-02"))
    assert (shown["worst"], shown["headline"]) == ("live", "All 2 cameras are recording")
    assert view(messages, camera(), camera("1-02"), lang="zh")["headline"] == "2 支監視器錄影正常"
    assert view(messages, camera())["headline"] == "The camera is recording"


@pytest.mark.parametrize(
    ("fields", "worst"),
    [
        ({"cameras": (camera(), camera("1-02", state="lost"))}, "lost"),
        ({"cameras": (camera(), camera("1-02", state="connecting"))}, "connecting"),
        ({"cameras": (camera(),), "trusted": False}, "connecting"),
        ({"cameras": (camera(),), "findings": ({"key": "keyholders", "text": "few"},)}, "lost"),
        ({"cameras": (camera(),), "findings": ({"key": "index-rebuilt", "text": "a"},)}, "connecting"),
        ({"cameras": ()}, "connecting"),
        ({"cameras": (camera(state="something new"),)}, "lost"),
    ],
)
def test_anything_that_is_not_well_shows_in_the_headline(messages: Messages, fields: Any, worst: str) -> None:
    assert status_view(Status(now_ns=NOW, **fields), messages, "en")["worst"] == worst


def test_the_worst_findings_stand_first_and_no_camera_at_all_is_said_so(messages: Messages) -> None:
    findings = ({"key": "index-rebuilt", "text": "a"}, {"key": "disk-moved", "text": "b"}, {"key": "odd", "text": "c"})
    shown = view(messages, camera(state="lost"), findings=findings)
    assert [each["text"] for each in shown["findings"]] == ["b", "a", "c"]
    assert shown["headline"] == "Cameras recording: 0 of 1"
    both = view(messages, camera(), camera("02", state="lost"), lang="zh")
    assert both["headline"] == "2 支監視器中僅 1 支錄影中"


def test_a_camera_says_how_old_its_last_byte_is_and_that_it_is_too_old(messages: Messages) -> None:
    fresh, stale, never = (
        view(messages, camera(last_written_ns=at))["cameras"][0] for at in (NOW - 2 * SECOND, NOW - 61 * SECOND, 0)
    )
    assert (fresh["written"], fresh["written_stale"]) == ("2 s ago", False)
    assert (stale["written"], stale["written_stale"]) == ("1 min 1 s ago", True)
    assert never["written"] == "never"
    long_ago = view(messages, camera(last_written_ns=NOW - 40 * DAY), lang="zh")["cameras"][0]
    assert (long_ago["written"], long_ago["written_stale"]) == ("113/08/18 14:00", True)


def test_a_lost_camera_shows_since_when_and_no_bit_rate(messages: Messages) -> None:
    shown = view(messages, camera(state="lost", since_ns=NOW))["cameras"][0]
    assert (shown["since"], shown["bitrate"]) == ("since 2024-09-27 14:00:00", "—")


def test_t_07_a_camera_younger_than_the_floor_cannot_hold_more_and_that_is_said(messages: Messages) -> None:
    young, old = camera(days_held=3.2, in_force_ns=NOW - 30 * DAY), camera(days_held=3.2, in_force_ns=NOW - 31 * DAY)
    assert view(messages, young, lang="zh")["cameras"][0]["held"] == "3.2 日（啟用未滿 31 日）"
    assert view(messages, old, lang="zh")["cameras"][0]["held"] == "3.2 日"


def test_time_of_key_frames_only_is_drawn_apart_said_and_no_gap(messages: Messages) -> None:
    reduced = (Gap(NOW - DAY // 2, NOW - DAY // 4, "pressure: key frames only"),)
    shown = view(messages, camera(reduced_24h=reduced, detail="pressure: key frames only"), lang="zh")["cameras"][0]
    assert [(piece["kind"], piece["x"], piece["width"]) for piece in shown["strip"]] == [
        ("kept", 0.0, 100.0),
        ("reduced", 50.0, 25.0),
    ]
    assert shown["gap_count"] == 0
    assert "減量錄影：" in shown["strip_text"]
    assert shown["since"] == "空間不足，僅錄關鍵畫面"
    stopped = camera(state="stopped", detail="pressure: stopped", since_ns=NOW)
    assert view(messages, stopped, lang="zh")["cameras"][0]["since"] == "空間不足，停錄 自 113/09/27 14:00:00 起"


def test_a_camera_that_is_not_live_says_what_its_reader_said_for_whoever_mends_it(messages: Messages) -> None:
    said = "film: the reader failed: TypeError: no such option (appliance.plugins.sources.libav line 7, _open)"
    lost = view(messages, camera(state="lost", detail=f"lost: {said}", since_ns=NOW), lang="zh")["cameras"][0]
    assert lost["reason"] == said
    assert view(messages, camera(detail=f"lost: {said}"))["cameras"][0]["reason"] == ""
    assert view(messages, camera(state="lost", detail="stalled"))["cameras"][0]["reason"] == ""


# --- the disk ---


@pytest.mark.parametrize(
    ("days", "verdict", "shown", "state"),
    [
        (52.34, "well", "52 days", "live"),
        (44.9, "warn", "45 days", "connecting"),
        (12, "short", "12 days", "lost"),
        (1.2, "short", "1 day", "lost"),
        (900, "well", "over 364 days", "live"),
        (None, "well", "—", "live"),
    ],
)
def test_days_that_will_be_held(messages: Messages, days: float | None, verdict: str, shown: str, state: str) -> None:
    found = view(messages, camera(), space=Space(days=days, verdict=verdict, day_bytes=74 * 10**9))
    assert (found["days"], found["days_state"]) == (shown, state)
    assert "74.00 GB a day" in found["days_note"]


def test_the_date_in_danger_is_said_in_the_readers_calendar_and_so_is_that_there_is_none(messages: Messages) -> None:
    found = view(messages, camera(), lang="zh", space=Space(days=20, danger="2024-10-29"))
    assert (found["danger"], found["danger_state"]) == ("113/10/29（二）", "lost")
    assert "31 日" in found["danger_note"]
    assert view(messages, camera(), lang="zh", space=Space(days=52))["danger"] == "無此日"


def test_every_rung_has_its_word_what_it_does_and_its_state(messages: Messages) -> None:
    found = [view(messages, camera(), lang="zh", space=Space(rung=rung, stopped=("B1", "B2"))) for rung in range(4)]
    assert [each["rung_word"] for each in found] == ["正常", "提前至最短保存期限", "減量錄影", "部分停錄"]
    assert [each["rung_state"] for each in found] == ["live", "connecting", "lost", "lost"]
    assert "停錄中：B1、B2" in found[3]["rung_note"]


def test_the_scrubs_coverage_and_the_oldest_check(messages: Messages) -> None:
    found = view(
        messages, camera(), scrub=Scrub(segments=9, share=0.8749, oldest_ns=NOW - 12 * DAY, bytes_per_second=4 << 20)
    )
    assert (found["scrub"], found["scrub_share"]) == ("87.4 %", 0.8749)
    assert "12 d" in found["scrub_note"]
    assert "never" in view(messages, camera(), scrub=Scrub(segments=9, share=0, oldest_ns=0))["scrub_note"]
    assert view(messages, camera(), scrub=Scrub(segments=9, share=1, oldest_ns=NOW - DAY))["scrub"] == "100 %"


def test_of_no_segment_nothing_is_said_to_be_checked(messages: Messages) -> None:
    found = view(messages, camera(), lang="zh", scrub=Scrub(segments=0, share=1, oldest_ns=None))
    assert (found["scrub"], found["scrub_share"]) == ("—", 0.0)
    assert found["scrub_note"].startswith("尚無已封存之影音段")


def test_gaps_are_counted_summed_drawn_and_said(messages: Messages) -> None:
    gaps = (Gap(NOW - DAY // 2, NOW - DAY // 2 + 900 * SECOND, "stalled"), Gap(NOW - 2 * SECOND, NOW, "start"))
    shown = view(messages, camera(gaps_24h=gaps), lang="zh")["cameras"][0]
    assert shown["gaps"] == "2 段，共 15 分 2 秒"
    assert [(piece["kind"], piece["x"]) for piece in shown["strip"]] == [("kept", 0.0), ("gap", 50.0), ("gap", 99.998)]
    assert min(piece["width"] for piece in shown["strip"]) >= 0.4
    assert "監視器停止傳送" in shown["strip_text"]


def test_T_19_a_gap_that_a_wrong_clock_noted_is_said_with_both_times(messages: Messages) -> None:
    gaps = (Gap(NOW - DAY // 2, NOW - DAY // 2 + 900 * SECOND, "stalled", by_ns=-3_600 * SECOND),)
    text = str(view(messages, camera(gaps_24h=gaps))["cameras"][0]["strip_text"])
    true, then = (moment_text(NOW - DAY // 2 + off, "en", seconds=True) for off in (0, 3_600 * SECOND))
    assert f"from {true}" in text
    assert f"clock said {then} then" in text


@pytest.mark.parametrize(
    ("off_ns", "said"),
    [(None, "—"), (-SECOND, "agrees"), (75 * SECOND, "1 min 15 s fast"), (-8 * 3600 * SECOND, "8 h slow")],
)
def test_T_17_the_camera_s_clock_is_said_beside_the_recorder_s(
    messages: Messages, off_ns: int | None, said: str
) -> None:
    assert view(messages, camera(camera_off_ns=off_ns))["cameras"][0]["camera_clock"] == said


def test_a_camera_that_signs_its_stream_is_said_to_and_nobody_is_said_to_have_verified_it(messages: Messages) -> None:
    signed = camera(signature="onvif-media-signing")
    assert "ONVIF Media Signing (unverified)" in view(messages, signed)["cameras"][0]["signature"]
    assert "Axis" in view(messages, camera(signature="axis-signed-video"), lang="zh")["cameras"][0]["signature"]
    assert view(messages, camera())["cameras"][0]["signature"] == ""
    assert view(messages, camera(state="lost", signature="onvif-media-signing"))["cameras"][0]["signature"] == ""


def test_footage_younger_than_a_day_leaves_the_strip_empty_before_it(messages: Messages) -> None:
    assert view(messages, camera(earliest_ns=NOW - DAY // 4))["cameras"][0]["strip"] == [
        {"kind": "kept", "x": 75.0, "width": 25.0}
    ]


def test_the_youngest_cameras_first_day_is_the_day_all_are_playable(messages: Messages) -> None:
    shown = view(messages, camera(earliest_ns=NOW - 40 * DAY), camera("2", earliest_ns=NOW - 31 * DAY))
    assert shown["earliest"] == "2024-08-27 (Tue)"


def test_a_camera_that_cannot_be_played_is_a_red_finding_in_both_languages(messages: Messages) -> None:
    finding = {"key": "camera-unplayable-2-01", "box": "picture", "text": "camera 2-01: unplayable: no key frame came"}
    (zh,) = view(messages, camera(), findings=(finding,), lang="zh")["findings"]
    (en,) = view(messages, camera(), findings=(finding,), lang="en")["findings"]
    assert (zh["severity"], en["severity"]) == ("red", "red")
    assert "監視器 2-01" in zh["text"]
    assert "無法播放" in zh["text"]
    assert en["text"] == finding["text"]


def test_disk_and_findings(messages: Messages) -> None:
    finding = {"key": "record-missing-17", "box": "storage", "text": "ledger entry 17 has lost its record"}
    disk = Disk(total_bytes=4 * 10**12, free_bytes=10**12, ring_bytes=2_810_000_000_000)
    shown = view(messages, camera(), disk=disk, findings=(finding, {"key": "brand-new", "text": "odd"}), lang="zh")
    assert (shown["disk_used"], shown["disk_ring"]) == (0.75, "2.81 TB")
    assert shown["findings"] == [
        {"text": "稽核紀錄簿第 17 筆之內容遺失", "severity": "red", "href": ""},
        {"text": "odd", "severity": "amber", "href": ""},
    ]


def test_a_camera_that_cannot_be_confined_is_red_and_a_kernel_that_lacks_some_is_not(messages: Messages) -> None:
    findings = (
        {"key": "camera-unconfined-1-01", "box": "picture", "text": "camera 1-01: unconfined: see"},
        {"key": "confinement", "box": "storage", "text": "confinement: landlock 2: see"},
    )
    shown = view(messages, camera(), findings=findings, lang="zh")
    assert [{name: each[name] for name in ("text", "severity")} for each in shown["findings"]] == [
        {
            "text": "監視器 1-01 未錄影：本機作業系統核心無法隔離其連線程式，請洽維護廠商更換作業系統核心",
            "severity": "red",
        },
        {
            "text": "本機作業系統核心無法完整隔離監視器連線程式，錄影照常，請洽維護廠商更新作業系統核心",
            "severity": "amber",
        },
    ]
    assert cause_text(messages, "zh", "unconfined: files cannot be closed") == "本機作業系統核心無法隔離監視器連線程式"


def test_a_cause_loses_its_detail_and_an_unknown_one_stays_as_it_is(messages: Messages) -> None:
    assert cause_text(messages, "zh", "died: it broke the protocol") == "監視器程式中止"
    assert cause_text(messages, "en", "") == "cause unknown"
    assert cause_text(messages, "en", "meteor") == "meteor"


def test_a_finding_of_the_keeper_is_said_by_its_code_and_any_other_by_its_key(messages: Messages) -> None:
    lost = coded("found-missing", camera="01", segment="7d.0", lost=[(NOW, NOW + 12 * SECOND)])
    assert finding_text(messages, "zh", "damage-7d-0", lost) == "監視器 01 之影音檔案遺失：113/09/27 14:00:00–14:00:12"
    assert finding_text(messages, "en", "damage-7d-0", lost).endswith("lost 2024-09-27 14:00:00 to 14:00:12")
    moved = coded("found-moved", place="/a", moved="/b", line='footage = "/b"')
    assert 'footage = "/b"' in finding_text(messages, "zh", "disk-moved", moved)
    other = "footage disk: /a cannot be read (EIO); look at the disk of ring abababab and its cable"
    assert finding_text(messages, "zh", "disk-unreadable", other) == messages.text("finding.disk-unreadable", "zh")
    assert finding_text(messages, "en", "disk-unreadable", other) == other


# --- the ledger ---


def sentence(messages: Messages, kind: str, lang: str = "en", **fields: Any) -> str:
    entry = LedgerEntry(index=3, at_ns=NOW, kind=kind, fields=fields, leaf="ab")
    return str(entry_view(entry, messages, lang)["sentence"])


def test_entries_are_sentences(messages: Messages) -> None:
    asked = [{"camera_no": number, "start_ns": NOW, "end_ns": NOW + 60 * SECOND} for number in ("1-01", "1-02")]
    assert (
        sentence(messages, "case.received", case="113-0001", asked=asked)
        == "Case 113-0001 received; asks for 1-01, 1-02 2024-09-27 14:00:00–14:01:00"
    )
    assert sentence(messages, "case.decided", "zh", case="113-0001", result="refused") == "核定：案件 113-0001，否准"
    assert sentence(messages, "grant.ended", "zh", grant="g", cause="filming seen") == "閱覽結束：發現拍攝，中止閱覽"
    assert (
        sentence(messages, "grant.refused", "zh", case="113-0001", why=coded("two-people").as_map())
        == "拒絕閱覽：案件 113-0001，閱覽須二人會同，目前僅一人登入。"
    )
    assert sentence(messages, "finding.opened", "zh", finding="camera-2-01", text="x").endswith(
        "監視器 2-01 連線中斷，無法錄影"
    )
    assert sentence(messages, "destroy.done", buckets=["a" * 32] * 9, strength="tpm").startswith(
        "Stretches of footage destroyed: 9"
    )


def test_every_event_of_a_camera_and_of_a_register_is_said_in_the_office_s_words(messages: Messages) -> None:
    told = sentence(messages, "medium.changed", "zh", item="D115-0003", event="witness_clearing")
    assert told == "儲存媒體 D115-0003：見證清除"
    told = sentence(messages, "camera.changed", "zh", camera="03", version=2, event="put_back")
    assert told == "監視器 03 版次 2：復位"
    told = sentence(messages, "registry.changed", "zh", cameras=["01", "02"], event="adopt")
    assert told == "監視器清冊變動：01、02 既設納入"
    told = sentence(messages, "picture.released", "zh", cameras=["03"], purpose="preview")
    assert told == "擷取監視器 03 之畫面（設置前預覽）"
    kinds = {register.kind: [str(step.event) for step in register.steps] for register in REGISTERS.values()}
    kinds["camera.changed"] = list(Event)
    for kind, events in kinds.items():
        for event in events:
            for lang in ("zh", "en"):
                assert f"：{event}" not in sentence(messages, kind, lang, item="X", camera="1", version=1, event=event)
                assert "_" not in sentence(messages, kind, lang, item="X", camera="1", version=1, event=event)


def test_an_imported_calendar_is_told_by_its_years(messages: Messages) -> None:
    assert sentence(messages, "calendar.imported", "zh", years=[2026, 2027]) == "匯入辦公日曆：115、116 年"
    assert sentence(messages, "calendar.imported", years=[2026]) == "Office calendar imported: 2026"


def test_a_span_over_midnight_names_both_days(messages: Messages) -> None:
    text = sentence(messages, "footage.released", camera_no="1-01", start_ns=NOW, end_ns=NOW + DAY)
    assert text.endswith("2024-09-27 14:00:00 – 2024-09-28 14:00:00")


def test_more_spans_than_fit_are_counted(messages: Messages) -> None:
    spans = [{"camera_no": "1", "start_ns": NOW + n * SECOND, "end_ns": NOW + (n + 1) * SECOND} for n in range(9)]
    assert sentence(messages, "footage.shown", spans=spans).endswith("(+5)")


def test_a_scan_s_entry_names_the_paper_and_what_it_belongs_to_in_words(messages: Messages) -> None:
    taken = {"scan": "S113-0001", "of": "case/113-0001", "paper": "form", "pages": 1}
    assert sentence(messages, "scan.taken", **taken) == "Case 113-0001: scan S113-0001 taken in (Request form, 1 p.)"
    assert sentence(messages, "scan.taken", **taken | {"of": "person"}).startswith("A person: ")
    assert sentence(messages, "scan.used", scan="S113-0001", what="original") == "Scan S113-0001: the file went out"
    entry = LedgerEntry(index=0, at_ns=NOW, kind="scan.taken", fields=taken)
    assert entry_view(entry, messages, "zh")["sentence"] == "案件 113-0001：收存掃描檔 S113-0001（申請書，1 頁）"


def test_an_unknown_kind_is_shown_by_name_with_all_it_holds(messages: Messages) -> None:
    entry = LedgerEntry(index=0, at_ns=NOW, kind="moon.rose", fields={"phase": {"full": True}, "case": "1"}, leaf="ab")
    shown = entry_view(entry, messages, "zh")
    assert (shown["sentence"], shown["family"], shown["case"]) == ("moon.rose", "moon", "1")
    assert shown["fields"] == [("case", "1"), ("phase", '{"full": true}')]


def test_the_player_gets_seconds_from_the_grants_start_and_nanoseconds_as_text() -> None:
    timeline = Timeline(
        case="113-0001",
        start_ns=NOW,
        end_ns=NOW + 60 * SECOND,
        cameras=(
            CameraTimelineView(
                camera_no="1-01",
                spans=(StretchView(NOW, NOW + 10 * SECOND), StretchView(NOW + 20_500_000_000, NOW + 60 * SECOND)),
                gaps=(Gap(NOW + 10 * SECOND, NOW + 20_500_000_000, "stalled"),),
            ),
        ),
    )
    data = player_data(timeline, "g" * 32, "zh", str.upper)
    assert (data["start_ns"], data["seconds"]) == (str(NOW), 60.0)
    assert data["cameras"][0]["spans"] == [[0.0, 10.0], [20.5, 60.0]]
    assert data["cameras"][0]["gaps"] == [[10.0, 20.5, "STALLED", True]]


def test_what_cannot_be_told_now_is_not_told(messages: Messages) -> None:
    found = view(messages, camera(), space=Space(rung=2, verdict=""), scrub=Scrub(known=False))
    assert (found["days"], found["danger"], found["scrub"], found["rung"]) == ("—", "—", "—", 2)
    assert {found["days_note"], found["danger_note"], found["scrub_note"]} == {
        "Cannot be told now: the disk or the index does not answer."
    }


def test_every_kind_of_entry_has_a_sentence_in_both_languages(messages: Messages) -> None:
    assert [kind for kind in KINDS if f"ledger-kind.{kind}" not in messages] == []


@pytest.mark.parametrize(
    ("kind", "fields", "zh", "en"),
    [
        ("finding.cleared", {"finding": "disk-slow"}, "磁碟寫入速度過慢", "the footage disk is slow"),
        (
            "finding.opened",
            {"finding": "disk-slow", "text": "a sync took 0.70 s"},
            "磁碟寫入速度過慢",
            "a sync took 0.70 s",
        ),
        (
            "finding.opened",
            {
                "finding": "damage-7d-0",
                "message": coded("found-missing", camera="01", segment="7d.0", lost=[(NOW, NOW + SECOND)]).as_map(),
            },
            "監視器 01 之影音檔案遺失：113/09/27 14:00:00–14:00:01",
            "camera 01",
        ),
        (
            "destroy.done",
            {"buckets": ["a"], "strength": "file: best effort"},
            "檔案覆寫（不保證完全抹除）",
            "best effort",
        ),
        ("anchor.made", {"strength": "virtual TPM: best effort"}, "虛擬 TPM", "virtual TPM, best effort"),
        ("destroy.intended", {"buckets": ["a"], "reason": "released"}, "經二人確認", "released by two people"),
        ("person.changed", {"change": "granted", "role": "officer"}, "授予權限", "a role was given"),
        ("disk.adopted", {"was": "missing"}, "空白磁碟", "an empty one"),
        ("grant.ended", {"cause": "a person left"}, "一人離席", "a person left"),
        ("scrub.done", {"segments": 7, "damaged": 0}, "7 個檔案，損壞 0", "files: 7, damaged: 0"),
    ],
)
def test_an_entry_is_told_in_words_and_not_in_codes(
    messages: Messages, kind: str, fields: dict[str, Any], zh: str, en: str
) -> None:
    entry = LedgerEntry(index=1, at_ns=NOW, kind=kind, fields=fields)
    assert zh in entry_view(entry, messages, "zh")["sentence"]
    assert en in entry_view(entry, messages, "en")["sentence"]

"""A policy pack written in the browser: every field it has, what is wrong at the field, kept, compared, proposed."""

from __future__ import annotations

import hashlib
import re
from html import unescape
from typing import Any

import msgspec
import pytest

from appliance.rules.packs.pack import Pack
from appliance.rules.packs.reading import read_pack
from appliance.rules.packs.shipped import shipped_bytes, shipped_pack
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.office_rules.pack_fields import ROWS, field_of, names_for, place_of
from appliance.web.pages.office_rules.pack_typed import begun_from
from tests.rules.packcases import altered, second_bytes, second_pack, successor
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.visitor import Answer, Visitor

ACT, OTHER = "", ""
"""The act ids of a test's drafts."""
HEAD = {
    "version": "113-11-01",
    "effective": "113/11/1",
    "approval.document": "北市萬戶行字第1130009999號",
    "approval.by": "主任",
    "approval.on": "113/10/30",
}
NINE = "rules.articles[35]"


@pytest.fixture(autouse=True)
def _acts(request: pytest.FixtureRequest) -> None:
    """The drafts of one test are none of another's, though they share a site."""
    global ACT, OTHER
    ACT, OTHER = (hashlib.sha256(f"{request.node.nodeid} {at}".encode()).hexdigest()[:32] for at in (1, 2))


def whole(**changed: str) -> dict[str, Any]:
    """A form as a browser sends it, of the pack that ships with the head of the next; keys with ``__`` for dots."""
    typed = begun_from(shipped_pack("臺北市萬華區戶政事務所"))
    fields: dict[str, Any] = {"act": ACT, "base": typed.base}
    fields |= {f"count.{row}": str(count) for row, count in typed.counts.items()}
    for name, text in {**typed.texts, **HEAD}.items():
        field = field_of(name)
        assert field is not None
        if field.widget == "posts":
            fields[name] = text.split("\n")
        elif field.widget != "tick" or text:
            fields[name] = text
    return {**fields, **{name.replace("__", "."): text for name, text in changed.items()}}


def check(visitor: Visitor, fields: dict[str, Any]) -> Answer:
    return visitor.post("/rules/edit", fields)


def faults(visitor: Visitor, answer: Answer) -> list[tuple[str, str]]:
    """Where and what, of the page that a check leads to."""
    assert answer.goes_to == f"/rules/edit?draft={ACT}&check=1"
    page = visitor.get(answer.goes_to).text.partition('id="problems"')[2].partition("</ul>")[0]
    return [(at, unescape(text)) for at, text in re.findall(r'<a href="#([^"]+)">([^<]+)</a>', page)]


def upload(visitor: Visitor, content: bytes) -> Answer:
    parts = f'--b\r\nContent-Disposition: form-data; name="act"\r\n\r\n{OTHER}\r\n'
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="next.toml"\r\n\r\n'
    body = parts.encode() + head.encode() + content + b"\r\n--b--\r\n"
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": visitor.origin,
               "Content-Type": "multipart/form-data; boundary=b"}  # fmt: skip
    return visitor.ask("POST", "/rules/edit/file", headers, body)


def file_of(visitor: Visitor, act: str = "") -> bytes:
    return visitor.get(f"/rules/edit/file?draft={act or ACT}").body


# --- the form ---


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_field_of_a_pack_is_there_with_its_words_and_what_it_has_now(visitor: Visitor, lang: str) -> None:
    visitor.log_in()
    visitor.post("/language", {"lang": lang, "next": "/"})
    page = visitor.get("/rules/edit").text
    typed = begun_from(shipped_pack())
    there = set(re.findall(r' name="([^"]+)"', page))
    assert there >= set(names_for(typed.counts))
    for name in ("office.unit", "numbers.lock_days", "papers.annex_3.note", "rules.articles[36].text"):
        assert typed.texts[name] in unescape(page)
    labels = re.findall(r"<label[^>]*>(.*?)</label>", page, re.DOTALL)
    assert len(labels) > 300
    assert not [label for label in labels if re.search(r"[a-z]+_[a-z]+", re.sub(r"<[^>]*>", "", label))]
    assert ("31 至 333（作業規範第七點第(一)款）" if lang == "zh" else "31 to 333 (七(一))") in page, (
        "the range and why"
    )
    assert "D-0" not in re.sub(r"<[^>]*>", "", page)


def test_what_a_pack_may_hold_is_what_the_form_has() -> None:
    """Each leaf of each pack, walked as a file is: no field of the record is missed."""

    def leaves(value: Any, key: str) -> list[str]:
        if isinstance(value, dict):
            return [leaf for name, each in value.items() for leaf in leaves(each, f"{key}.{name}" if key else name)]
        if isinstance(value, list | tuple) and key in ROWS:
            return [leaf for at, each in enumerate(value, 1) for leaf in leaves(each, f"{key}[{at}]")]
        return [key]

    for pack in (shipped_pack(), second_pack()):
        for key in leaves(msgspec.to_builtins(pack), ""):
            assert field_of(key) is not None, key
    messages = read_messages()
    assert all(f"pack-part.{name}" in messages for name in Pack.__struct_fields__)
    assert place_of("numbers.ceiling_days") == "", "there is no such field"


def test_AT_62_nine_is_shown_as_missing_and_is_filled_in_with_text_source_and_date_alone(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    page = visitor.get("/rules/edit").text
    box = re.search(r'<fieldset class="edit-article edit-lost" id="rules-articles-35">.*?</fieldset>', page, re.DOTALL)
    assert box is not None
    assert "原文缺" in box[0]
    assert page.count('edit-lost"') == 1
    assert re.search(r'name="rules\.articles\[35\]\.missing" value="yes" checked', box[0])

    filled = whole(**{f"{NINE}.text": "影音資料之保管，準用檔案法。", f"{NINE}.remark": ""})
    assert faults(visitor, check(visitor, filled)) == [
        ("rules-articles-35-text", "九　規定內容：九 有內容或出處，又勾選「原文缺」；請擇一")
    ]
    del filled[f"{NINE}.missing"]
    assert [at for at, _ in faults(visitor, check(visitor, filled))] == [
        "rules-articles-35-source",
        "rules-articles-35-dated",
    ]
    filled[f"{NINE}.source"] = "113年9月27日修正對照表"
    assert faults(visitor, check(visitor, filled)) == [
        ("rules-articles-35-dated", "九　出處日期：九 缺原文之出處或日期；請載明取自何處、何日")
    ]
    filled[f"{NINE}.dated"] = "113/9/27"
    assert check(visitor, filled).goes_to == f"/rules/edit/difference?draft={ACT}"
    page = visitor.get(f"/rules/edit/difference?draft={ACT}").text
    for said in ('<span class="lost">原文缺</span>', "影音資料之保管，準用檔案法。", "九　原文出處", "113/09/27"):
        assert said in page
    assert read_pack(file_of(visitor)).rules.articles[34].source == "113年9月27日修正對照表"


# --- what is wrong ---


@pytest.mark.parametrize(
    ("name", "text", "at", "said"),
    [
        ("numbers.floor_days", "30", "numbers-floor_days", "30 低於 31（作業規範第七點第(一)款）；請填 31 至 333"),
        ("numbers.floor_days", "334", "numbers-floor_days", "334 高於 333（作業規範第七點第(一)款）；請填 31 至 333"),
        ("numbers.target_days", "365", "numbers-target_days", "365 高於 364（作業規範第七點第(二)款）；請填 31 至 364"),
        ("numbers.decision_days", "16", "numbers-decision_days", "16 高於 15（個人資料保護法第13條）；請填 1 至 15"),
        ("numbers.floor_days", "５０", "numbers-target_days", "45 低於「最短保存期限（日）」之 50；請填 50 以上"),
        ("numbers.target_days", "99999999999", "numbers-target_days", "99999999999 高於 364（作業規範第七點第(二)款）"),
        ("numbers.floor_days", "三十一", "numbers-floor_days", "應為整數"),
        ("numbers.floor_days", "", "numbers-floor_days", "應為整數"),
        ("numbers.lock_days", "29", "numbers-lock_days", "29 低於 30（本系統規則）；請填 30 至 180"),
        ("office.unit", "  ", "office-unit", "請填寫"),
        ("effective", "113/13/1", "effective", "並非日期；請填寫如 115/1/1 或 2026-01-01"),
        ("effective", "", "effective", "請填寫"),
        ("version", "113 11", "version", "'113 11' 不可用"),
        ("chains.staff", "director", "chains-staff", "缺 申請單位主管"),
        ("papers.annex_2.notice", "一\n二", "papers-annex_2-notice", "有 2 項，應為 7 至 7 項"),
        ("papers.receipt.notes", "一\n{name}\n三", "papers-receipt-notes", "第 2 行：{name} 無法代入"),
        ("papers.refusal.subject", "歉難同意", "papers-refusal-subject", "文中缺 {case}"),
        ("papers.annex_4.rule", "九", "papers-annex_4-rule", "引用 九，惟規範該點次無內容"),
        ("rules.articles[35].number", "十一", "rules-articles-35-number", "十一 之前缺 九"),
        ("police_units[2].covers_office", "", "police_units-1-covers_office", "各分局之轄區均未涵蓋本所"),
        ("police_units[3].name", "萬華分局", "", ""),
        ("police_units[3].name", "臺北市政府警察局萬華分局", "police_units-3-name", "重複列載"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field_with_the_range_and_the_law(
    visitor: Visitor, keeper: KeeperDouble, name: str, text: str, at: str, said: str
) -> None:
    visitor.log_in()
    fields = whole(**{name: text})
    if not at:
        assert check(visitor, fields).goes_to == f"/rules/edit/difference?draft={ACT}"
        return
    answer = check(visitor, fields)
    assert [where for where, what in faults(visitor, answer) if said in what] == [at]
    page = visitor.get(answer.goes_to).text
    field = re.search(rf'<(?:input|textarea|select)[^>]* id="{re.escape(at)}"[^>]*>', page)
    assert field is not None
    assert 'aria-describedby="' in field[0]
    assert f"{at}-problem-1" in field[0]
    assert 'aria-invalid="true"' in field[0]
    assert keeper.told("pack.propose") == []


def test_AT_63_no_pack_is_written_beside_one_of_the_same_name_or_day_or_before_it(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    keeper.put_in_force(successor("113-11-01", "2024-11-01"))
    visitor.log_in()
    assert faults(visitor, check(visitor, whole())) == [
        ("version", "版本：已有 113-11-01 版；版本不得重複或修改，請另定版本")
    ]
    assert faults(visitor, check(visitor, whole(version="x"))) == [
        ("effective", "生效日：113-11-01 版同為 2024-11-01 生效；請另擇日期")
    ]
    assert "生效日 2024-11-01 較晚" in faults(visitor, check(visitor, whole(version="x", effective="113/10/31")))[0][1]


def test_no_floor_is_shortened_and_no_ceiling_lengthened_by_a_field_that_there_is_not(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    forged = whole(**{"numbers.ceiling_days": "4000", "numbers.floor_days": "31", "rules.articles[36].depth": "1"})
    assert check(visitor, forged).goes_to == f"/rules/edit/difference?draft={ACT}"
    assert b"ceiling" not in file_of(visitor)


# --- kept ---


def test_a_draft_is_kept_with_what_was_touched_and_belongs_to_whoever_began_it(visitor: Visitor) -> None:
    visitor.log_in()
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Origin": visitor.origin}
    begun = {"act": ACT, "base": "113-09-27-2"}
    for touched in (
        {"numbers.floor_days": "40"},
        {"cameras.removal": "yes"},
        {"chains.citizen": ["manager", "director"]},
    ):
        assert visitor.post("/rules/edit/draft", {**begun, **touched}, headers=headers).data == {"saved": True}
    page = visitor.get(f"/rules/edit?draft={ACT}").text
    assert 'name="numbers.floor_days" value="40"' in page
    assert 'name="cameras.removal" value="yes" checked' in page
    assert "前版：31" in page
    visitor.post("/rules/edit/draft", {**begun, "cameras.removal": ""}, headers=headers)
    page = visitor.get(f"/rules/edit?draft={ACT}").text
    assert 'name="cameras.removal" value="yes" checked' not in page, "unticked is kept, too"
    assert 'name="numbers.floor_days" value="40"' in page, "what another save did not name stays"
    assert f'href="/rules/edit?draft={ACT}"' in visitor.get("/rules/edit").text, "it is found again"
    visitor.post("/logout")
    visitor.log_in("director")
    assert 'value="40"' not in visitor.get(f"/rules/edit?draft={ACT}").text
    assert visitor.post("/rules/edit/draft", {**begun, "office.unit": "x"}, headers=headers).data == {"saved": False}
    visitor.post("/logout")
    visitor.log_in()
    assert visitor.post("/rules/edit/discard", {"act": ACT}).goes_to == "/rules/packs"
    assert 'value="40"' not in visitor.get(f"/rules/edit?draft={ACT}").text


def test_articles_and_precincts_are_added_and_removed_where_one_asks(visitor: Visitor) -> None:
    visitor.log_in()
    fields = whole(**{"rules.articles[2].text": "改過的第二條。"})
    answer = check(visitor, {**fields, "do": "add rules.articles 2"})
    assert answer.goes_to == f"/rules/edit?draft={ACT}#rules-articles-3-number"
    page = visitor.get(answer.goes_to.partition("#")[0]).text
    assert 'name="count.rules.articles" value="37"' in page
    assert 'id="rules-articles-3-number" name="rules.articles[3].number" value=""' in page
    assert re.search(r'name="rules\.articles\[4\]\.number" value="三"', page)
    assert "改過的第二條。" in page
    again = {**fields, "count.rules.articles": "37", "rules.articles[37].number": "十", "rules.articles[37].text": "x"}
    check(visitor, {**again, "do": "remove rules.articles 37"})
    assert 'name="count.rules.articles" value="36"' in visitor.get(f"/rules/edit?draft={ACT}").text
    check(visitor, {**fields, "do": "remove police_units 1"})
    assert len(read_pack(file_of(visitor)).police_units) == 13
    for wish in (
        "remove police_units 99",
        "remove numbers 1",
        "add rules.articles 999",
        "remove rules.articles 0",
        "x",
    ):
        check(visitor, {**fields, "do": wish})
        assert read_pack(file_of(visitor)).police_units == shipped_pack().police_units


def test_a_draft_is_downloaded_right_or_wrong_and_read_back_as_it_was(visitor: Visitor) -> None:
    visitor.log_in()
    for changed in ({}, {"numbers.floor_days": "3", "effective": "someday", "office.unit": ""}):
        check(visitor, whole(**changed))
        answer = visitor.get(f"/rules/edit/file?draft={ACT}")
        assert (answer.headers["content-type"], answer.status) == ("application/toml", 200)
        assert 'filename="policy-pack-113-11-01.toml"' in answer.headers["content-disposition"]
        assert upload(visitor, answer.body).goes_to == f"/rules/edit?draft={OTHER}&check=1"
        assert file_of(visitor, OTHER) == answer.body
        page = visitor.get(f"/rules/edit?draft={OTHER}").text
        assert ('value="someday"' in page, 'name="numbers.floor_days" value="3"' in page) == (bool(changed),) * 2
    assert upload(visitor, second_bytes()).status == 303
    found = read_pack(file_of(visitor, OTHER))
    assert found == second_pack()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (altered({"[chains]": "[chains]\nextra = 1"}), "<code>chains.extra</code> 無此欄位"),
        (altered({'other = "其他"': 'curious = "好奇"\nother = "其他"'}), "<code>reasons.citizen.curious</code>"),
        (altered({'unit = "行政庶務課"': "unit = [1]"}), "<code>office.unit</code> 應為文字"),
        (altered({"format = 1": "format = 2"}), "本系統僅辨識 1"),
        (b"\xff", "請另存為 UTF-8"),
        (b"[", "不合 TOML 語法"),
    ],
)
def test_what_no_field_can_show_of_a_file_is_said_and_nothing_is_taken(
    visitor: Visitor, content: bytes, said: str
) -> None:
    visitor.log_in()
    answer = upload(visitor, content)
    assert (answer.status, "未讀入" in answer.text, said in answer.text) == (400, True, True)
    assert OTHER not in visitor.get("/rules/edit").text.replace(f'name="act" value="{OTHER}"', "")


# --- proposed ---


def _propose(visitor: Visitor, data: bytes, password: str = PASSWORDS["officer"]) -> Answer:
    fields = {"act": ACT, "sha256": hashlib.sha256(data).hexdigest(), "password": password}
    return visitor.post("/rules/edit/difference", fields)


def test_D_22_what_is_proposed_is_the_file_whose_difference_was_shown(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert check(visitor, whole(**{"numbers.target_days": "60"})).goes_to == f"/rules/edit/difference?draft={ACT}"
    page = visitor.get(f"/rules/edit/difference?draft={ACT}").text
    assert re.search(r"保存目標（日）</th>.*?<del>45</del>.*?<ins>60</ins>", page, re.DOTALL)
    assert page.count('<table class="rows rows-tight beside">') == 2, "the head and the number, and nothing else"
    data = file_of(visitor)
    assert hashlib.sha256(data).hexdigest() in page

    refused = _propose(visitor, data, "wrong")
    assert (refused.status, "之密碼不符，請重新輸入" in refused.text) == (403, True)
    check(visitor, whole(**{"numbers.target_days": "61"}))
    late = _propose(visitor, data)
    assert "草稿於比較後又經修改" in late.text
    assert "<ins>61</ins>" in late.text
    assert keeper.waiting == {}

    new = file_of(visitor)
    done = _propose(visitor, new)
    assert (done.status, done.goes_to) == (303, "/rules/packs?done=113-11-01#proposals")
    assert list(keeper.waiting) == [hashlib.sha256(new).hexdigest()]
    assert keeper.bodies[-1] == new
    assert _propose(visitor, new).goes_to == "/rules/packs#proposals", "sent twice, it is done once"
    assert len(keeper.told("pack.propose")) == 2
    assert ACT not in visitor.get("/rules/edit").text, "the draft is done"


def test_who_is_no_officer_writes_and_compares_but_proposes_nothing(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("director")
    assert check(visitor, whole()).goes_to == f"/rules/edit/difference?draft={ACT}"
    page = visitor.get(f"/rules/edit/difference?draft={ACT}").text
    assert 'name="sha256"' not in page
    assert "須由專責人員或系統管理人登入提出" in page
    assert "須由專責人員或系統管理人登入提出" in _propose(visitor, file_of(visitor)).text
    visitor.join("officer")
    assert "陳怡君" in visitor.get(f"/rules/edit/difference?draft={ACT}").text
    assert _propose(visitor, file_of(visitor)).status == 303
    assert keeper.waiting


def test_who_does_not_see_the_rules_writes_none(visitor: Visitor) -> None:
    visitor.log_in("clerk")
    for answer in (visitor.get("/rules/edit"), check(visitor, whole()), visitor.get(f"/rules/edit/file?draft={ACT}")):
        assert answer.status == 403
    assert "/rules/edit" not in visitor.get("/rules/packs").text


def test_a_form_that_is_sent_after_the_log_in_ended_comes_home_as_it_was_typed(visitor: Visitor) -> None:
    visitor.log_in()
    visitor.get("/rules/edit")
    fields = whole(**{"numbers.target_days": "77", "rules.articles[2].text": "長" * 1900})
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Origin": visitor.origin}
    visitor.post("/rules/edit/draft", {"act": ACT, "base": "113-09-27-2", "office.phone": "1"}, headers=headers)
    visitor.cookies.clear()
    answer = visitor.post("/rules/edit", fields)
    assert answer.goes_to.startswith("/login?next=%2Frules%2Fedit%3Fagain%3D")
    visitor.log_in()
    home = visitor.get(f"/rules/edit?again={ACT}")
    assert home.goes_to == f"/rules/edit/difference?draft={ACT}"
    assert read_pack(file_of(visitor)).numbers.target_days == 77


def test_a_pack_that_came_into_force_meanwhile_is_what_the_draft_is_compared_with(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    check(visitor, whole(version="114-01-01", effective="114/1/1"))
    keeper.put_in_force(successor("113-11-01", "2024-09-28", target_days="70"))
    assert "本草稿自 113-09-27-2 版起稿，最新核准之版本已為 113-11-01" in visitor.get(f"/rules/edit?draft={ACT}").text
    page = visitor.get(f"/rules/edit/difference?draft={ACT}").text
    assert re.search(r"保存目標（日）</th>.*?<del>70</del>.*?<ins>45</ins>", page, re.DOTALL)
    assert shipped_bytes() != file_of(visitor)


def test_D_22_the_next_pack_follows_the_newest_that_was_approved_though_it_waits_for_its_day(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    """One that was begun from what is in force would take back, unseen, what the version between them changes."""
    keeper.put_in_force(successor("150-01-01", "2061-01-01", target_days="70"))
    visitor.log_in()
    page = visitor.get("/rules/edit").text
    assert 'name="base" value="150-01-01"' in page
    assert re.search(r'name="numbers.target_days" value="70"', page)
    assert "生效；本草稿之生效日須在其後，並與該版比較" in page
    visitor.post("/rules/edit", whole(version="151-01-01", effective="151/1/1"))
    page = visitor.get(f"/rules/edit/difference?draft={ACT}").text
    assert re.search(r"保存目標（日）</th>.*?<del>70</del>.*?<ins>45</ins>", page, re.DOTALL)
    _propose(visitor, file_of(visitor))
    (waits,) = keeper.waiting
    page = visitor.get(f"/rules/packs/{waits}").text
    assert re.search(r"保存目標（日）</th>.*?<del>70</del>.*?<ins>45</ins>", page, re.DOTALL), "and who approves"


def test_what_is_typed_after_a_step_back_from_what_was_proposed_is_a_draft_of_its_own(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    check(visitor, whole())
    assert _propose(visitor, file_of(visitor)).status == 303
    for address in ("/rules/edit", "/rules/edit/difference", "/rules/edit/file"):
        assert visitor.get(f"{address}?draft={ACT}").goes_to == "/rules/packs#proposals", "it is no draft any more"
    answer = check(visitor, whole(version="113-12-01", effective="113/12/1", **{"numbers.target_days": "77"}))
    found = re.fullmatch(r"/rules/edit/difference\?draft=([0-9a-f]{32})", answer.goes_to)
    assert found is not None
    assert found[1] != ACT
    assert read_pack(file_of(visitor, found[1])).numbers.target_days == 77
    assert len(keeper.waiting) == 1


def test_what_is_typed_into_another_s_form_is_a_draft_of_its_own(visitor: Visitor) -> None:
    """Whoever goes on at a browser where somebody else was writing loses nothing and changes nothing of theirs."""
    visitor.log_in()
    check(visitor, whole(**{"numbers.target_days": "60"}))
    visitor.cookies.clear()
    visitor.log_in("director")
    answer = check(visitor, whole(**{"numbers.target_days": "61"}))
    _, _, act = answer.goes_to.partition("difference?draft=")
    assert act != ACT
    assert read_pack(file_of(visitor, act)).numbers.target_days == 61
    visitor.cookies.clear()
    visitor.log_in()
    assert read_pack(file_of(visitor)).numbers.target_days == 60

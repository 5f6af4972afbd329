"""The rules' text, its versions, a proposal with everything wrong said at once, two versions side by side, approval."""

from __future__ import annotations

import hashlib
import re

import msgspec
import pytest

from appliance.rules.packs.pack import Numbers, Pack, Papers
from appliance.rules.packs.problems import WORDS
from appliance.rules.packs.shipped import shipped_bytes, shipped_pack
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.office_rules.pack_view import gaps_of
from tests.rules.packcases import FIRST_OFFICE, altered, second_bytes, successor
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.visitor import Answer, Visitor

BOTH = {"password-1": PASSWORDS["officer"], "password-2": PASSWORDS["head"]}
NEXT = successor("113-11-01", "2024-11-01", target_days="60")


@pytest.fixture
def two(visitor: Visitor) -> Visitor:
    visitor.log_in()
    visitor.join()
    return visitor


def _upload(visitor: Visitor, content: bytes, password: str = PASSWORDS["officer"]) -> Answer:
    fields = {"act": hashlib.sha256(content).hexdigest(), "password": password}
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="next.toml"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + content + b"\r\n--b--\r\n"
    headers = {
        "Sec-Fetch-Site": "same-origin",
        "Origin": visitor.origin,
        "Content-Type": "multipart/form-data; boundary=b",
    }
    return visitor.ask("POST", "/rules/packs", headers, body)


def english(visitor: Visitor) -> Visitor:
    visitor.post("/language", {"lang": "en", "next": "/"})
    return visitor


# --- the text ---


def test_AT_62_every_article_is_shown_and_nine_as_missing_in_both_languages(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in("third")
    page = visitor.get("/rules/text").text
    for article in shipped_pack().rules.articles:
        assert f'<span class="article-no">{article.number}</span>' in page
        assert article.text in page
    nine = re.search(r'<li class="[^"]*article-missing" id="a-9">.*?</li>', page, re.DOTALL)
    assert nine is not None
    assert "原文缺" in nine[0]
    assert page.count("article-missing") == 1
    assert "系統預設之版本，本所尚未核准" in page
    page = english(visitor).get("/rules/text").text
    assert "Original text missing" in page
    assert "本系統係指本所基於維護辦公環境安全" in page, "the rules are what they are, in their language"


def test_a_pack_without_telephone_or_address_says_that_the_papers_lack_them(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in("third")
    page = visitor.get("/rules/text").text
    for said in ("缺本所之聯絡方式", "未填電話：不印電話", "未填地址：不印地址"):
        assert said in page
    assert "來電" not in page, "the words that came with the recorder ask nobody to call"
    assert "do not say how to reach the office" in english(visitor).get("/rules/text").text


@pytest.mark.parametrize(
    ("phone", "address", "note", "gaps"),
    [
        ("", "", "請先洽本所改期", ["pack.lacks-phone", "pack.lacks-address"]),
        ("", "和平西路", "請先來電改期", ["pack.lacks-phone", "pack.lacks-called"]),
        ("(02)2306-2706", "和平西路", "請先來電改期", []),
    ],
)
def test_what_a_pack_leaves_out_of_its_papers_is_told(phone: str, address: str, note: str, gaps: list[str]) -> None:
    pack = shipped_pack()
    office = msgspec.structs.replace(pack.office, phone=phone, address=address)
    booked = msgspec.structs.replace(pack.papers.appointment, notes=(note,))
    papers = msgspec.structs.replace(pack.papers, appointment=booked)
    assert gaps_of(msgspec.structs.replace(pack, office=office, papers=papers)) == gaps


def test_D_22_the_version_and_its_first_day_stand_on_the_text_and_earlier_ones_stay_readable(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    keeper.put_in_force(second_bytes().replace(b"2026", b"2024"))
    visitor.log_in()
    page = visitor.get("/rules/text").text
    assert "115-07-01" in page
    assert "自 113/09/30 起適用，現行有效" in page
    assert "攝影設備由資訊室管理" in page
    assert '最短保存期限（日）</dt><dd class="nums">40' in page
    assert "系統承辦 → 管理單位室長 → 所長" in page
    old = visitor.get("/rules/text?version=113-09-27-2").text
    assert "此非現行版本" in old
    assert "本系統係指本所基於維護辦公環境安全" in old
    assert visitor.get("/rules/text?version=none").status == 404


def test_T_86_no_page_of_another_office_shows_the_first(two: Visitor, keeper: KeeperDouble) -> None:
    keeper.put_in_force(second_bytes().replace(b"2026", b"2024"))
    for path in ("/", "/rules", "/rules/text", "/papers", "/cases", "/account"):
        page = two.get(path).text
        assert "海口市青山戶政所" in page
        for lang_page in (page, english(two).get(path).text):
            plain = lang_page.replace("/rules/text?version=113-09-27-2", "").replace(">113-09-27-2<", "")
            assert not [word for word in FIRST_OFFICE if word in plain], path
        two.post("/language", {"lang": "zh", "next": "/"})


# --- proposing ---


def test_an_officer_proposes_a_file_and_it_waits(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert "目前無待核准之版本" in visitor.get("/rules/packs").text
    answer = _upload(visitor, NEXT)
    assert (answer.status, answer.goes_to) == (303, "/rules/packs?done=113-11-01#proposals")
    assert keeper.bodies == [NEXT]
    page = visitor.get("/rules/packs?done=113-11-01").text
    assert "已提出 113-11-01 版" in page
    assert f'href="/rules/packs/{hashlib.sha256(NEXT).hexdigest()}"' in page


def test_all_that_is_wrong_with_a_file_is_said_at_once_in_the_readers_language_and_nothing_is_proposed(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    broken = altered(
        {"floor_days = 31": "floor_days = 30", "[chains]": "[chains]\nextra = 1", 'number = "十"': 'number = "十二"'}
    )
    visitor.log_in()
    answer = _upload(visitor, broken)
    assert answer.status == 400
    assert "next.toml 有 3 處錯誤，未提出" in answer.text
    for said in (
        "<code>numbers.floor_days</code> 30 低於 31（作業規範第七點第(一)款）；請填 31 至 333",
        "<code>chains.extra</code> 無此欄位",
        "十二 之前缺 十；請補填",
    ):
        assert said in answer.text
    assert "30 is under 31" in _upload(english(visitor), broken).text
    assert keeper.told("pack.propose") == []


def test_a_reason_that_cases_do_not_know_is_said_at_the_form(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    answer = _upload(visitor, altered({'other = "其他"': 'curious = "好奇"\nother = "其他"'}))
    assert (answer.status, "無 curious 此一事由" in answer.text) == (400, True)


def test_AT_62_a_file_that_fills_in_nine_without_its_source_is_refused_at_the_form(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    nine = 'missing = true\nremark = "原文自八跳至十；九是原文缺漏或編號誤植，無從得知。"\n'
    answer = _upload(visitor, altered({nine: 'text = "想像的條文。"\n'}))
    assert answer.status == 400
    for name in ("source", "dated"):
        assert f"<code>rules.articles[35].{name}</code> 九 缺原文之出處或日期" in answer.text
    assert keeper.told("pack.propose") == []


def test_a_version_that_cannot_follow_is_refused_at_the_form(visitor: Visitor, keeper: KeeperDouble) -> None:
    keeper.put_in_force(NEXT)
    visitor.log_in()
    assert "已有 113-11-01 版" in _upload(visitor, NEXT).text
    assert "113-11-01 版同為 2024-11-01 生效" in _upload(visitor, successor("other", "2024-11-01")).text
    assert keeper.told("pack.propose") == []


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xff", "請另存為 UTF-8"), (b"x" * 300_000, "最多 262144"), (b"y" * 400_000, "檔案過大")]
)
def test_what_is_no_pack_is_told_at_the_form_however_large(
    visitor: Visitor, keeper: KeeperDouble, content: bytes, words: str
) -> None:
    visitor.log_in()
    answer = _upload(visitor, content)
    assert (answer.status, words in answer.text, 'action="/rules/packs"' in answer.text) == (400, True, True)


def test_who_is_no_officer_gets_no_form_and_a_wrong_password_proposes_nothing(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in("director")
    assert 'enctype="multipart/form-data"' not in visitor.get("/rules/packs").text
    assert "須由專責人員或系統管理人登入提出" in _upload(visitor, NEXT).text
    visitor.cookies.clear()
    visitor.log_in()
    assert "之密碼不符，請重新輸入" in _upload(visitor, NEXT, "wrong").text
    assert keeper.waiting == {}


# --- side by side, approval ---


def _waiting(visitor: Visitor, data: bytes = NEXT) -> str:
    assert _upload(visitor, data).status == 303
    return f"/rules/packs/{hashlib.sha256(data).hexdigest()}"


def test_D_22_two_people_approve_what_they_saw_beside_the_version_in_force(two: Visitor, keeper: KeeperDouble) -> None:
    path = _waiting(two)
    page = two.get(path).text
    assert "與 113-09-27-2 版逐項比較" in page
    assert re.search(r"保存目標（日）</th>.*?<del>45</del>.*?<ins>60</ins>", page, re.DOTALL)
    done = two.post(f"{path}/approve", {"act": "1" * 32, **BOTH})
    assert (done.status, done.goes_to) == (303, "/rules/packs?approved=113-11-01")
    told = keeper.told("pack.approve")[0]
    assert told["passwords"] == {"1": PASSWORDS["officer"], "2": PASSWORDS["head"]}
    assert told["sha256"] == hashlib.sha256(NEXT).hexdigest()
    page = two.get("/rules/packs?approved=113-11-01").text
    assert "已核准 113-11-01 版" in page
    assert "已核准，尚未生效" in page
    assert "期限載於規範版本 113-11-01" in two.get("/rules").text
    assert 'action="/rules/policy"' not in two.get("/rules").text


def test_what_is_refused_stands_at_the_approval(two: Visitor, keeper: KeeperDouble) -> None:
    path = _waiting(two)
    answer = two.post(f"{path}/approve", {"act": "1" * 32, **BOTH, "password-2": "wrong"})
    assert (answer.status, "之密碼不符，請重新輸入" in answer.text) == (403, True)
    assert not keeper.approved


def test_one_alone_and_two_without_the_director_get_no_form_to_approve(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    path = _waiting(visitor)
    assert f'action="{path}/approve"' not in visitor.get(path).text
    visitor.join("third")
    page = visitor.get(path).text
    assert f'action="{path}/approve"' not in page
    assert "主任二人共同登入" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_difference_of_two_offices_has_its_words(two: Visitor, keeper: KeeperDouble, lang: str) -> None:
    keeper.put_in_force(second_bytes().replace(b"2026", b"2024"))
    two.post("/language", {"lang": lang, "next": "/"})
    page = two.get("/rules/packs/115-07-01").text
    assert page.count('<table class="rows rows-tight beside">') == 11
    assert ("原文缺" if lang == "zh" else "Original text missing") in page
    assert "—" not in re.sub(r"<header.*?</header>", "", page, flags=re.DOTALL)
    names = re.findall(r'<th scope="row">([^<]+)</th>', page)
    assert len(names) > 90
    assert not [name for name in names if "_" in name]


def test_the_file_of_a_version_is_the_one_that_was_approved(visitor: Visitor, keeper: KeeperDouble) -> None:
    keeper.put_in_force(NEXT)
    visitor.log_in("third")
    answer = visitor.get("/rules/packs/113-11-01/file")
    assert (answer.body, answer.headers["content-type"]) == (NEXT, "application/toml")
    assert 'filename="policy-pack-113-11-01.toml"' in answer.headers["content-disposition"]
    assert visitor.get("/rules/packs/113-09-27-2/file").body == shipped_bytes()
    assert visitor.get("/rules/packs/nothing/file").status == 404


# --- the words ---


def test_problems_say_the_same_on_the_page_and_on_the_command_line() -> None:
    messages = read_messages()
    known = {code.removeprefix("pack-wrong.") for code in messages.table if code.startswith("pack-wrong.")}
    assert known == set(WORDS)
    for code, sentence in WORDS.items():
        assert messages.table[f"pack-wrong.{code}"][1] == sentence, code


def test_every_number_part_and_field_has_its_words() -> None:
    messages = read_messages()
    assert all(f"pack-number.{name}" in messages for name in Numbers.__struct_fields__)
    assert all(f"pack-part.{name}" in messages for name in (*Pack.__struct_fields__, "articles", "head"))
    papers = shipped_pack().papers
    for paper in Papers.__struct_fields__:
        assert f"paper.{paper.replace('_', '-')}" in messages
        assert all(f"pack-field.{name}" in messages for name in getattr(papers, paper).__struct_fields__)

"""Policy packs: what a file must be, everything that is wrong at once, their order, their differences (D-22, 十)."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import msgspec.inspect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import NotFound, UsageError
from appliance.rules.packs.articles import number_of, place_of
from appliance.rules.packs.difference import Change, changes_between
from appliance.rules.packs.order import ApprovedPack, lost_problems, pack_on, standing_on, with_pack
from appliance.rules.packs.pack import CHAIN, Numbers, Pack
from appliance.rules.packs.police_units import doubt_of
from appliance.rules.packs.problems import WORDS
from appliance.rules.packs.reading import MAX_BYTES, check_pack, read_pack
from appliance.rules.packs.shipped import shipped_bytes, shipped_pack
from appliance.rules.policy import Policy
from tests.rules.packcases import altered, second_bytes, second_pack, successor

RULES = Path(__file__).parents[1].joinpath("vectors/packs/rules.txt").read_text(encoding="utf-8")
FIRST = shipped_bytes()


def wrong(changes: dict[str, str]) -> dict[str, str]:
    """Code by key of what is wrong with the first office's pack, written so."""
    found = check_pack(altered(changes))
    assert (found.pack is None) == bool(found.problems)
    return {each.key: each.code for each in found.problems}


# --- the text ---


def test_the_shipped_pack_has_the_rules_word_for_word() -> None:
    plain = re.sub(r"\s+|- ", "", RULES)
    at = 0
    for article in shipped_pack().rules.articles:
        if article.missing:
            continue
        text = re.sub(r"\s+", "", article.text)
        assert text in plain[at:], article.number
        at = plain.index(text, at) + len(text)
    assert re.sub(r"\s+", "", shipped_pack().rules.title) in plain


def test_AT_62_nine_is_said_to_be_missing_and_nothing_is_made_up() -> None:
    (nine,) = [each for each in shipped_pack().rules.articles if each.number == "九"]
    assert (nine.missing, nine.text) == (True, "")
    assert "九、" not in RULES
    whole = '[[rules.articles]]\nnumber = "九"\nmissing = true\n'
    assert wrong({whole + 'remark = "原文自八跳至十；九是原文缺漏或編號誤植，無從得知。"\n': ""}) == {
        "rules.articles[35].number": "article-gap"
    }
    assert wrong({whole: '[[rules.articles]]\nnumber = "九"\n'}) == {"rules.articles[35]": "article-empty"}
    filled = read_pack(altered({"missing = true\n": 'text = "本條由簽呈補正。"\n'}))
    assert filled.rules.articles[34].text == "本條由簽呈補正。", "the office may fill it, in a pack of its own"


NINE = 'missing = true\nremark = "原文自八跳至十；九是原文缺漏或編號誤植，無從得知。"\n'
SOURCE, DATED = 'source = "113年9月27日北市萬戶行字第1130001234號函附件"\n', "dated = 2024-09-27\n"


@pytest.mark.parametrize(
    ("more", "lacking"),
    [("", ["source", "dated"]), (SOURCE, ["dated"]), (DATED, ["source"]), (SOURCE + DATED, [])],
    ids=["neither", "no date", "no source", "both"],
)
def test_AT_62_nine_is_filled_in_with_its_source_and_date_or_not_at_all(more: str, lacking: list[str]) -> None:
    data = altered({NINE: 'text = "影音資料之保管，準用檔案法。"\n' + more})
    found = check_pack(data)
    if found.pack is None:
        assert [(each.key, each.code) for each in found.problems] == [
            (f"rules.articles[35].{name}", "article-unproven") for name in lacking
        ]
        return
    new = msgspec.structs.replace(found.pack, version="next", effective=date(2027, 1, 1))
    told = [each.key for each in lost_problems((shipped_pack(),), new)]
    assert told == [f"rules.articles[35].{name}" for name in lacking]
    if lacking:
        with pytest.raises(UsageError, match="lacks the source or the date"):
            with_pack((), new, date(2026, 11, 1), earlier=(shipped_pack(),))
    else:
        (only,) = with_pack((), new, date(2026, 11, 1), earlier=(shipped_pack(),))
        bare = msgspec.structs.replace(check_pack(altered({NINE: 'text = "另一說。"\n'})).pack, version="after",
                                       effective=date(2028, 1, 1))  # fmt: skip
        with pytest.raises(UsageError, match=r"rules.articles\[35\].source"):
            with_pack((only,), bare, date(2028, 1, 1), earlier=(shipped_pack(),))


def test_AT_62_what_is_missing_has_no_source() -> None:
    assert wrong({"missing = true\n": "missing = true\n" + SOURCE + DATED}) == {"rules.articles[35]": "article-both"}


# --- police units ---

UNITS = shipped_pack().police_units


def test_the_shipped_list_has_the_14_precincts_of_the_city_and_one_of_them_has_the_office() -> None:
    assert len(UNITS) == len({each.name for each in UNITS}) == 14
    assert all(re.fullmatch("臺北市政府警察局.+分局", each.name) for each in UNITS)
    assert [each.name for each in UNITS if each.covers_office] == ["臺北市政府警察局萬華分局"]


@pytest.mark.parametrize(
    ("named", "code", "unit"),
    [
        ("臺北市政府警察局萬華分局", "", ""),
        ("萬華分局 西園路派出所", "", ""),
        ("台北市警察局萬華分局", "", ""),
        ("", "", ""),
        ("中正第一分局", "elsewhere", "中正第一分局"),
        ("中正一分局介壽路派出所", "elsewhere", "中正第一分局"),
        ("臺北市政府警察局文山第二分局", "elsewhere", "文山第二分局"),
        ("南投縣政府警察局信義分局", "unlisted", ""),
        ("信義分局", "elsewhere", "信義分局"),
        ("板橋分局", "unlisted", ""),
        ("鐵路警察局臺北分局", "unlisted", ""),
    ],
)
def test_AT_37_a_report_to_a_unit_of_another_area_or_of_none_of_the_list_is_doubted(
    named: str, code: str, unit: str
) -> None:
    doubt = doubt_of(named, UNITS)
    assert (doubt.code if doubt else "") == code
    assert (doubt.unit.name if doubt and doubt.unit else "").removeprefix("臺北市政府警察局") == unit
    assert doubt_of(named, ()) is None, "an office that lists none looks at none"


@pytest.mark.parametrize(
    ("old", "new", "key", "code"),
    [
        ("covers_office = true\n", "", "police_units", "unit-none"),
        ("警察局大同分局", "警察局 大同分局", "", ""),
        ("警察局中正第二分局", "警察局中正一分局", "police_units[6].name", "unit-twice"),
        ('area = "臺北市大同區"', "", "police_units[1].area", "missing"),
        ("covers_office = true", 'covers_office = "yes"', "police_units[2].covers_office", "truth"),
    ],
)
def test_a_list_of_police_units_goes_together(old: str, new: str, key: str, code: str) -> None:
    assert wrong({old: new}) == ({key: code} if key else {})


@given(st.tuples(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99), st.integers(1, 99)), st.integers(1, 4))
def test_numbers_of_articles_read_back_as_they_are_written(place: tuple[int, ...], depth: int) -> None:
    assert place_of(number_of(place[:depth])) == place[:depth]


@pytest.mark.parametrize("number", ["", "8", "八(5)", "八五", "八(五)(1)", "零", "一十", "八(五)01", "八 "])
def test_what_is_no_number_of_an_article_is_refused(number: str) -> None:
    with pytest.raises(UsageError):
        place_of(number)


# --- validation ---


@pytest.mark.parametrize(
    ("old", "new", "key", "code"),
    [
        ("floor_days = 31", "floor_days = 30", "numbers.floor_days", "under"),
        ("floor_days = 31", "floor_days = 400", "numbers.floor_days", "over"),
        ("floor_days = 31", "floor_days = 31.5", "numbers.floor_days", "number"),
        ("floor_days = 31", "floor_days = true", "numbers.floor_days", "number"),
        ("floor_days = 31", 'floor_days = "31"', "numbers.floor_days", "number"),
        ("floor_days = 31\n", "", "numbers.floor_days", "missing"),
        ("floor_days = 31", "floor_days = 60", "numbers.target_days", "below"),
        ("decision_days = 15", "decision_days = 16", "numbers.decision_days", "over"),
        ("remedy_days = 30\nafter", "remedy_days = 20\nafter", "numbers.remedy_days", "under"),
        ("lapse_days = 30", "lapse_days = 10", "numbers.lapse_days", "below"),
        ("[numbers]", "[numbers]\nceiling_days = 400", "numbers.ceiling_days", "unknown"),
        ("[numbers]", "[number]", "number", "unknown"),
        ("[numbers]", "[number]", "numbers", "missing"),
        ("effective = 2024-09-27", 'effective = "2024-09-27"', "effective", "date"),
        ("effective = 2024-09-27", "effective = 2024-09-27T00:00:00", "effective", "date"),
        ("effective = 2024-09-27", "effective = 2024-09-01", "approval.on", "approved-late"),
        ('version = "113-09-27-2"', 'version = "../113"', "version", "sign"),
        ('version = "113-09-27-2"', 'version = "113-09-27\\n"', "version", "sign"),
        ('version = "113-09-27-2"', 'version = " "', "version", "empty"),
        ('version = "113-09-27-2"', f'version = "{"1" * 40}"', "version", "long"),
        ('director = "主任"', 'director = "主\\u202e任"', "posts.director", "controls"),
        ('number = "十"', 'number = "11"', "rules.articles[36].number", "article-number"),
        ('number = "十"', 'number = "十二"', "rules.articles[36].number", "article-gap"),
        ('number = "十"', 'number = "八"', "rules.articles[36].number", "article-twice"),
        ('number = "二"', 'number = "一(一)1"', "rules.articles[2].number", "article-parent"),
        ("missing = true", 'missing = true\ntext = "想像的條文"', "rules.articles[35]", "article-both"),
        ('rule = "八(六)"', 'rule = "八(七)"', "papers.annex_4.rule", "article-none"),
        ('rule = "八(六)"', 'rule = "九"', "papers.annex_4.rule", "article-none"),
        ('citizen = ["manager"', 'citizen = ["section_head", "manager"', "chains.citizen", "chain-sign"),
        ('"secretary", "director"]\nagency', '"director"]\nagency', "chains.staff", "chain-lacks"),
        ('agency = ["manager", "unit_head"', 'agency = ["unit_head", "manager"', "chains.agency", "chain-order"),
        ('other = "其他"', 'curious = "好奇"\nother = "其他"', "reasons.citizen.curious", "reason"),
        ('other = "其他"\n', "", "reasons.citizen.other", "missing"),
        ("由{unit_short}專責", "由{unit_short.__class__}專責", "papers.annex_3.note", "blank-name"),
        ("由{unit_short}專責", "由{unit_short!r}專責", "papers.annex_3.note", "blank-name"),
        ("由{unit_short}專責", "由{unit_short:>9}專責", "papers.annex_3.note", "blank-name"),
        ("由{unit_short}專責", "由{專責", "papers.annex_3.note", "blank-name"),
        ("向{appeal_to}提起", "提起", "papers.refusal.remedy", "blank-lacks"),
        ('  "（依個人資料保護法第8條）",\n', "", "papers.annex_2.notice", "count"),
        ("format = 1", "format = 2", "format", "format"),
        ("format = 1", "format = true", "format", "format"),
        ("format = 1\n", "", "format", "format"),
        ("format = 1", "format = ", "", "syntax"),
    ],
)  # fmt: skip
def test_each_mistake_names_its_key_and_what_to_do(old: str, new: str, key: str, code: str) -> None:
    assert wrong({old: new}).get(key) == code
    with pytest.raises(UsageError) as raised:
        read_pack(altered({old: new}), "office.toml")
    said = [line for line in str(raised.value).splitlines() if line.startswith(f"office.toml: {key}")]
    assert said
    assert all(re.search(r"; |in the text", line) for line in said)


def test_all_mistakes_are_told_at_once() -> None:
    found = wrong(
        {
            "floor_days = 31": "floor_days = 3",
            'unit = "行政庶務課"': 'unit = ""',
            '[chains]': '[chains]\nstranger = []',
            'number = "十"': 'number = "十二"',
            'rule = "八(六)"': 'rule = "廿"',
        }
    )  # fmt: skip
    assert found == {
        "numbers.floor_days": "under",
        "office.unit": "empty",
        "chains.stranger": "unknown",
        "rules.articles[36].number": "article-gap",
        "papers.annex_4.rule": "article-none",
    }


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"format = " + b"1" * 5000, "syntax"),
        (b"format = 0x" + b"f" * 9000, "format"),
        (b".".join([b"a"] * 20_000) + b" = 1", "syntax"),
        (b"[" + b".".join([b"a"] * 20_000) + b"]", "syntax"),
        (b"a = " + b"{a=" * 20_000, "syntax"),
        (b'format = "\\uD800"', "syntax"),
        (b"format = nan", "format"),
        (b"\0", "syntax"),
    ],
    ids=["digits", "hexadecimal digits", "parts of a key", "parts of a table", "nested", "surrogate", "nan", "nul"],
)
def test_a_file_made_to_break_its_reader_or_to_hold_it_up_is_refused(data: bytes, code: str) -> None:
    (told,) = check_pack(data).problems
    assert told.code == code


def test_a_file_that_is_none_is_refused() -> None:
    for data, code in ((b"\xff\xfe", "encoding"), (b"#" * (MAX_BYTES + 1), "large"), (b"[" * 5000, "syntax")):
        assert [each.code for each in check_pack(data).problems] == [code]
    assert read_pack(b"\xef\xbb\xbf" + FIRST.replace(b"\n", b"\r\n")) == shipped_pack(), "as Windows saves it"


@given(field=st.sampled_from(Numbers.__struct_fields__), value=st.integers(-5, 400) | st.integers())
def test_AT_19_no_number_is_read_outside_its_bounds_and_no_floor_under_31(field: str, value: int) -> None:
    text = re.sub(rf"(?m)^{field} = \d+$", f"{field} = {value}", FIRST.decode())
    pack = check_pack(text.encode()).pack
    if pack is not None:
        assert getattr(pack.numbers, field) == value
        numbers = pack.numbers
        assert numbers.floor_days >= 31
        assert numbers.decision_days <= 15
        Policy(floor_days=numbers.floor_days, target_days=numbers.target_days, brake_days=numbers.brake_days)


LEAVES = st.one_of(
    st.integers(), st.booleans(), st.text(max_size=8), st.floats(allow_nan=False), st.dates(),
    st.lists(st.text(max_size=3), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


MAY_BE_MISSING = ("phone", "address", "letter_word", "police_units")


@given(data=st.data())
def test_whatever_stands_in_its_place_a_pack_is_whole_or_refused_with_its_key(data: st.DataObject) -> None:
    """One place of the file gets another value, or goes: nothing but a pack or problems comes of it."""
    table = tomllib.loads(FIRST.decode())
    place, keys = table, []
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        keys.append(key)
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    before, after = place[key], data.draw(st.one_of(st.just(None), LEAVES))
    if after is None:
        del place[key]
    else:
        place[key] = after
    found = check_pack(_toml(table).encode())
    assert found.pack is not None or found.problems
    for each in found.problems:
        assert each.code in WORDS
        assert str(each)
    if after == before and type(after) is type(before):
        assert found.problems == ()
    if after is None and isinstance(place, dict) and len(keys) < 3 and keys[-1] not in MAY_BE_MISSING:
        assert found.pack is None, f"{keys} may be missing"


def _toml(value: Any) -> str:
    """A table as a file, tables within tables written inline."""
    return "\n".join(f"{_key(name)} = {_value(each)}" for name, each in value.items())


def _key(name: str) -> str:
    return msgspec.json.encode(name).decode().replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, float):
        return repr(value) if "." in repr(value) or "inf" in repr(value) else f"{value!r}".replace("e", ".0e")
    return _key(value) if isinstance(value, str) else str(value)


# --- order ---

NEXT = read_pack(successor("116-01-01", "2027-01-01", target_days="60"))
ORDERED = with_pack(with_pack((), shipped_pack(), date(2026, 11, 1)), NEXT, date(2026, 12, 1))


def test_D_22_the_pack_of_a_day_is_the_latest_that_has_begun() -> None:
    assert [each.begins for each in ORDERED] == [date(2026, 11, 1), date(2027, 1, 1)]
    assert pack_on(ORDERED, date(2026, 12, 31)).version == "113-09-27-2"
    assert pack_on(ORDERED, date(2027, 1, 1)).version == "116-01-01"
    assert standing_on(ORDERED, date(2040, 1, 1)).begins == date(2027, 1, 1)
    with pytest.raises(NotFound, match="none is in force on 2026-10-31"):
        pack_on(ORDERED, date(2026, 10, 31))


@given(days=st.lists(st.dates(date(2020, 1, 1), date(2040, 1, 1)), unique=True, max_size=6), asked=st.dates())
def test_AT_63_packs_keep_their_order_and_a_later_one_changes_nothing_for_the_days_before_it(
    days: list[date], asked: date
) -> None:
    packs: tuple[ApprovedPack, ...] = ()
    for at, day in enumerate(days):
        new = msgspec.structs.replace(shipped_pack(), version=str(at), effective=day)
        before = packs
        if any(each.pack.effective > day for each in packs):
            with pytest.raises(UsageError, match="choose a day after it"):
                with_pack(packs, new, date(2020, 1, 1))
            continue
        packs = with_pack(packs, new, date(2020, 1, 1))
        if before and before[0].begins <= asked < day:
            assert pack_on(packs, asked) == pack_on(before, asked)
    assert [each.begins for each in packs] == sorted(each.begins for each in packs)


def test_AT_63_a_second_pack_of_one_day_or_one_name_is_refused() -> None:
    for other, words in (
        (msgspec.structs.replace(NEXT, version="x"), "as well; choose another day"),
        (msgspec.structs.replace(NEXT, effective=date(2028, 1, 1)), "never edited"),
    ):
        with pytest.raises(UsageError, match=words):
            with_pack(ORDERED, other, date(2026, 12, 1))


def test_a_pack_that_is_approved_late_begins_late() -> None:
    (only,) = with_pack((), second_pack(), date(2026, 9, 1))
    assert (only.pack.effective, only.begins) == (date(2026, 7, 1), date(2026, 9, 1))


# --- side by side ---


def test_the_difference_of_two_packs_is_told_in_their_own_words() -> None:
    assert changes_between(NEXT, NEXT) == ()
    filled = read_pack(successor("116-01-01", "2027-01-01", target_days="60").replace(
        b"missing = true\n", 'text = "補正條文。"\n'.encode()))  # fmt: skip
    found = changes_between(shipped_pack(), filled)
    assert set(found) == {
        Change("version", "", "113-09-27-2", "116-01-01"),
        Change("effective", "", "2024-09-27", "2027-01-01"),
        Change("numbers", "target_days", "45", "60"),
        Change("articles", "九", "", "補正條文。"),
    }


def test_another_office_s_pack_differs_in_nearly_everything() -> None:
    found = changes_between(shipped_pack(), second_pack())
    assert {each.part for each in found} == {*Pack.__struct_fields__, "articles"}
    assert Change("articles", "十", shipped_pack().rules.articles[-1].text, None) in found
    assert Change("chains", "citizen", "\n".join(CHAIN[1:]), "manager\nunit_head\ndirector") in found
    assert Change("articles", "九", "", None) in found, "said to be missing is not the same as not there"
    assert second_bytes() != FIRST


# --- the description of the file ---


def test_the_description_has_every_number_with_its_bounds_and_every_key() -> None:
    page = Path(__file__).parents[2].joinpath("docs/spec/policypack.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| (.+) \|$", page, re.MULTILINE)
    fields = msgspec.inspect.type_info(Numbers).fields  # type: ignore[attr-defined]
    wanted = [
        (field.name, str(field.type.type.ge), str(field.type.type.le), field.type.extra_json_schema["description"])
        for field in fields
    ]
    assert rows == wanted
    assert all(re.search(rf"[`.\[]{name}\b", page) for name in Pack.__struct_fields__)


@pytest.mark.parametrize(("name", "value"), [("new", "exempt"), ("change", "exempt"), ("replacement", "none")])
def test_AT_10_no_pack_exempts_a_new_camera_or_a_change_from_the_police_authority(name: str, value: str) -> None:
    data = altered({f'{name} = "filing"': f'{name} = "{value}"'}, second_bytes())
    (told,) = check_pack(data).problems
    assert (told.key, told.code) == (f"cameras.{name}", "filing")

"""What the editor of packs writes is read back as what it was: every pack, and every text that a field could hold."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from appliance.rules.packs.reading import check_pack, read_pack
from appliance.rules.packs.shipped import shipped_pack
from appliance.rules.packs.writing import pack_file, table_of
from tests.rules.packcases import second_pack

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_LEAVES = st.one_of(_TEXTS, st.integers(-(10**9), 10**9), st.booleans(), st.dates(), st.lists(_TEXTS, max_size=4))
_TABLES: Any = st.recursive(
    st.dictionaries(_TEXTS, _LEAVES, max_size=4),
    lambda inner: st.dictionaries(
        _TEXTS, st.one_of(_LEAVES, inner, st.lists(inner, min_size=1, max_size=3)), max_size=3
    ),
    max_leaves=12,
)


def test_a_pack_that_is_written_is_the_pack() -> None:
    for pack in (shipped_pack(), shipped_pack("測試戶政事務所"), second_pack()):
        assert read_pack(pack_file(table_of(pack))) == pack


@given(office=_TEXTS.filter(lambda text: bool(text.strip())), remark=_TEXTS)
def test_whatever_stands_in_a_text_comes_back_as_it_was(office: str, remark: str) -> None:
    pack = shipped_pack()
    changed = msgspec.structs.replace(
        pack,
        office=msgspec.structs.replace(pack.office, name=office, phone=remark),
        rules=msgspec.structs.replace(
            pack.rules,
            articles=(msgspec.structs.replace(pack.rules.articles[0], remark=remark), *pack.rules.articles[1:]),
        ),
    )
    found = check_pack(pack_file(table_of(changed)))
    assert found.pack == changed or {each.code for each in found.problems} == {"controls"}


@given(table=_TABLES)
def test_any_table_is_written_as_toml_reads_it(table: dict[str, Any]) -> None:
    table.pop("format", None)
    assert tomllib.loads(pack_file(table).decode()) == {"format": 1, **_without_hollow(table)}


def _without_hollow(table: dict[str, Any]) -> dict[str, Any]:
    """A table of nothing but empty tables leaves no trace: no pack has one that it needs."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            if inner := _without_hollow(value):
                found[name] = inner
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found[name] = [_without_hollow(each) for each in value]
        else:
            found[name] = value
    return found

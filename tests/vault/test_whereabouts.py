"""A dictionary of many random ids: against one of Python's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.vault.keys.whereabouts import ID_BYTES, Whereabouts

SHARDS = ("2026-11-24", "2026-11-24~2", "2026-11-25", "\0\0")
IDS = [bytes(ID_BYTES), bytes(15) + b"\1", bytes(14) + b"\1\0", b"\0\1" * 8, b"\1\0" * 8, b"\xff" * ID_BYTES]
"""Of few rows, and such that one can be found in the middle of two others."""

ACTS = st.one_of(
    st.tuples(st.just("put"), st.lists(st.sampled_from(IDS), max_size=4), st.sampled_from(SHARDS)),
    st.tuples(st.just("drop"), st.just([]), st.sampled_from(SHARDS)),
    st.tuples(st.just("forget"), st.lists(st.sampled_from(IDS), max_size=4), st.just("")),
)


@given(st.lists(ACTS, max_size=30))
def test_it_agrees_with_a_dictionary(acts: list[tuple[str, list[bytes], str]]) -> None:
    found, model = Whereabouts(), dict[bytes, str]()
    for act, ids, shard in acts:
        if act == "put":
            found.put(ids, shard)
            model.update(dict.fromkeys(ids, shard))
        elif act == "forget":
            found.forget(ids)
            model = {bucket_id: where for bucket_id, where in model.items() if bucket_id not in ids}
        else:
            found.drop(shard)
            model = {bucket_id: where for bucket_id, where in model.items() if where != shard}
        assert {bucket_id: found.get(bucket_id) for bucket_id in IDS} == {b: model.get(b) for b in IDS}
        assert [bucket_id in found for bucket_id in IDS] == [b in model for b in IDS]
        assert sorted(found) == sorted(model)
        assert len(found) == len(model)
        assert [found.count(each) for each in SHARDS] == [list(model.values()).count(each) for each in SHARDS]


def test_what_is_no_id_is_not_there_and_cannot_be_put() -> None:
    found = Whereabouts()
    found.put([bytes(ID_BYTES)], "shard")
    assert bytes(8) not in found
    assert found.get(b"") is None
    with pytest.raises(ValueError, match="15 bytes"):
        found.put([bytes(15)], "shard")

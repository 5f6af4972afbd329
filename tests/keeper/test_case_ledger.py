"""What a case file takes from the ledger: every entry that names the case, each as a note that anybody can check."""

from __future__ import annotations

import msgspec
import pytest

from appliance.core.errors import NotFound, Refused
from appliance.core.messages import coded
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from tests.box import OFFICER, UNIT_HEAD
from tests.keeper.test_cases import life_of, span
from tests.keeper.test_holds import asked, both
from tests.keeper.test_people import ask
from tests.verbs import VERBS


def test_AT_60_every_entry_of_the_case_comes_as_a_signed_note_under_a_signed_head(keeper: Keeper) -> None:
    life = life_of(keeper)
    key, other = (life.receive(["01"], *span(keeper)) for _ in range(2))
    reply = VERBS["case.ledger"](
        keeper, {"session": life.session, "case": key, "password": OFFICER.password}, Message({}, b"")
    )
    told, entries = reply.head, [msgspec.msgpack.decode(block) for block in reply.body]  # type: ignore[arg-type]
    assert entries[0]["kind"] == "case.received"
    assert {entry["fields"]["case"] for entry in entries} == {key}
    assert other != key
    for entry in entries:
        found = keeper.ledger.check_extract(entry["extract"])
        assert (found.index, found.raw) == (entry["index"], keeper.ledger.entry(entry["index"]).raw)
    assert keeper.ledger.check_head(told["checkpoint"]).root.hex() == told["root"]


def test_a_case_file_is_taken_along_by_the_desk_and_not_by_whoever_decides(keeper: Keeper) -> None:
    life = life_of(keeper)
    key = life.receive(["01"], *span(keeper))
    alone = ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="")["session"]
    assert ask(keeper, "case", session=alone, case=key)["case"] == key
    with pytest.raises(Refused, match="officer, manager, auditor or archivist") as refused:
        ask(keeper, "case.ledger", session=alone, case=key)
    assert refused.value.message == coded("case-file-role"), "a page says it in the reader's language"
    with pytest.raises(NotFound):
        ask(keeper, "case.ledger", session=life.session, case="115-9999")


def test_ledger_and_holds_tell_a_case_by_the_number_that_people_write(keeper: Keeper) -> None:
    life = life_of(keeper)
    key = life.receive(["01"], *span(keeper))
    number = ask(keeper, "case", session=life.session, case=key)["number"]
    assert "調-" in number
    listed = ask(keeper, "ledger.list", session=life.session, start=0, count=200)["entries"]
    assert {entry["number"] for entry in listed if entry["fields"].get("case") == key} == {number}
    assert {entry["number"] for entry in listed if "case" not in entry["fields"]} == {""}
    session = both(keeper)
    for act, named in (("c" * 32, number), ("d" * 32, key)):
        ask(keeper, "hold.set", session=session, **asked(keeper, case=named) | {"act": act})
    holds = ask(keeper, "holds", session=session)["holds"]
    assert [(hold["case"], hold["number"]) for hold in holds] == [(key, number)] * 2

"""Forbidden pairs (``domain`` 4.2) over the keeper's verbs: whoever tries what in whatever order, nobody gets both."""

from __future__ import annotations

import contextlib
import itertools
from itertools import combinations
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from appliance.core.errors import RecorderError
from appliance.rules.cases.views import CaseView
from tests.access.office import CHECKLIST, OWN, Office, act_id
from tests.caselife import APPLICANT, FORM

PEOPLE = {
    "ann": ("officer", "manager"),
    "bo": ("manager", "unit_head"),
    "cai": ("unit_head", "secretary"),
    "dai": ("secretary", "director", "section_head"),
    "eva": ("officer", "unit_head", "director", "section_head"),
}
"""Everybody has two roles or more that one person may not use on one case; every role has two people."""

PAIRS = frozenset(
    frozenset(pair)
    for pair in (
        *combinations(("manager", "unit_head", "secretary", "director"), 2),
        ("receipt", "unit_head"),
        ("receipt", "secretary"),
        ("receipt", "director"),
        ("section_head", "manager"),
        ("section_head", "unit_head"),
        ("section_head", "secretary"),
        ("section_head", "director"),
        ("ledger_manager", "ledger_head"),
    )
)
"""The stages of one case that one person signs only with the mark 兼簽, written out from ``domain`` 4.2 and D-10."""
NEVER = frozenset({frozenset({"section_head", "unit_head"}), frozenset({"ledger_manager", "ledger_head"})})
"""Those that no mark allows."""

FACTS: dict[str, dict[str, Any]] = {
    "pass_formal": {},
    "sign_section": {},
    "propose": {"checklist": CHECKLIST, "proposal": {"result": "granted", "article": "八(五)"}},
    "stamp": {},
    "grant": {},
}
"""Every event up to the decision, with papers that are in order."""

STEPS = st.lists(st.tuples(st.sampled_from(sorted(PEOPLE)), st.booleans()), min_size=4, max_size=10)


@pytest.fixture(scope="module")
def crowd(office: Office) -> Office:
    """The office, with these people in it too."""
    for name, (first, *more) in PEOPLE.items():
        office.add(name, first, factor=True)
        for role in more:
            office.change("person.grant", name=name, role=role, start=office.today(), end="", acting=False)
    return office


def _opened(office: Office, kind: str, by: str) -> str:
    start_ns, end_ns = office.span()
    asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    if kind == "CIT":
        facts = {"asked": asked, "form": FORM, "parties": [APPLICANT]}
        return str(_act(office, by, "", "receive", facts, kind=kind)["case"])
    form = {"reason": "property_lost", "reason_text": "皮夾遺失", "judicial": "no"}
    facts = {"asked": asked, "form": form, "parties": [{"part": "viewer", "name": "王大同"}]}
    return str(_act(office, by, "", "submit", facts, kind=kind)["case"])


def _act(office: Office, by: str, key: str, event: str, facts: dict[str, Any], kind: str = "") -> dict[str, Any]:
    return office.ask("case-act", session=office.session_of(by), act=act_id(), case=key, kind=kind, event=event, seat=1,
                      password=OWN, facts=facts)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(kind="CIT", opener="ann", steps=[("ann", False), ("eva", False), ("cai", False), ("eva", False)])
@given(kind=st.sampled_from(["CIT", "INT"]), opener=st.sampled_from(["ann", "eva"]), steps=STEPS)
def test_INV_14_nobody_signs_both_halves_of_a_pair_without_the_mark_whatever_verbs_are_tried(
    crowd: Office, kind: str, opener: str, steps: list[tuple[str, bool]]
) -> None:
    """Each in turn tries every event there is, with and without the mark. The example: one person as head of the unit
    and, two steps on, as director."""
    key = _opened(crowd, kind, opener)
    for (by, double), event in itertools.product(steps, FACTS):
        with contextlib.suppress(RecorderError):
            _act(crowd, by, key, event, {**FACTS[event], **({"double": True} if double else {})})
    told = msgspec.convert(crowd.ask("case", session=crowd.founders, case=key), CaseView)
    signed = [(cell.stage, cell.name, cell.double) for cell in told.signatures]
    if kind == "INT":
        assert opener not in {by for _, by, _ in signed}, "whoever applies signs nothing of it"
    for (stage, by, double), (other, again, marked) in combinations(signed, 2):
        pair = frozenset({str(stage), str(other)})
        if by == again and pair in PAIRS:
            assert double or marked, f"{by} signed {stage} and {other}"
            assert pair not in NEVER


def test_the_steps_lead_somewhere(crowd: Office) -> None:
    """Led by the right people the same facts decide a case, so what the walk refuses it refuses for the person."""
    key = _opened(crowd, "CIT", "ann")
    for event, by in (("pass_formal", "ann"), ("propose", "ann"), ("stamp", "bo"), ("stamp", "cai"), ("grant", "dai")):
        _act(crowd, by, key, event, FACTS[event])
    assert crowd.ask("case", session=crowd.founders, case=key)["state"] == "granted"

"""The registers walked at random: whatever people try in whatever order, what the tables promise holds."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.rules.people import ROLES, Actor, Role
from appliance.rules.registers.clocks import clocks_of
from appliance.rules.registers.judging import Refusal, advance, judge, signature_of
from appliance.rules.registers.shape import NEW, GuardContext, Item, Step, Widget
from appliance.rules.registers.tables import REGISTERS
from tests.rules.registerdesk import HOUR_NS, PEOPLE, RegisterDesk, answers

_STEPS = [(code, step) for code, register in REGISTERS.items() for step in register.steps]
_VARIED = {
    "holds": ("nothing", "footage"),
    "aim": ("leave", "scrap"),
    "method": ("key", "shred"),
    "cyber": ("none", "1", "3"),
    "personal": ("yes", "no"),
    "took": ("nothing", "taken"),
    "tested": ("well", "not_well"),
}


def _walk(choose: Callable[[int], int], length: int) -> set[str]:
    """So many acts, mostly what leads on by who may; the rows that were taken."""
    desk, taken, registers = RegisterDesk(), set[str](), list(REGISTERS.values())
    favourite = registers[choose(len(registers))]
    for _ in range(length):
        desk.now_ns += choose(20) * HOUR_NS
        register = favourite if choose(4) else registers[choose(len(registers))]
        going = [number for number, item in desk.items[register.code].items() if item.state not in register.done]
        numbers = going[-2:] if going and choose(5) else ["", *list(desk.items[register.code])[-2:]]
        number = numbers[choose(len(numbers))]
        state = desk.items[register.code][number].state if number else NEW
        steps = register.possible(state) if choose(8) and register.possible(state) else register.steps
        onward = [step for step in steps if step.target not in register.done]
        steps = onward if onward and choose(3) else steps
        step = steps[choose(len(steps))]
        if (NEW in step.sources) == bool(number):
            continue
        able = [name for name, roles in [*PEOPLE.items(), ("system", ("system",))] if set(roles) & set(step.who)]
        who = able[choose(len(able))] if choose(6) else [*PEOPLE, "system"][choose(len(PEOPLE) + 1)]
        varied = {name: values[choose(len(values))] for name, values in _VARIED.items() if name in _names(step)}
        varied |= {"serial": f"S-{len(desk.items['media'])}"} if "serial" in _names(step) else {}
        varied |= {"late_why": "遲誤"} if "late_why" in _names(step) else {}
        varied |= {"final_no": "字第1號", "final_at": desk.now_ns} if "final_no" in _names(step) and choose(3) else {}
        if _try(desk, register.code, number, step, who, proved=bool(choose(8)), varied=varied):
            taken.add(step.id)
    return taken


def _try(
    desk: RegisterDesk, code: str, number: str, step: Step, who: str, *, proved: bool, varied: dict[str, Any]
) -> bool:
    found = desk.try_(code, number, str(step.event), who, proved=proved, **varied)
    before = desk.items[code].get(number)
    if isinstance(found, Refusal):
        assert found.why in ("no_row", "role", "pair", "guard", "password")
        return False
    assert not found.password or proved
    assert before is None or before.state in found.sources
    after = desk.do(code, number, str(step.event), who, proved=proved, **varied)
    assert number or after.opened_ns == desk.now_ns
    _holds(after)
    return True


@settings(deadline=None, max_examples=20)
@given(st.data())
def test_whatever_people_try_the_tables_promises_hold(data: st.DataObject) -> None:
    _walk(lambda most: data.draw(st.integers(0, most - 1)), 30)


def test_a_long_walk_takes_every_row_and_the_promises_hold_all_the_way() -> None:
    random = Random(115)
    taken = set().union(*(_walk(random.randrange, 400) for _ in range(120)))
    assert taken == {step.id for register in REGISTERS.values() for step in register.steps}


def _names(step: Step) -> set[str]:
    return {field.name for field in step.fields}


def _holds(item: Item) -> None:
    signed = {each.cell: each.account for each in item.signatures}
    for pair in REGISTERS[item.register].pairs:
        both = signed.get(pair.first), signed.get(pair.second)
        assert None in both or both[0] != both[1], f"{item.number}: {pair} by {both[0]}"
    if item.register == "media" and item.state in ("cleared", "away", "replaced", "destroyed"):
        empty = item.values["holds"] == "nothing" and item.state in ("away", "replaced")
        assert empty or {"approved", "performed", "witnessed"} <= set(signed), item
    if item.register == "incidents" and item.state in ("notified", "reviewed", "closed"):
        assert not [each for each in clocks_of(item) if each.open and each.code != "final"]
        assert item.state == "notified" or not [each for each in clocks_of(item) if each.open]
    if item.register == "visits":
        assert signed["escort"]
    if item.register == "live" and item.state == "authorised":
        assert "tsai" in signed.values()


def test_no_state_has_two_steps_for_one_event_and_every_state_is_reached_and_named() -> None:
    for register in REGISTERS.values():
        pairs = [(state, step.event) for step in register.steps for state in step.sources]
        assert len(pairs) == len(set(pairs)), register.code
        reached = {NEW}
        for _ in register.states:
            reached |= {step.target for step in register.steps if set(step.sources) & reached and step.target}
        assert reached == {NEW, *register.states}, register.code
        ends = {state for state in register.states if not register.possible(state)}
        assert ends <= register.done, f"{register.code}: nothing leads out of {ends - register.done}"
        assert register.first.sources == (NEW,)
        assert len({step.id for step in register.steps}) == len(register.steps)
        assert set(register.gist) <= set(register.fields())


def test_letters_kinds_and_cells_are_each_register_s_own_and_roles_are_those_that_there_are() -> None:
    registers = REGISTERS.values()
    assert len({each.letter for each in registers} | {"M", "H"}) == len(registers) + 2, "M and H are tickets and holds"
    assert len({each.kind for each in registers}) == len(registers)
    for register in registers:
        cells = {step.cell for step in register.steps}
        assert all({pair.first, pair.second} <= cells for pair in register.pairs)
        assert {role for step in register.steps for role in step.who} <= {*ROLES, Role.SYSTEM}


def test_a_field_of_one_name_is_one_field_everywhere_in_its_register() -> None:
    for register in REGISTERS.values():
        for step in register.steps:
            for field in step.fields:
                other = register.fields()[field.name]
                assert (field.look, field.choices, field.of) == (other.look, other.choices, other.of), field.name
                assert field.look is not Widget.CHOICE or field.choices, field.name


def test_every_guard_of_a_step_can_refuse_it() -> None:
    """A guard that nothing fails guards nothing: each refuses an act that brings nothing on an item that is empty,
    or is named in a test of its own."""
    own = {
        "known_by_now", "cameras_known", "ranges_past", "report_time_fits", "notice_time_fits", "contain_time_fits",
        "final_time_fits", "late_report_explained", "late_notice_explained",
        "late_contain_explained", "late_final_explained", "final_report_sent", "contract_in_order",
        "pledge_not_ahead", "supervision_not_ahead", "vendor_may_come", "ticket_goes_on", "is_another",
        "medium_may_go", "serial_free", "encrypted_where_it_holds", "holds_no_less", "method_fits", "performed_by_now",
        "viewer_may_be", "notice_is_made", "address_fits", "posted_by_now", "public_areas_alone",
        "days_fit", "not_oneself", "no_clock_stopped_alone", "another_grade",
        "seen_is_offered", "what_goes_on_is_reported", "what_is_lost_is_said",
        "cameras_there", "nothing_ahead", "extended_once", "number_is_free", "ground_is_found",
        "issue_day_fits", "served_day_fits", "proof_day_fits",
    }  # fmt: skip
    desk = RegisterDesk()
    silent = set()
    for code, step in _STEPS:
        item = Item(register=code, number="x", values={"known_at": 1})
        for guard in step.guards:
            if not guard(GuardContext(item, {}, Actor("lin"), desk.facts())):
                silent.add(guard.__name__)
    assert silent <= own, silent - own


def test_what_a_form_sends_for_each_step_is_enough_where_its_guards_are_content() -> None:
    desk = RegisterDesk()
    desk.vendor()
    for code, register in REGISTERS.items():
        step = register.first
        sight = GuardContext(
            Item(register=code, number=""), answers(step, desk.now_ns), Actor("lin", PEOPLE["lin"], proved=True),
            desk.facts(),
        )  # fmt: skip
        found = judge(register, sight, str(step.event))
        assert isinstance(found, Step), f"{code}: {found}"
        assert advance(sight, found, signature_of(sight, found), {}).state == step.target

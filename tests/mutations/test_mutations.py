"""The mutations of the rules are caught: a sample in each run, all of them with ``--long``; the table is in order."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from tests.house.rulespage import rules
from tests.mutations.__main__ import SAMPLE, checked
from tests.mutations.changes import Change, changed, changed_script
from tests.mutations.running import CAUGHT, NOT_HERE, Copy, check, sound
from tests.mutations.table import ROOT, STRANGER, Mutation, mutations

EVERY = [each for rule in mutations().values() for each in rule]
TURNS = max(1, len(EVERY) // SAMPLE)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """One tree for all of them, for each changes it and puts it back."""
    return Copy(tmp_path_factory.mktemp("mutations") / "tree")


@pytest.mark.parametrize(
    "mutation",
    [pytest.param(each, marks=pytest.mark.turn(number, TURNS), id=str(each)) for number, each in enumerate(EVERY)],
)
def test_the_tests_of_the_rule_notice(copy: Copy, mutation: Mutation) -> None:
    found = check(copy, mutation)
    if found == NOT_HERE and os.environ.get("RECORDER_TESTS") != "all":
        pytest.skip(found)
    assert found == CAUGHT


def test_every_mutation_is_of_a_rule_and_names_a_test_of_it_and_one_that_is_not() -> None:
    found = rules()
    for each in EVERY:
        assert each.rule in found, each
        assert each.test in found[each.rule].tests, f"{each}: {each.test} is no test of {each.rule}"
        assert each.neighbour not in found[each.rule].tests, f"{each}: its neighbour is a test of the rule itself"
        assert each.by in ("", STRANGER), f"{each}: nobody is called {each.by}"
    assert len({(each.rule, each.change) for each in EVERY}) == len(EVERY)


def test_a_tenth_of_the_mutations_is_of_somebody_who_had_not_read_the_tests() -> None:
    assert sum(each.by == STRANGER for each in EVERY) * 10 >= len(EVERY)


@pytest.mark.parametrize("change", sorted({each.change for each in EVERY}), ids=str)
def test_every_change_can_be_made_in_the_product_as_it_is(change: Change) -> None:
    """Without running anything: a rename leaves no row of the table behind."""
    if change.is_of_a_script:
        script = Path(__file__).parents[2] / change.module
        assert changed_script(script.read_text(encoding="utf-8"), change)
        return
    spec = importlib.util.find_spec(change.module)
    assert spec is not None
    assert spec.origin is not None
    compile(changed(Path(spec.origin).read_text(encoding="utf-8"), change), "changed", "exec")


def _made(copy: Copy, of: str, what: str, test: str, neighbour: str) -> str:
    return check(copy, Mutation("X", Change(of, what), test, neighbour))


_WIDE = "tests/rules/test_case_receipt.py::test_AT_50_over_24_hours_or_4_cameras_the_need_is_in_writing"


def test_a_change_that_nobody_notices_or_that_breaks_everything_is_not_caught(copy: Copy) -> None:
    """The check itself: what survives, does not start, breaks the neighbour too or ends in a crash is told apart."""
    wide = "appliance.rules.cases.formal_check:is_wide"
    beside = "tests/rules/test_case_receipt.py::test_AT_29_a_range_that_ends_a_minute_ahead_is_refused"
    assert _made(copy, "appliance.rules.cases.deletion:GROUNDS", "set ()", _WIDE, beside) == "survived"
    assert _made(copy, wide, "return nothing", _WIDE, beside).partition("\n")[0] == "no assertion failed: error"
    assert _made(copy, wide, "return False", _WIDE, _WIDE) == "the neighbour came out as assertion"
    assert _made(copy, wide, "return False", _WIDE, beside) == CAUGHT
    skipped = copy.root / "tests/mutations/test_skipped.py"
    skipped.write_text("import pytest\n\n\ndef test_here() -> None:\n    pytest.skip()\n", encoding="utf-8")
    here = "tests/mutations/test_skipped.py::test_here"
    assert _made(copy, wide, "return False", here, beside) == _made(copy, wide, "return False", _WIDE, here) == NOT_HERE
    skipped.unlink()
    assert _made(copy, "appliance.core.clock:SLOT_NS", "set nothing", _WIDE, beside).startswith(
        "does not start: NameError"
    )
    assert "there is no such module" in _made(copy, "appliance.none:x", "return 1", _WIDE, beside)
    assert (copy.root / "appliance/core/clock.py").read_bytes() == (ROOT / "appliance/core/clock.py").read_bytes()


def test_two_at_a_time_run_over_a_copy_each_and_come_out_in_order(copy: Copy, tmp_path: Path) -> None:
    beside = "tests/rules/test_case_receipt.py::test_AT_29_a_range_that_ends_a_minute_ahead_is_refused"
    caught = Mutation("X", Change("appliance.rules.cases.formal_check:is_wide", "return False"), _WIDE, beside)
    survives = Mutation("X", Change("appliance.rules.cases.deletion:GROUNDS", "set ()"), _WIDE, beside)
    found = checked([copy, Copy(tmp_path / "tree")], [survives, caught, survives])
    assert list(found) == [(survives, "survived"), (caught, CAUGHT), (survives, "survived")]


def test_a_process_that_a_test_starts_runs_the_changed_product(copy: Copy) -> None:
    change = Change("appliance.core.errors:CameraLost.code", "set 'another'")
    copy.apply(change)
    assert copy.starts(change) == ""
    assert copy.spoken("import appliance.core.errors as e; print(e.__file__, e.CameraLost.code)").split() == [
        f"{copy.root}/appliance/core/errors.py",
        "another",
    ]
    copy.restore()


def test_the_tests_that_a_mutation_names_pass_over_the_product_as_it_is(copy: Copy) -> None:
    (first, *_) = EVERY
    assert sound(copy, [first]) == []
    assert sound(copy, [first._replace(test="tests/rules/test_amounts.py::test_none")]) != []

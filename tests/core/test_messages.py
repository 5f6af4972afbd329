"""Coded messages: each code that is used is in the catalogue and gets every parameter that its sentences name, and
each code of the catalogue is used."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

import msgspec
import pytest

from appliance.core import errors
from appliance.core.errors import (
    Broken,
    Locked,
    NotAllowed,
    NotFound,
    RecorderError,
    Refused,
    Unavailable,
    UsageError,
    from_map,
)
from appliance.core.messages import CATALOGUE, LANGUAGES, CodedMessage, coded
from appliance.core.messages import from_map as message_from_map
from appliance.rules.holds import STEPS
from appliance.services.cases.attending import MASKERS, SITS, SITS_LACK

RESTARTS = "將自動重新啟動"


class Site(NamedTuple):
    """Where a message is made: its code, and the parameters that it gets, None where they are not written down."""

    where: str
    code: str
    names: frozenset[str] | None


def _modules(folder: Traversable, under: str = "") -> Iterator[tuple[str, ast.Module]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _modules(entry, f"{under}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield f"{under}{entry.name}", ast.parse(entry.read_text(encoding="utf-8"))


ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, RecorderError)}
MODULES = list(_modules(resources.files("appliance")))


def _makes(call: ast.Call) -> bool:
    """``coded(…)``, or ``of(…)`` of a class of errors."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "of" and getattr(call.func.value, "id", "") in ERRORS and bool(call.args)
    return getattr(call.func, "id", "") == "coded" and bool(call.args)


def _sites() -> Iterator[Site]:
    for name, tree in MODULES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _makes(node) and isinstance(node.args[0], ast.Constant):
                names = [each.arg for each in node.keywords]
                given = None if None in names else frozenset(filter(None, names))
                yield Site(f"{name}:{node.lineno}", str(node.args[0].value), given)


SITES = list(_sites())
STRINGS = {
    node.value
    for _, tree in MODULES
    for node in ast.walk(tree)
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_each_message_that_is_made_is_in_the_catalogue_and_gets_its_parameters() -> None:
    assert len(SITES) > 200
    unknown = [site for site in SITES if site.code not in CATALOGUE]
    assert not unknown, unknown
    lacking = {
        (site.where, site.code): lacks
        for site in SITES
        if site.names is not None
        if (lacks := set().union(*map(_placeholders, CATALOGUE[site.code])) - site.names)
    }
    assert not lacking, lacking


def test_each_code_of_the_catalogue_is_written_down_somewhere() -> None:
    """As a whole; or as the end of ``found-…``, which the kind of the damage makes, or of ``due-…``, which a clock
    does."""
    kinds = {f"{lead}-{kind}" for kind in STRINGS for lead in ("found", "due")}
    unused = [code for code in CATALOGUE if code not in STRINGS | kinds]
    assert not unused, unused


def test_no_parameter_is_asked_for_that_the_english_sentence_does_not_have() -> None:
    for code, (zh, en) in CATALOGUE.items():
        assert _placeholders(zh) <= _placeholders(en), code


def test_no_shape_and_no_blank_edge_is_left_in_a_sentence() -> None:
    for code, pair in CATALOGUE.items():
        for sentence in pair:
            assert sentence == sentence.strip(), code
            assert all(not spec for _, name, spec, _ in string.Formatter().parse(sentence) if name), code


# --- what reaches a page is coded ---

SHOWN = ("services/", "rules/", "web/", "papers/", "keeper/", "sandbox/", "vault/", "protocol/", "ledger/", "medium/")
"""The packages of which an error reaches a person."""

SHOWN_KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, UsageError | Refused | NotFound | Unavailable)
}

NO_PAGE = {
    "services/recording/": "the recorder, whose word is refused to it",
    "ledger/checkpoint.py": "names and keys on the command line",
    "vault/keys/anchorchoice.py": "the set-up on the console",
    "vault/ring/adoption.py": "`appliance adopt-disk`, with the recorder stopped",
    "vault/ring/copying.py": "as footageplaces: `appliance move-footage`",
    "vault/ring/emptying.py": "as footageplaces: `appliance move-footage`",
    "vault/ring/footageplaces.py": "`appliance move-footage`, with the recorder stopped",
    "vault/ring/moving.py": "`appliance move-footage`, with the recorder stopped",
    "vault/tls.py": "the set-up on the console",
}
"""Modules, and packages that end in ``/``, of which no error reaches a page, and who reads it instead."""

PASSED_ON = {
    ("services/people/login.py", "too_many(seconds)"),
    ("keeper/machine/space.py", "watch.trouble"),
    ("medium/sticks.py", "disk.stick.refused"),
    ("vault/index/shelves.py", "why"),
    ("vault/ring/destruction.py", "why"),
}
"""What is raised as somebody else made it: the module, and what stands for the message there."""


def _uncoded() -> Iterator[tuple[str, int, str]]:
    """Each error of these kinds that is made of a text and not of a code: module, line, text in the source."""
    for name, tree in MODULES:
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in SHOWN_KINDS):
                continue
            said = node.args[0] if node.args else ast.Constant("")
            if not (isinstance(said, ast.Call) and getattr(said.func, "id", "") == "coded"):
                yield name, node.lineno, ast.unparse(said)


def test_an_error_that_reaches_a_page_is_coded() -> None:
    found = [
        (name, line, said)
        for name, line, said in _uncoded()
        if name.startswith(SHOWN) and not name.startswith(tuple(NO_PAGE)) and (name, said) not in PASSED_ON
    ]
    assert not found, found


def test_each_exception_from_that_is_still_needed() -> None:
    uncoded = list(_uncoded())
    assert not {each for each in NO_PAGE if not any(name.startswith(each) for name, _, _ in uncoded)}
    assert {(name, said) for name, _, said in uncoded} >= PASSED_ON


@pytest.mark.parametrize("sits", [MASKERS, *((each,) for each in SITS.values())])
def test_whoever_must_sit_at_a_viewing_has_a_message_of_their_own(sits: tuple[frozenset[str], ...]) -> None:
    roles = " and another as ".join(" or ".join(sorted(each)) for each in sits)
    assert str(coded(SITS_LACK[tuple(sits)])) == f"this viewing takes a log-in as {roles}"


def test_every_step_of_a_hold_says_who_takes_it() -> None:
    for step in STEPS:
        said = coded("hold-role", hold="hold 9", event=step.event, roles=" or ".join(sorted(step.roles)))
        assert str(said) == f"hold 9: to {step.event} it takes a log-in as {' or '.join(sorted(step.roles))}"


def test_what_does_not_restart_by_itself_is_never_said_to() -> None:
    """A TPM that does not answer waits for somebody to restart the box."""
    assert sorted(code for code, pair in CATALOGUE.items() if RESTARTS in pair[0]) == [
        "darkroom-silent",
        "no-answer",
        "not-running",
    ]
    assert CATALOGUE["tpm-silent"][0].endswith("無法自行恢復；請重新啟動主機。")


# --- a message on its way ---


def test_a_message_within_another_is_said_in_the_same_language() -> None:
    said = coded("case-why", case="115-0001", why=coded("two-people"))
    sent = msgspec.msgpack.decode(msgspec.msgpack.encode(said.as_map()))
    for message in (said, message_from_map(sent)):
        assert message is not None
        assert message.text("zh") == "案件 115-0001：閱覽須二人會同，目前僅一人登入。"
        assert str(message) == "case 115-0001: a viewing takes two people, and one is logged in"


def test_times_are_said_in_the_years_of_the_language_and_lists_with_its_marks() -> None:
    day = 1_780_000_000 * 10**9  # 2026-05-29 04:26:40 in Taipei
    hour = 3_600 * 10**9
    lost = [(day, day + hour), (day + 2 * hour, day + 24 * hour)]
    said = coded("found-missing", camera="03", segment="9.9", lost=lost)
    assert said.text("zh") == (
        "監視器 03 之影音檔案遺失：115/05/29 04:26:40–05:26:40、115/05/29 06:26:40–115/05/30 04:26:40"
    )
    assert str(said).endswith("lost 2026-05-29 04:26:40 to 05:26:40, 2026-05-29 06:26:40 to 2026-05-30 04:26:40")
    each = [coded("found-of-camera", camera=no, count=1, recorded=[(day, day + hour)]) for no in ("01", "02")]
    told = coded("found-keys-missing", count=2, cameras=each)
    assert "監視器 01 計 1，115/05/29 04:26:40–05:26:40；監視器 02 計 1，115/05/29 04:26:40–05:26:40" in told.text("zh")
    assert message_from_map(msgspec.json.decode(msgspec.json.encode(told.as_map()))).text("zh") == told.text("zh")  # type: ignore[union-attr]


def test_an_error_travels_with_its_message_and_without_one() -> None:
    locked = Locked.of("throttled-door", seconds=40)
    back = from_map(msgspec.msgpack.decode(msgspec.msgpack.encode(locked.as_map())))
    assert (type(back), back.message, str(back)) == (Locked, locked.message, str(locked))
    plain = from_map(Refused("disk: it is full; make room").as_map())
    assert (type(plain), plain.message, str(plain)) == (Refused, None, "disk: it is full; make room")
    denied = from_map(NotAllowed(coded("two-people"), {"why": "role"}).as_map())
    assert isinstance(denied, NotAllowed)
    assert (denied.details, denied.message) == ({"why": "role"}, coded("two-people"))
    assert type(from_map({"code": "of-tomorrow", "message": "x"})) is Broken


def test_a_message_of_another_version_is_shown_by_its_code_and_parameters() -> None:
    newer = CodedMessage("of-tomorrow", {"camera": "03", "lost": 4})
    assert {newer.text(lang) for lang in LANGUAGES} == {"of-tomorrow, camera 03, lost 4"}
    assert coded("hold-own", hold="hold 9").text("en").startswith("hold 9: ")


@pytest.mark.parametrize(
    "found", [None, "x", {}, {"code": "two-people"}, {"code": 1, "values": {}}, {"code": "x", "values": []}]
)
def test_what_is_no_message_is_none(found: object) -> None:
    assert message_from_map(found) is None

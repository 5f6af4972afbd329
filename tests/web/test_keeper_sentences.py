"""What the keeper says, in the reader's language: each sentence has one translation at most, is known as a whole or not
at all, and each line that translates one is for a sentence that is written down somewhere."""

from __future__ import annotations

import ast
import errno
import os
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

import pytest
from aiohttp import web
from markupsafe import escape

from appliance.core.model import Span
from appliance.keeper.tasks import damage
from appliance.plugins.sources import libav
from appliance.plugins.sources.rtsp import client
from appliance.rules.cameras import wiring
from appliance.rules.holds import STEPS
from appliance.sandbox import scan_pdf
from appliance.services.cases.attending import MASKERS, SITS
from appliance.vault.ring.scrub import Damage
from appliance.web.http.request_context import _recorder_says
from appliance.web.i18n.messages import Messages, read_messages

RESTARTS = "將自動重新啟動"
"""What web says of a process that is started again by itself."""


class Site(NamedTuple):
    """Where a sentence is written down, and the sentence, with a figure for each value in it."""

    where: str
    sentence: str
    raised: bool


@pytest.fixture(scope="module")
def messages() -> Messages:
    return read_messages()


def _text(node: ast.AST) -> str:
    """What a literal says; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "9" for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return left + right if left and right else ""
    return ""


def _sites(folder: Traversable) -> Iterator[Site]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _sites(entry)
        elif entry.name.endswith(".py"):
            tree = ast.parse(entry.read_text(encoding="utf-8"))
            raised = {
                id(node.exc.args[0])
                for node in ast.walk(tree)
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.expr) and (text := _text(node)) and " " in text:
                    yield Site(f"{entry.name}:{node.lineno}", text, id(node) in raised)


WRITTEN = list(_sites(resources.files("appliance")))
SITES = [site for site in WRITTEN if site.raised]

COMPOSED: dict[str, tuple[str, ...]] = {
    "picture of camera 9: {}": (
        "two cameras are being looked at already; try again in a moment",
        "the recorder gave none in time",
    ),
    "page: {} of cameras on it; save the page on which the list stands, as HTML": ("no list",),
    "camera: 9 has no setting 9; {}": ("it has: 9", "did you mean 9?"),
    "camera: setting 9 of 9 must be {}; write it anew": tuple(wiring._WORDS.values()),
    "it runs {}": ("ahead", "behind"),
    "{}; try again in 9 s": (
        "log-in: five wrong tries with this name at this computer",
        "password of 9: five wrong tries here",
    ),
    "9: {}": ("an oral request is not extended; receive the agency's letter as a case, whose pin takes over",),
    "index: {}; it is made anew from there, try again in some minutes": ("bucket 9 is not as the catalogue has it",),
    "scan: the PDF holds {}; print it and scan the paper": tuple(
        sorted({*scan_pdf._ACTIONS.values(), *scan_pdf._KEYS.values()})
    ),
    "footage disk: 9 holds {}; mount the disk of ring 9, nothing is written to this one": (
        "the footage of another office's recorder (9)",
        "another ring of this office (9)",
    ),
    "catalogue and ledger disagree about {}; compare with a head outside": ("9 closed buckets, by camera: 9",),
    "{}; `appliance verify` names them all when the recorder is stopped": (
        "9 files that manifests name are not there, by camera: 9",
        "over 9 files that manifests name are not there",
    ),
}
"""Sentences that the code puts together, by the sentence about the ``{}``: both are written down."""


def _composed() -> Iterator[str]:
    """What these and those of other tables come to."""
    for around, inner in COMPOSED.items():
        yield from (around.replace("{}", each) for each in inner)
    reasons = (*libav._REASONS.values(), *client.REFUSALS.values(), "did not open within 9 s")
    reasons += (client._words(OSError()), *(os.strerror(code) for code in (errno.EHOSTUNREACH, errno.ENETUNREACH)))
    yield from (f"picture of camera 9: rtsp://192.0.2.9/9: {reason}" for reason in reasons)
    for event in STEPS:
        yield f"9: to {event.event} it takes a log-in as {' or '.join(sorted(event.roles))}"
        yield from (f"9: it is {state}, so to {event.event} it is not possible" for state in ("lapsed", "released"))
    for sits in (MASKERS, *((each,) for each in SITS.values())):
        yield f"this viewing takes a log-in as {' and another as '.join(' or '.join(sorted(each)) for each in sits)}"
    yield f"page: {web.HTTPNotFound().reason.lower()}"
    for what in ("missing", "changed", "size", "exchanged", "unreadable"):
        lost = (Span(1_780_000_000 * 10**9, 1_780_000_060 * 10**9),)
        yield from (damage._text(Damage("9", 9, "9", what, spans)) for spans in (lost, ()))


def test_each_sentence_that_is_raised_is_known_by_one_line_or_by_none(messages: Messages) -> None:
    assert len(SITES) > 500
    doubled = {site: found for site in SITES if len(found := messages.translations(site.sentence)) > 1}
    assert not doubled, doubled


@pytest.mark.parametrize(
    "longer", ["the door is open: {}", "it is not so that {}", "{}; and more", "{} and more", "{}, or not", "{}."]
)
def test_a_sentence_that_holds_a_known_one_is_not_said_as_that_one(messages: Messages, longer: str) -> None:
    known = {site.sentence: found for site in WRITTEN if (found := messages.translations(site.sentence))}
    assert len(known) > 200
    of_a_part = {
        other: said
        for one in known
        if (said := messages.translations(other := longer.format(one))) and other not in known
    }
    assert not of_a_part, of_a_part


def test_two_sentences_in_one_are_neither_s(messages: Messages) -> None:
    """The sentence that an officer read as "will restart by itself", and that nobody would have restarted."""
    both = "TPM 9: it cannot be reached; the keeper cannot be reached (9); is it running? restart the box"
    assert not messages.said(both, "zh")
    assert messages.said_or_quoted(both, "zh") == f"系統原文：{both}"
    assert messages.said_or_quoted(both, "en") == both


def test_each_line_knows_a_sentence_that_is_written_down(messages: Messages) -> None:
    """None is left for what nobody says any more; of what is put together each half is written down."""
    texts = {*(site.sentence for site in WRITTEN), *_composed()}
    lines = {code: pair[1] for code, pair in messages.table.items() if code.startswith("said.")}
    unsaid = {}
    for (code, english), line in zip(lines.items(), messages._said, strict=True):
        if not line.inner and not any(line.pattern.fullmatch(text) for text in texts):
            unsaid[code] = english
    assert not unsaid, unsaid


def test_what_is_composed_is_written_down_in_its_parts() -> None:
    texts = {site.sentence for site in WRITTEN}
    words = {text for around, inner in COMPOSED.items() for text in (around.replace("{}", "9"), *inner)}
    one_word = {"ahead", "behind", "text"}  # no sentence
    assert words - texts <= one_word, words - texts


def test_what_the_chinese_fills_in_stands_in_the_sentence(messages: Messages) -> None:
    for code in messages.table:
        if code.startswith("said."):
            assert messages.placeholders(code, "zh") <= messages.placeholders(code, "en"), code


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        (
            "case 115-0001: a viewing takes two people, and one is logged in",
            "案件 115-0001：閱覽須兩人會同，目前僅一人登入。",
        ),
        ("a viewing takes two people, and one is logged in", "閱覽須兩人會同，目前僅一人登入。"),
        ("viewing: outside the granted minutes; it was entered in the ledger", "不在核准範圍內。已列入紀錄簿。"),
        ("case 115-0001: the box is on fire", ""),
        ("viewing: the box is on fire; it was entered in the ledger", ""),
        ("scan: the file has over many MiB; scan the paper at 300 dpi, or in parts", ""),
        ("password of 林: a; b: it does not fit; type it again", ""),
    ],
)
def test_a_sentence_within_another_is_known_as_a_whole_and_a_value_by_its_shape(
    messages: Messages, sentence: str, words: str
) -> None:
    assert messages.said(sentence, "zh") == words


def test_what_is_not_known_is_shown_as_it_is_and_as_the_recorder_s_own(messages: Messages) -> None:
    odd = "disk <9>: {sentence} & it burns"
    assert _recorder_says(messages, "zh", odd) == f'系統原文：<span lang="en">{escape(odd)}</span>'
    assert _recorder_says(messages, "en", odd) == escape(odd)
    assert _recorder_says(messages, "zh", "live: no camera is chosen; tick at least one") == "請至少勾選一支監視器。"


def test_what_does_not_restart_by_itself_is_never_said_to(messages: Messages) -> None:
    """A TPM that does not answer waits for somebody to restart the box."""
    said = {site.sentence: messages.said(site.sentence, "zh") for site in SITES}
    restarts = sorted(sentence for sentence, words in said.items() if RESTARTS in words)
    assert restarts == [
        "9 cannot be reached (9); is it running?",
        "9: 9 does not answer (9); it is restarted when it is down or hangs",
        "9: the darkroom does not answer (9); it is restarted",
    ]
    assert said["TPM 9: does not answer within 9 s; restart the box"].endswith("不會自行恢復；請重新啟動主機。")

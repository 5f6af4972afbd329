"""What the keeper says, in the reader's language: each sentence that is raised has one translation at most, and none
that was made for another."""

from __future__ import annotations

import ast
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

import pytest

from appliance.web.messages import Messages, read_messages

RESTARTS = "將自動重新啟動"
"""What web says of a process that is started again by itself."""


class Site(NamedTuple):
    """Where an error is raised, and the sentence, with a figure for each value in it."""

    where: str
    sentence: str


@pytest.fixture(scope="module")
def messages() -> Messages:
    return read_messages()


def _text(node: ast.expr) -> str:
    """What a literal says; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "9" for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return left + right if left and right else ""
    return ""


def _sites(folder: Traversable) -> list[Site]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            found += _sites(entry)
        elif entry.name.endswith(".py"):
            for node in ast.walk(ast.parse(entry.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                    found.append(Site(f"{entry.name}:{node.lineno}", _text(node.exc.args[0])))
    return [site for site in found if site.sentence]


SITES = _sites(resources.files("appliance"))


def _translations(messages: Messages, sentence: str) -> set[str]:
    return {words for pattern, words in messages._said if pattern.search(sentence)}


def test_no_sentence_that_is_raised_has_two_translations(messages: Messages) -> None:
    assert len(SITES) > 500
    doubled = {site: found for site in SITES if len(found := _translations(messages, site.sentence)) > 1}
    assert not doubled, doubled


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

"""Who speaks is told by the kernel's user, or where all are one user by a token, and by nothing that a caller says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.cli.launcher import PROCESSES
from appliance.protocol.callers import CONSOLE, ROLES, USERS, Callers, Tokens, drop_token, handed, take_tokens

INSTALLED = {"keeper": 801, "recorder": 802, "web": 803, "darkroom": 804}
A, B = "a" * 64, "b" * 64
ROOT = Path(__file__).parents[2]


def test_with_a_user_for_each_process_the_user_decides_and_no_token_counts() -> None:
    callers = Callers.found(801, INSTALLED, {A: frozenset({"recorder"})})
    for role, uid in INSTALLED.items():
        assert callers.roles(uid) == callers.roles(uid, A) == {role}
    assert callers.roles(0) == callers.roles(0, A) == {CONSOLE}
    assert callers.roles(1000) == callers.roles(1000, A) == frozenset()
    assert callers.uids == {0, *INSTALLED.values()}


def test_where_all_are_one_user_the_token_decides() -> None:
    callers = Callers.found(1000, INSTALLED, {A: frozenset({"recorder"}), B: frozenset({"web"})})
    assert callers.roles(1000, A) == {"recorder"}
    assert callers.roles(1000, B) == {"web"}
    assert callers.roles(1000) == callers.roles(0) == {CONSOLE}
    assert callers.roles(1000, "") == {CONSOLE}
    assert callers.roles(1000, A[:-1]) == {CONSOLE}
    for uid in (802, 803, 65534):
        assert callers.roles(uid) == callers.roles(uid, A) == frozenset(), "a token is no other user's"


@pytest.mark.parametrize("users", [{}, {"keeper": 1000}, dict.fromkeys(ROLES, 1000)])
def test_users_that_are_not_one_for_each_process_decide_nothing(users: dict[str, int]) -> None:
    callers = Callers.found(1000, users, {A: frozenset({"web"})})
    assert callers.roles(1000) == {CONSOLE}
    assert callers.roles(1000, A) == {"web"}


def test_each_process_is_handed_its_own_token_and_the_keeper_all() -> None:
    tokens, found = Tokens(os.urandom, {A: frozenset({"web", "recorder"})}), {}
    for role in PROCESSES:
        pipe, variable = tokens.handed(role)
        code = (
            "import json; from appliance.protocol.callers import take_tokens;"
            "print(json.dumps([{t: sorted(r) for t, r in take_tokens().items()}, take_tokens()]))"
        )
        said = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **variable}, pass_fds=(pipe,), check=True,
            capture_output=True, text=True, timeout=120,
        ).stdout  # fmt: skip
        os.close(pipe)
        (value,) = variable.values()
        assert value == str(pipe), "what tells of the token is not the token"
        found[role], again = json.loads(said)
        assert again == {}, "a second reading finds none"
    assert found["darkroom"] == {}
    assert list(found["recorder"].values()) == [["recorder"]]
    assert list(found["web"].values()) == [["web"]]
    assert found["keeper"] == {**found["recorder"], **found["web"], A: ["recorder", "web"]}


def test_a_process_forked_before_the_token_was_read_drops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, variable = handed({A: ["recorder"]})
    ((name, value),) = variable.items()
    monkeypatch.setenv(name, value)
    drop_token()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(pipe)
    assert take_tokens() == {}


@pytest.mark.parametrize("content", [b"", b"no json", b"[1]"])
def test_a_pipe_that_holds_no_tokens_gives_none(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.write(write, content)
    os.close(write)
    monkeypatch.setenv("OFFICE_RECORDER_TOKENS", str(read))
    assert take_tokens() == {}


def test_the_users_are_those_of_the_units() -> None:
    for role, user in USERS.items():
        unit = (ROOT / "deploy" / "systemd" / f"office-recorder-{role}.service").read_text(encoding="utf-8")
        assert f"\nUser={user}\n" in unit

"""Each verb is for the processes that its row names, whoever else can reach the socket."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from appliance.core.errors import NotLoggedIn, RecorderError, Refused
from appliance.core.model import Gap, Span, to_wire
from appliance.keeper.context import Keeper
from appliance.keeper.process import serve
from appliance.keeper.speakers import limits_of, speakers_of
from appliance.protocol.callers import Callers
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.transport import Client, Peer
from tests.access.verbs import RECORDER, ROWS
from tests.verbs import VERBS

TOKENS = {role: role[0] * 64 for role in ("recorder", "web", "keeper", "darkroom")}
SPAN = Span(0, 10)
CONSOLES = {"office", "status", "plan", "verify", "looks.ask", "looks.list"}


@pytest.fixture
def socket(keeper: Keeper) -> Iterator[str]:
    """A keeper's, where all are one user, as in a trial."""
    tokens = {token: frozenset({role}) for role, token in TOKENS.items()}
    server = serve(keeper, Callers.found(os.geteuid(), {}, tokens))
    yield keeper.settings.layout.socket("keeper")
    server.close()


def test_every_verb_has_its_speakers_and_the_recorders_are_the_recorders_alone() -> None:
    recorders = {row.verb for row in ROWS if row.may is RECORDER}
    assert {verb for verb in VERBS if speakers_of(verb) == {"recorder"}} == recorders
    assert {verb for verb in VERBS if "console" in speakers_of(verb)} == CONSOLES
    assert {verb for verb in VERBS if "web" not in speakers_of(verb)} == recorders | {"plan", "verify"}
    assert {verb for verb in VERBS if "keeper" in speakers_of(verb)} == {"office"}
    assert not [verb for verb in VERBS if "darkroom" in speakers_of(verb)]


def test_the_row_of_an_endpoint_says_who_may_ask_it_and_how_long_its_body_may_be() -> None:
    tokens = {token: frozenset({role}) for role, token in TOKENS.items()}
    limits = limits_of(Callers.found(os.geteuid(), {}, tokens))
    for name, row in ENDPOINTS.items():
        assert speakers_of(name) == row.callers
        role = min(row.callers - {"console"}, default="console")
        assert limits.admit(name, Peer(os.getpid(), os.geteuid(), TOKENS.get(role, ""))) == row.most_bytes
    assert limits.admit("cases", Peer(os.getpid(), os.geteuid(), TOKENS["web"])) == 0
    with_bodies = {"pack.propose", "publication.post", "publication.check", "rules.calendar", "scan.more"}
    assert {name for name, row in ENDPOINTS.items() if row.most_bytes and "recorder" not in row.callers} == with_bodies


@pytest.mark.parametrize("role", ["console", "recorder", "web", "keeper", "darkroom"])
def test_what_is_not_for_a_process_is_refused_and_changes_nothing(role: str, socket: str, keeper: Keeper) -> None:
    client = Client(socket, caller=TOKENS.get(role, ""), timeout_seconds=60)
    size = keeper.ledger.size
    for verb in [*VERBS, "no-such", ""]:
        if role in speakers_of(verb) and verb in VERBS:
            continue
        with pytest.raises(Refused, match="does not take this from user"):
            client.call(verb, session="x", boot_id="b", boot_ns=1, wall_ns=1, run_id="r", open=[], left=[])
        with pytest.raises(RecorderError):
            client.call(verb, b"\0" * 100_000)
    client.close()
    assert keeper.ledger.size == size
    assert not keeper.recorder.greeted


def test_a_process_of_the_same_user_cannot_speak_as_the_recorder(socket: str, keeper: Keeper) -> None:
    recorder = Client(socket, caller=TOKENS["recorder"])
    recorder.call("recorder.hello", boot_id="b", boot_ns=1, wall_ns=1, run_id="r", open=[], left=[])
    gap = Gap(camera_no="01", start_ns=1, end_ns=2, cause="disk")
    for caller in ("", TOKENS["web"], TOKENS["recorder"][:-1], "recorder"):
        other = Client(socket, caller=caller)
        with pytest.raises(Refused):
            other.call("recorder.gap", to_wire(gap))
        other.close()
    assert keeper.ring.index.noted_gaps("01", SPAN) == []
    recorder.call("recorder.gap", to_wire(gap))
    recorder.close()
    assert keeper.ring.index.noted_gaps("01", SPAN) == [gap]


@pytest.mark.parametrize("verb", ["status", "looks.ask", "looks.list"])
def test_web_asks_nothing_without_a_session_that_the_command_line_may(verb: str, socket: str) -> None:
    web, console = Client(socket, caller=TOKENS["web"]), Client(socket)
    with pytest.raises(NotLoggedIn):
        web.call(verb)
    console.call(verb)
    web.close()
    console.close()

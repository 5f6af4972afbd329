"""Notices reach a real mail server and a real webhook, in words alone; once each, never a flood, and over restarts."""

from __future__ import annotations

import asyncio
import email
import os
import threading
from collections.abc import Iterator
from email import policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from appliance.api import Words
from appliance.cli import main
from appliance.core.errors import NotWritable, Unavailable, UsageError
from appliance.protocol.check_words import NO_WORDS, CheckWords, FaultWords
from appliance.protocol.endpoint import Done, Endpoint
from appliance.protocol.login import Office
from appliance.protocol.notices import NOTICE_FINDINGS, NOTICES_FAILING, StandingFinding, StandingFindings
from appliance.storage.files import RealFs
from appliance.web.i18n.messages import read_messages
from appliance.web.notices.outbox import Outbox
from appliance.web.notices.recipients import Recipient, read_recipients, shown
from appliance.web.notices.sending import send
from appliance.web.notices.telling import Teller, words_of
from tests.web.site import free_port

MINUTE = 60 * 10**9
NOW = 1_795_000_000 * 10**9
BLURRED = StandingFinding("picture-blurred-03", "picture", NOW - 5 * MINUTE, "03")
MESSAGES = read_messages()


class _Mails:
    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[str, _Mails]]:
    """The address of a mail server on the loopback, and what it took."""
    mails = _Mails()
    port = free_port()
    controller = Controller(mails, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"mailto://127.0.0.1:{port}?from=recorder@example.test&to=office@example.test&mode=insecure", mails
    finally:
        controller.stop()


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[bytes]]]:
    bodies: list[bytes] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/hook", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Clock:
    now_ns = NOW

    def wall_ns(self) -> int:
        return self.now_ns


class KeeperDouble:
    def __init__(self) -> None:
        self.standing: list[StandingFinding] = []
        self.failing: list[int] = []
        self.words = NO_WORDS

    async def office(self) -> Office:
        return Office(words=self.words)

    async def ask(self, endpoint: Endpoint[Any, Any], request: Any) -> Any:
        if endpoint is NOTICE_FINDINGS:
            return StandingFindings(tuple(self.standing))
        assert endpoint is NOTICES_FAILING
        self.failing.append(request.recipients)
        return Done()


class Sent:
    """Stands for the process that sends."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str, str]] = []
        self.works = True

    async def __call__(self, address: str, title: str, text: str) -> bool:
        if self.works:
            self.all.append((address, title, text))
        return self.works


class Telling:
    """A teller, its keeper, clock and what it sent; begun anew by ``restart``."""

    def __init__(self, tmp_path: Path, *recipients: Recipient) -> None:
        self.path, self.recipients = str(tmp_path / "notices"), recipients
        self.keeper, self.clock, self.sent = KeeperDouble(), Clock(), Sent()
        self.restart()

    def restart(self) -> None:
        messages = read_messages()
        self.outbox = Outbox(RealFs(), self.path, self.recipients, words_of(messages))
        self.teller = Teller(self.keeper, self.outbox, self.clock, self.sent, messages)  # type: ignore[arg-type]

    def turn(self, *standing: StandingFinding, minutes: int = 0) -> list[str]:
        """What was sent in one round so many minutes later, when ``standing`` stands."""
        self.clock.now_ns += minutes * MINUTE
        self.keeper.standing = list(standing)
        before = len(self.sent.all)
        asyncio.run(self.teller.turn())
        return [text for _, _, text in self.sent.all[before:]]


OFFICE = Recipient(name="office", address="json://example.test")


async def test_a_notice_reaches_a_mail_server_in_the_office_s_words(mail: tuple[str, _Mails]) -> None:
    address, mails = mail
    recipient = Recipient(name="office", address=address)
    assert await send(address, *words_of(MESSAGES)(recipient, [BLURRED], [], 0))
    (message,) = mails.taken
    assert message["Subject"] == "【錄影主機】發現異常"
    assert message["To"] == "office@example.test"
    body = message.get_body(("plain",)) or message
    assert "03" in body.get_content()
    assert not [part for part in message.walk() if part.get_content_maintype() == "image"]


async def test_a_notice_reaches_a_webhook_and_one_that_is_refused_is_not_sent(webhook: tuple[str, list[bytes]]) -> None:
    address, bodies = webhook
    assert await send(address, "title", "well again")
    assert b"well again" in bodies[0]
    assert not await send("json://127.0.0.1:1/nobody", "title", "text")
    assert not await send("no-such-kind://x", "title", "text")


def test_what_stands_for_a_minute_is_told_once_and_again_when_it_is_well(tmp_path: Path) -> None:
    telling = Telling(tmp_path, OFFICE)
    fresh = StandingFinding("picture-moved-02", "picture", NOW, "02")
    (text,) = telling.turn(BLURRED, fresh)
    assert "03" in text
    assert "02" not in text, "it stands for a moment only"
    assert telling.turn(BLURRED) == []
    assert telling.turn(BLURRED, minutes=60) == []
    (text,) = telling.turn(minutes=60)
    assert "已恢復正常" in text
    assert telling.turn(minutes=60) == []


def test_words_are_the_catalogue_s_and_name_no_case_file_or_word_of_the_finding(tmp_path: Path) -> None:
    telling = Telling(tmp_path, OFFICE)
    secret = StandingFinding("hold-ends-H20261126-7", "storage", 1)
    stranger = StandingFinding("cobweb-half-03", "picture", 1, "03")
    (text,) = telling.turn(secret, stranger)
    assert "H20261126" not in text
    assert "存取異常" in text
    assert "監視器 03：畫面異常" in text


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("disk-failing-box", "磁碟自我檢測回報即將故障，請立即更換"),
        ("check-blind-box", "主機無法自動檢測"),
        ("check-failed-view", "自動檢測項目 view 無法執行"),
        ("disk-missing", MESSAGES.text("finding.disk-missing", "zh")),
    ],
)
def test_what_is_wrong_with_the_recorder_itself_is_told_in_words_as_well(tmp_path: Path, key: str, said: str) -> None:
    (text,) = Telling(tmp_path, OFFICE).turn(StandingFinding(key, "storage", 1))
    assert f"- {said}" in text
    assert "存取異常" not in text


def test_what_a_third_party_s_check_found_is_told_in_the_words_it_brought(tmp_path: Path) -> None:
    telling = Telling(tmp_path, OFFICE)
    cobweb = FaultWords(summary=Words("畫面下半部過暗", "The lower half of the picture is dark."))
    telling.keeper.words = CheckWords(faults={"cobweb-half": cobweb})
    (text,) = telling.turn(StandingFinding("cobweb-half-03", "picture", 1, "03"))
    assert "監視器 03：畫面下半部過暗" in text


def test_AT_67_what_a_register_is_late_with_is_told_in_its_own_words_with_its_number(tmp_path: Path) -> None:
    telling = Telling(tmp_path, OFFICE)
    (text,) = telling.turn(
        StandingFinding("register-clock-I115-0001", "storage", 1),
        StandingFinding("register-due-report-I115-0002", "storage", 1),
        StandingFinding("register-escort-W115-0003", "storage", 1),
        StandingFinding("register-vendor-contract-V115-0004", "storage", 1),
        StandingFinding("register-datafile", "storage", 1),
    )
    for said in ("事故 I115-0001 之通報或通知逾時", "事故 I115-0002 之資安通報時限將屆", "維護作業 W115-0003 進行中",
                 "維護廠商 V115-0004 之契約", "個人資料檔案公開事項"):  # fmt: skip
        assert said in text, said
    assert "存取異常" not in text


def test_a_fault_that_comes_and_goes_all_night_is_a_few_notices(tmp_path: Path) -> None:
    telling = Telling(tmp_path, OFFICE)
    for minute in range(600):
        stands = StandingFinding("picture-noise-01", "picture", telling.clock.now_ns - 2 * MINUTE, "01")
        telling.turn(*([stands] if minute % 2 else []), minutes=1)
    assert 2 <= len(telling.sent.all) <= 48


def test_a_thousand_findings_are_one_notice_with_a_count(tmp_path: Path) -> None:
    telling = Telling(tmp_path, OFFICE)
    (text,) = telling.turn(*(StandingFinding(f"file-stray-{number}", "storage", 1) for number in range(1000)))
    assert "另有 980 項" in text
    assert len(text.splitlines()) < 30


def test_what_waits_outlives_a_restart_and_is_a_finding_until_it_goes(tmp_path: Path) -> None:
    telling = Telling(tmp_path, OFFICE)
    telling.sent.works = False
    telling.turn(BLURRED)
    assert telling.keeper.failing[-1] == 0
    telling.turn(BLURRED, minutes=2)
    telling.restart()
    telling.turn(BLURRED, minutes=5)
    assert telling.keeper.failing[-1] == 1, "the third failure"
    telling.sent.works = True
    assert telling.turn(BLURRED) == [], "it is not tried again at once"
    assert len(telling.turn(BLURRED, minutes=10)) == 1
    assert telling.keeper.failing[-1] == 0
    telling.restart()
    assert telling.turn(BLURRED, minutes=60) == [], "told is told"


def test_each_is_told_of_his_boxes_in_his_language(tmp_path: Path) -> None:
    english = Recipient(name="vendor", address="json://v.test", language="en", boxes=("sound",))
    telling = Telling(tmp_path, OFFICE, english)
    telling.turn(BLURRED, StandingFinding("sound-hum-01", "sound", 1, "01"))
    told = {address: text for address, _, text in telling.sent.all}
    assert "hum" in told["json://v.test"].lower()
    assert "03" not in told["json://v.test"]


def test_a_keeper_that_is_away_and_a_disk_that_takes_nothing_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling = Telling(tmp_path, OFFICE)

    async def away(endpoint: object, request: object) -> None:
        raise Unavailable("keeper: away")

    with monkeypatch.context() as patch:
        patch.setattr(telling.keeper, "ask", away)
        assert telling.turn(BLURRED) == []

    def full(*_: Any) -> None:
        raise NotWritable("full")

    with monkeypatch.context() as patch:
        patch.setattr("appliance.web.notices.outbox.write_atomic", full)
        assert telling.turn(BLURRED) == [], "nothing is sent that a restart would send again"
    assert len(telling.turn(BLURRED)) == 1


def _file(tmp_path: Path, text: str, mode: int = 0o600) -> str:
    path = tmp_path / "notices.toml"
    path.write_text(text, encoding="utf-8")
    os.chmod(path, mode)
    return str(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[to]]\nname = "a"\naddress = "no address"', "address is no address"),
        ('[[to]]\nname = "a"\naddress = "json://x"\nboxes = ["disk"]', "there are picture, sound, storage"),
        ('[[to]]\nname = "a"\naddress = "json://x"\nevery_minutes = 0', "1 to 1440"),
        ('[[to]]\nname = "a"\naddress = "json://x"\ncolour = 1', "colour"),
        ('[[to]]\nname = "a"\naddress = "json://x"\n' * 2, "a name of its own"),
        ("[[to", "no TOML"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        read_recipients(_file(tmp_path, text))
    assert "notices.toml" in str(refused.value)


def test_a_file_that_everybody_may_read_is_refused_and_no_secret_is_shown(tmp_path: Path) -> None:
    text = '[[to]]\nname = "a"\naddress = "mailtos://u:hunter2@mail.test?to=x@y.test"'
    with pytest.raises(UsageError, match="everybody may read it"):
        read_recipients(_file(tmp_path, text, 0o644))
    (one,) = read_recipients(_file(tmp_path, text))
    assert "hunter2" not in shown(one)
    assert shown(Recipient(name="hook", address="json://token-in-place-of-a-host")) == "json://***"


def test_send_a_test_says_who_was_reached_and_who_was_not(tmp_path: Path, webhook: tuple[str, list[bytes]]) -> None:
    address, bodies = webhook
    path = _file(tmp_path, f'[[to]]\nname = "hook"\naddress = "{address}"\n')
    settings = tmp_path / "appliance.toml"
    settings.write_text(f'state = "{tmp_path}"\nnotices = "{path}"\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["--settings", str(settings), "notices", "--test"])
    assert (done.exit_code, len(bodies)) == (0, 1), done.output
    assert "hook: json://***" in done.output
    assert "sent" in done.output
    _file(tmp_path, '[[to]]\nname = "gone"\naddress = "json://127.0.0.1:1/x"\n')
    done = CliRunner().invoke(main, ["--settings", str(settings), "notices", "--test"])
    assert done.exit_code == 1
    assert "NOT SENT" in done.output

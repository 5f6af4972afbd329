"""Guessing: of passwords, of codes, for both seats and in the middle of work; and what a guesser learns by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest

from appliance.keeper.composition import open_keeper
from appliance.keeper.process import serve
from appliance.storage.files import RealFs
from appliance.vault.keys.passwords import Hasher
from tests.access.office import MANAGING, Office, act_id
from tests.access.test_routes import OfficeSite
from tests.attack.client import Answer, Attacker
from tests.attack.tally import Tally, row_of
from tests.box import EVERYBODY, OFFICER, UNIT_HEAD, make_box, testcard
from tests.footage import FilmClock

SECOND_NS = 10**9
LOCKED_NS = 15 * 60 * SECOND_NS
WRONG, OWN = "a long password that is wrong", "chosen by the person alone"
WAIT, NO = "此帳號於本電腦連續輸入錯誤 5 次，請於", "帳號、密碼或驗證碼不符，"


class _Scene:
    """A real keeper whose clock is moved by hand, and its site. ``hashed`` counts passwords that were looked at."""

    def __init__(self, office: Office, site: OfficeSite, clock: FilmClock, tally: Tally, hashed: list[str]) -> None:
        self.office, self.clock, self.hashed, self._tally, self._site = office, clock, hashed, tally, site

    def attacker(self, session: str = "", source: str = "") -> Attacker:
        return Attacker(self._site.settings.web.port, str(self._site.authority), self._tally, session, source)

    def person(self, role: str = "staff") -> str:
        """The account of somebody new, with an own password and the factor that the role takes."""
        name = f"p{act_id()[:12]}"
        self.office.add(name, role)
        return name

    def wait(self, seconds: float) -> None:
        self.clock.at_ns += int(seconds * SECOND_NS)

    def five_wrong(self, guess: Callable[[], Answer]) -> None:
        """Five wrong guesses, each of which is looked at, and one that is not."""
        before = len(self.hashed)
        for _ in range(6):
            assert guess().status == 403
        assert len(self.hashed) == before + 5


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, tally: Tally) -> Iterator[_Scene]:
    with make_box(tmp_path_factory.mktemp("guessed") / "office", [testcard("01")]) as box:
        clock, hashed = FilmClock(box.made_ns), list[str]()
        verify = Hasher.verify

        def counted(hasher: Hasher, password: str, verifier: str | None) -> bool:
            hashed.append(password)
            return verify(hasher, password, verifier)

        with pytest.MonkeyPatch.context() as patched, open_keeper(box.settings, RealFs(), clock) as keeper:
            patched.setattr(Hasher, "verify", counted)
            server = serve(keeper, EVERYBODY)
            try:
                with OfficeSite(box) as site:
                    yield _Scene(Office(keeper, clock), site, clock, tally, hashed)
            finally:
                server.close()


def _log_in(scene: _Scene, name: str, password: str, code: str = "", source: str = "") -> Answer:
    form = {"name": name, "password": password, "totp": code}
    return scene.attacker(source=source).post("/login", form, attack="guessed password")


def test_wrong_guesses_at_another_computer_lock_the_owner_out_of_nothing(scene: _Scene) -> None:
    """Somebody on the network who knows a name and no password."""
    name = scene.person()
    here = scene.attacker(_log_in(scene, name, OWN).cookie("__Host-sid"))
    scene.five_wrong(lambda: _log_in(scene, name, WRONG, source="127.0.0.2"))
    assert WAIT in _log_in(scene, name, OWN, source="127.0.0.2").text
    assert _log_in(scene, name, OWN).status == 303, "the owner logs in at the own computer"
    assert here.post("/account/factor", {"seat": "1", "password": OWN}).status == 200, "and signs in an open session"


def test_the_right_password_is_taken_at_once_after_four_wrong_ones(scene: _Scene) -> None:
    name = scene.person()
    for _ in range(4):
        assert NO in _log_in(scene, name, WRONG).text
    assert _log_in(scene, name, OWN).status == 303


def test_five_wrong_passwords_lock_the_name_there_for_a_quarter_of_an_hour(scene: _Scene) -> None:
    name = scene.person()
    scene.five_wrong(lambda: _log_in(scene, name, WRONG))
    scene.clock.at_ns += LOCKED_NS - SECOND_NS
    locked = _log_in(scene, name, OWN)
    assert locked.status == 403, "the right one opens nothing while it lasts"
    assert f"{WAIT} 1 秒後再試" in locked.text
    assert f'value="{name}"' in locked.text
    scene.wait(2)
    assert _log_in(scene, name, OWN).status == 303


def test_five_wrong_codes_lock_it_as_well_and_a_code_is_good_once(scene: _Scene) -> None:
    name = scene.person("officer")
    secret = scene.office._factors[name]
    scene.five_wrong(lambda: _log_in(scene, name, OWN, "000000"))
    assert _log_in(scene, name, OWN, pyotp.TOTP(secret).at(scene.clock.at_ns // SECOND_NS)).status == 403
    scene.clock.at_ns += LOCKED_NS + SECOND_NS
    code = pyotp.TOTP(secret).at(scene.clock.at_ns // SECOND_NS)
    assert _log_in(scene, name, OWN, code).status == 303
    again = _log_in(scene, name, OWN, code)
    assert again.status == 403
    assert NO in again.text


def test_the_second_seat_is_guessed_no_faster_and_the_first_stays_logged_in(scene: _Scene) -> None:
    here = scene.attacker(_log_in(scene, scene.person(), OWN).cookie("__Host-sid"))
    other = scene.person()

    def join(password: str) -> Answer:
        return here.post("/join", {"name": other, "password": password}, attack="guessed password")

    scene.five_wrong(lambda: join(WRONG))
    scene.wait(60)
    assert join(OWN).status == 403
    assert _log_in(scene, other, OWN).status == 403, "one lock for both doors"
    assert here.get("/account").status == 200


def test_a_password_typed_to_sign_is_guessed_no_faster(scene: _Scene) -> None:
    """Somebody at a browser that was left open: five guesses there; the owner logs in elsewhere meanwhile."""
    name = scene.person()
    here = scene.attacker(_log_in(scene, name, OWN).cookie("__Host-sid"))

    def sign() -> Answer:
        return here.post("/account/factor", {"seat": "1", "password": WRONG}, attack="guessed password")

    scene.five_wrong(sign)
    scene.wait(60)
    right = here.post("/account/factor", {"seat": "1", "password": OWN}, attack="guessed password")
    assert right.status == 403
    assert f"{name} 之密碼於本次登入連續輸入錯誤 5 次" in right.text
    assert _log_in(scene, name, OWN).status == 303


def test_a_drawn_password_is_guessed_no_faster_and_shows_its_form_to_nobody_else(scene: _Scene) -> None:
    drawn = scene.office.change(
        "person.add", name="fresh", role="staff", start=scene.office.today(), end="", acting=False, display="新人",
        post="課員", unit=MANAGING,
    )["drawn"]  # fmt: skip
    for token in ("", "0" * 32, drawn, "../fresh"):
        form = {"token": token, "new": OWN, "again": OWN, "code": "000000"}
        answer = scene.attacker().post("/login/first", form, attack="guessed token")
        assert answer.goes_to == "/login?first=over"
    scene.five_wrong(lambda: _log_in(scene, "fresh", WRONG))
    scene.wait(60)
    assert _log_in(scene, "fresh", drawn).status == 403


@pytest.mark.parametrize("spelling", ["{0}", " {0} ", "{1}", "{2}"], ids=["as it is", "spaces", "capitals", "wide"])
def test_another_spelling_of_the_name_is_no_further_five_guesses(scene: _Scene, spelling: str) -> None:
    name = scene.person()
    scene.five_wrong(lambda: _log_in(scene, name, WRONG))
    wide = "".join(chr(ord(each) + 0xFEE0) for each in name)
    before = len(scene.hashed)
    assert _log_in(scene, spelling.format(name, name.upper(), wide), WRONG).status == 403
    assert len(scene.hashed) == before


def test_whether_there_is_such_an_account_shows_neither_in_words_nor_in_work(scene: _Scene) -> None:
    """A name that nobody has, one whose account is closed, one with a wrong password, one with a wrong code: the same
    page, and one password looked at for each."""
    closed, living, coded = scene.person(), scene.person(), scene.person("officer")
    scene.office.change("person.close", name=closed)
    said: set[str] = set()
    for name, password, code in (
        ("nobody-there", WRONG, ""), (closed, OWN, ""), (living, WRONG, ""), (coded, OWN, "000000"),
        ("x" * 60_000, WRONG, ""), ("", WRONG, ""), ("../../etc", WRONG, ""), ("no\0body", WRONG, ""),
    ):  # fmt: skip
        before = len(scene.hashed)
        answer = _log_in(scene, name, password, code)
        assert answer.status == 403
        assert scene.hashed[before:] == [password], name[:20]
        said.add(re.sub(r'id="name"[^>]*>', "", answer.text))
    assert len(said) == 1


def test_a_cookie_is_not_guessed_by_its_beginning(scene: _Scene) -> None:
    """Sessions are looked up by a hash of the token: nothing is compared piece by piece."""
    token = _log_in(scene, scene.person(), OWN).cookie("__Host-sid")
    for at in range(0, 64, 7):
        near = f"{token[:at]}{'0' if token[at] != '0' else '1'}{token[at + 1 :]}"
        assert scene.attacker(near).get("/account", attack="guessed cookie").goes_to.startswith("/login")
    assert scene.attacker(token).get("/account", attack="guessed cookie").status == 200


def test_the_founders_are_locked_out_by_nobody_who_does_not_know_their_names(scene: _Scene) -> None:
    """Guesses at many names lock no other name; they are counted in the ledger, and what was typed is not there."""
    guesses: list[dict[str, Any]] = [{"name": f"guess-{number}", "password": WRONG} for number in range(40)]
    for guess in guesses:
        assert scene.attacker().post("/login", guess, attack="guessed password").status == 403
    assert _log_in(scene, OFFICER.name, OFFICER.password).status == 303
    assert _log_in(scene, UNIT_HEAD.name, UNIT_HEAD.password).status == 303
    keeper = scene.office.keeper
    keeper.attempts.enter()
    entries = keeper.ledger.entries(0, keeper.ledger.size)
    assert any(entry.kind == "login.counted" for entry in entries)
    assert not any(words in str(entry) for entry in entries for words in ("guess-", WRONG))


def test_the_page_of_figures_tells_no_more_than_was_tried(tally: Tally) -> None:
    tried, _, left = row_of("tests/attack/test_guessing.py")
    assert tried <= tally.total, f"{tally.total}: {dict(tally.tried)}"
    assert left == 0

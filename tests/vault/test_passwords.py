"""Passwords: cost, what is good enough, what is drawn."""

from __future__ import annotations

import threading

import pytest

from appliance.core.errors import UsageError
from appliance.vault.keys.passwords import FLOOR, Hasher, HashParams, calibrate, check_password, draw_password
from tests.vault.keycases import CHEAP, drawn


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "昨天下午三點在巷口遇見一位老朋友吃麵",
        "jQ8!vTz#2mLp@9rW",
        "my second bicycle was painted green in Hualien",
    ],
)
def test_a_sentence_or_random_characters_will_do(password: str) -> None:
    check_password(password, ("lin", "林小明", "Sinyi Household Registration Office"))


@pytest.mark.parametrize(
    "password",
    [
        "short but good",
        "passwordpassword",
        "Password12345678!",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "1234567890123456789",
        "qwertyuiopasdfghjkl",
        "1qaz2wsx3edc4rfv5tgb",
        "admin-recorder-2026-cctv",
        "lin.lin.lin.2026.taiwan",
        "Sinyi Household Registration",
        "密碼密碼密碼密碼密碼密碼密碼密碼",
        "x" * 2000,
    ],
)
def test_what_guessing_programs_try_first_will_not(password: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_password(password, ("lin", "林小明", "Sinyi Household Registration Office"))
    assert password not in str(caught.value)


def test_drawn_passwords_are_good_different_and_readable() -> None:
    random = drawn(1)
    passwords = {draw_password(random) for _ in range(50)}
    assert len(passwords) == 50
    for password in passwords:
        check_password(password)
        assert len(password) == 35
        assert all(len(block) == 5 and block.isalpha() for block in password.split("-"))


def test_a_verifier_fits_its_password_and_nothing_else() -> None:
    hasher = Hasher(CHEAP, drawn(2))
    verifier = hasher.verifier("one good password")
    assert verifier.startswith("$argon2id$")
    assert hasher.verify("one good password", verifier)
    assert not hasher.verify("one good password ", verifier)
    assert hasher.verifier("one good password") != verifier, "salted"


def test_nobody_of_that_name_costs_a_hash_too() -> None:
    hasher = Hasher(CHEAP, drawn(2))
    assert not hasher.verify("anything at all", None)


def test_only_one_hash_is_computed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Hasher(HashParams(memory_kib=64, iterations=1), drawn(3))
    verifier = hasher.verifier("x")
    busy, most, guard = 0, 0, threading.Lock()

    class Counting:
        @staticmethod
        def verify_phc_encoded(password: bytes, phc: str) -> None:
            nonlocal busy, most
            with guard:
                busy += 1
                most = max(most, busy)
            threading.Event().wait(0.002)
            with guard:
                busy -= 1

    monkeypatch.setattr("appliance.vault.keys.passwords.Argon2id", Counting)
    threads = [threading.Thread(target=hasher.verify, args=("x", verifier)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


class _Stopwatch:
    """A clock on which each look takes as long as it is told."""

    def __init__(self, *taken_ms: int) -> None:
        self._taken, self._now = list(taken_ms), 0
        self._started = False

    def boot_ns(self) -> int:
        if self._started:
            self._now += self._taken.pop(0) * 1_000_000
        self._started = not self._started
        return self._now

    def wall_ns(self) -> int:
        return 0

    def boot_id(self) -> str:
        return ""

    def trusted(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("taken_ms", "memory_kib", "iterations"),
    [
        ((150,), 64 * 1024, 7),
        ((350,), 64 * 1024, 3),
        ((450,), 64 * 1024, 3),
        ((5,), 64 * 1024, 24),
        ((900, 100), 19 * 1024, 7),
        ((3000, 400), 19 * 1024, 2),
        ((9000, 2000), 19 * 1024, 2),
    ],
)
def test_the_cost_is_measured_and_never_under_the_floor(
    taken_ms: tuple[int, ...], memory_kib: int, iterations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hasher, "key", lambda self, password, salt, params: bytearray(32))
    found = calibrate(_Stopwatch(*taken_ms), drawn(4))
    assert found == HashParams(memory_kib=memory_kib, iterations=iterations)
    assert found.memory_kib >= FLOOR.memory_kib
    assert found.iterations >= FLOOR.iterations

"""Passwords: how they are hashed, which are good enough, and how one is drawn for a trial office.

argon2id (RFC 9106), one computation at a time in the whole process, so that a flood of log-ins cannot starve the
recorder of memory or processor time.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Collection

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from appliance.core.clock import Clock
from appliance.core.errors import UsageError
from appliance.core.model import Record

__all__ = ["FLOOR", "MIN_LENGTH", "HashParams", "Hasher", "calibrate", "check_password", "draw_password"]

MIN_LENGTH = 15
_MAX_LENGTH = 1024
_MIN_OWN_CHARACTERS = 8
_KEY_BYTES = 32
_SALT_BYTES = 16
_TARGET_NS = 350_000_000
_MOST_ITERATIONS = 24


class HashParams(Record, frozen=True, kw_only=True):
    """argon2id's cost: memory in KiB, passes, lanes."""

    memory_kib: int
    iterations: int
    lanes: int = 1


FLOOR = HashParams(memory_kib=19 * 1024, iterations=2)
"""The least that set-up ever chooses (OWASP Password Storage Cheat Sheet)."""

_TARGET = HashParams(memory_kib=64 * 1024, iterations=3)


class Hasher:
    """Computes argon2id, one at a time. ``params`` serve new hashes; stored ones name their own."""

    def __init__(self, params: HashParams, random: Callable[[int], bytes]) -> None:
        self.params, self._random = params, random
        self._one = threading.Semaphore(1)
        self._dummy = ""

    def verifier(self, password: str) -> str:
        """A PHC string to check the password against later; it opens nothing."""
        params = self.params
        kdf = Argon2id(
            salt=self._random(_SALT_BYTES),
            length=_KEY_BYTES,
            iterations=params.iterations,
            lanes=params.lanes,
            memory_cost=params.memory_kib,
        )
        with self._one:
            return kdf.derive_phc_encoded(_normal(password))

    def verify(self, password: str, verifier: str | None) -> bool:
        """Whether the password fits. None (nobody of that name) takes as long and is false."""
        known = verifier is not None
        phc = verifier or self._dummy
        if not phc:
            phc = self._dummy = self.verifier(self._random(_SALT_BYTES).hex())
        with self._one:
            try:
                Argon2id.verify_phc_encoded(_normal(password), phc)
            except InvalidKey:
                return False
        return known

    def key(self, password: str, salt: bytes, params: HashParams) -> bytearray:
        """32 bytes from the password; the caller wipes them."""
        key = bytearray(_KEY_BYTES)
        kdf = Argon2id(
            salt=salt,
            length=_KEY_BYTES,
            iterations=params.iterations,
            lanes=params.lanes,
            memory_cost=params.memory_kib,
        )
        with self._one:
            kdf.derive_into(_normal(password), key)
        return key

    def salt(self) -> bytes:
        return self._random(_SALT_BYTES)


def _normal(password: str) -> bytes:
    """One spelling for what looks the same, whatever the input method composed (NIST SP 800-63B §3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode()


def calibrate(clock: Clock, random: Callable[[int], bytes]) -> HashParams:
    """The cost at which this machine hashes in 0.3 to 0.5 s, never under :data:`FLOOR`. Takes about a second.

    A machine that needs longer than that for 64 MiB and three passes gets the floor's memory instead.
    """
    for start in (_TARGET, FLOOR):
        hasher = Hasher(start, random)
        before = clock.boot_ns()
        hasher.key("calibration", hasher.salt(), start)
        taken = max(1, clock.boot_ns() - before)
        if taken <= 500_000_000:
            iterations = max(start.iterations, min(_MOST_ITERATIONS, start.iterations * _TARGET_NS // taken))
            return HashParams(memory_kib=start.memory_kib, iterations=iterations, lanes=start.lanes)
    return FLOOR


_GUESSED_FIRST = (
    "password passwort passw0rd p@ssw0rd p@ssword pass word admin administrator root user login welcome letmein "
    "iloveyou monkey dragon master sunshine princess football baseball superman batman shadow trustno michael jordan "
    "charlie secret changeme default temp test guest hello whatever starwars computer internet samsung google office "
    "recorder camera cctv viewer security taiwan taipei kaohsiung taichung hukou household registration hello world "
    "qwertyuiop qwerty asdfghjkl asdfgh zxcvbnm zxcvbn 1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik qazwsx qazwsxedc "
    "abcdefghijklmnopqrstuvwxyz abcdef abc123 abcd 0123456789 01234567890 123456789 12345678 123456 12345 1234 123 "
    "9876543210 987654321 654321 54321 ji32k7au4a83 5201314 1314 520 mima 密碼 管理員 監視器 戶政事務所 戶政 台灣 臺灣"
)
_YEAR = re.compile(r"(19|20)\d\d|1[01]\d")
_REPEAT = re.compile(r"(.{1,6}?)\1+")


def check_password(password: str, context: Collection[str] = ()) -> None:
    """Raises UsageError when a password is too short or too easily guessed; says what to do, never the password.

    At least 15 characters, and at least eight different ones left after taking away what guessing programs try first:
    common words and keyboard runs, repeated pieces, years, and the words of ``context`` (account, office, names). No
    rule about kinds of characters and no expiry (NIST SP 800-63B §3.1.1.2).
    """
    if len(password) < MIN_LENGTH:
        raise UsageError.of("account-short", least=MIN_LENGTH)
    if len(password) > _MAX_LENGTH:
        raise UsageError.of("password-long", most=_MAX_LENGTH)
    left = unicodedata.normalize("NFKC", password).casefold()
    words = [word.casefold() for text in context for word in (text, *re.split(r"\W+", text)) if len(word) >= 2]
    for word in sorted({*_GUESSED_FIRST.split(), *words}, key=len, reverse=True):
        left = left.replace(word, "")
    left = _REPEAT.sub(r"\1", _YEAR.sub("", left))
    if len(set(left) - set(" -_.,!?")) < _MIN_OWN_CHARACTERS:
        raise UsageError.of("account-easy")


_CONSONANTS = "bdfghjkmnprstvwz"
_VOWELS = "aeiou"
_BLOCKS = 6


def draw_password(random: Callable[[int], bytes]) -> str:
    """Six pronounceable blocks such as ``tobid-zurep-…``: 6 × 16.6 bits, over 99 bits in all."""
    return "-".join(
        "".join(_pick(letters, random) for letters in (_CONSONANTS, _VOWELS) * 2) + _pick(_CONSONANTS, random)
        for _ in range(_BLOCKS)
    )


def _pick(letters: str, random: Callable[[int], bytes]) -> str:
    """One letter, each equally likely: values past the last whole multiple are drawn again."""
    limit = 256 - 256 % len(letters)
    while True:
        value = random(1)[0]
        if value < limit:
            return letters[value % len(letters)]

"""Accounts: who may log in, with which roles, and how a log-in is proved. One sealed file, replaced atomically.

An account opens nothing by itself: footage needs a keyholder slot besides (``slots.py``). One person, one account;
accounts are disabled, never removed or reused, so that old entries keep their meaning.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec
import pyotp

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotFound, UsageError
from appliance.core.model import Record, from_wire, to_wire
from appliance.services.people.securitykeys import KeyCheck, SecurityKey
from appliance.vault.keys.boxkeys import SealedFile
from appliance.vault.keys.passwords import Hasher, check_password

__all__ = ["Account", "Accounts", "account_name", "check_account"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_STEP_NS = 30_000_000_000
_FORMER = 3
"""How many passwords, the one in force among them, may not come back (防護基準 4-2-5)."""


class Account(Record, frozen=True, kw_only=True):
    """``name`` is the account, ``display`` the person's name on papers, ``roles`` as in ``rules``.

    ``totp_counter`` is the last time step that was used: each code logs in once (RFC 6238 §5.2). ``slot_id`` names the
    keyholder slot; empty for people who can log in but not unlock. ``roles``, ``unit`` and ``post`` are those of
    set-up; whoever came later has none here (``peoplebook.py``). ``must_change``: the password was drawn by the machine
    and opens nothing but the form for an own one. ``suspended``: nothing proves a log-in and the slot opens nothing
    until two people reopen it. ``former`` are the verifiers before, newest first. ``used_ns`` is the last log-in. One
    of ``keys`` is a second factor in place of a code.
    """

    name: str
    display: str
    roles: tuple[str, ...]
    verifier: str
    totp_secret: str = ""
    totp_counter: int = 0
    enabled: bool = True
    slot_id: str = ""
    must_change: bool = False
    former: tuple[str, ...] = ()
    used_ns: int = 0
    keys: tuple[SecurityKey, ...] = ()
    suspended: bool = False
    unit: str = ""
    post: str = ""

    @property
    def open(self) -> bool:
        """Whether anything proves a log-in."""
        return self.enabled and not self.suspended

    @property
    def has_factor(self) -> bool:
        """Whether a log-in takes a second factor: a code, or a security key that is not doubted."""
        return bool(self.totp_secret) or any(not key.doubted for key in self.keys)

    def __repr__(self) -> str:
        return f"<account {self.name}, {'open' if self.open else 'suspended' if self.enabled else 'disabled'}>"


class _TotpCheck:
    """Time-based one-time passwords, one step of tolerance to either side."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def counter(self, secret: str, used: int, code: str) -> int | None:
        """The time step that ``code`` proves, typed in digits of any width, later than ``used``; None when it proves
        none. Without a secret any code will do, and none is used up."""
        if not secret:
            return used
        totp = pyotp.TOTP(secret)
        now = self._clock.wall_ns() // _STEP_NS
        steps = [step for step in (now - 1, now, now + 1) if step > used]
        digits = "".join(unicodedata.normalize("NFKC", code).split())
        return next((step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), digits)), None)


class Accounts:
    """The office's accounts, read once and held; every change is durable before it returns. Thread-safe."""

    def __init__(self, file: SealedFile, hasher: Hasher, clock: Clock) -> None:
        self._file, self.hasher, self._clock = file, hasher, clock
        self._totp = _TotpCheck(clock)
        self._lock = threading.RLock()
        try:
            self._accounts = {account.name: account for account in from_wire(file.read(), tuple[Account, ...])}
        except msgspec.MsgspecError as error:
            raise Damaged(f"{file.path}: it holds no accounts ({error}); restore the backup") from error

    @classmethod
    def create(cls, file: SealedFile, accounts: Sequence[Account], hasher: Hasher, clock: Clock) -> Accounts:
        """The file with these accounts, durable."""
        file.write(to_wire(tuple(accounts)))
        return cls(file, hasher, clock)

    def __iter__(self) -> Iterator[Account]:
        return iter(sorted(self._accounts.values(), key=lambda account: account.name))

    def find(self, name: str) -> Account | None:
        return self._accounts.get(account_name(name))

    def get(self, name: str) -> Account:
        """Raises NotFound."""
        account = self.find(name)
        if account is None:
            raise NotFound.of("account-none", name=repr(name))
        return account

    def prove(self, name: str, password: str, totp: str, key: KeyCheck | None = None) -> Account | None:
        """The account when password and second factor both fit and it is open; else None, after the same time. The
        factor is a code or, with ``key``, a security key's proof; an account that has neither proves by its password
        alone, and whether that is enough is judged by the log-in.

        A code that fits is used up, durably, before this returns, and so is a key's count. Raises NotWritable when that
        cannot be noted.
        """
        account = self.find(name)
        fits = self.hasher.verify(password, (account.verifier or None) if account and account.open else None)
        if account is None or not fits:
            return None
        with self._lock:
            account = self.get(account.name)
            if key is not None:
                return self._with_key(account, key)
            if account.keys and not account.totp_secret:
                return None
            counter = self._totp.counter(account.totp_secret, account.totp_counter, totp)
            if counter is None:
                return None
            return self._put(msgspec.structs.replace(account, totp_counter=counter, used_ns=self._clock.wall_ns()))

    def _with_key(self, account: Account, key: KeyCheck) -> Account | None:
        tried = key(account.keys)
        if tried.keys != account.keys:
            account = self._put(msgspec.structs.replace(account, keys=tried.keys))
        if not tried.fits:
            return None
        return self._put(msgspec.structs.replace(account, used_ns=self._clock.wall_ns()))

    def prove_password(self, name: str, password: str) -> bool:
        """Whether this is the password of an open account; for a person who is logged in already."""
        account = self.find(name)
        return self.hasher.verify(password, (account.verifier or None) if account and account.open else None)

    # --- changes: callers have the right and enter them in the ledger first ---

    def add(self, account: Account) -> None:
        """Raises UsageError for a name that is taken or malformed."""
        with self._lock:
            if account.name in self._accounts:
                raise UsageError.of("people-taken", name=f"{account.name!r}")
            check_account(account)
            self._put(account)

    def set_verifier(self, name: str, verifier: str) -> None:
        """Another password, of the person's own choice."""
        with self._lock:
            account = self.get(name)
            former = (account.verifier, *account.former)[: _FORMER - 1]
            self._change(name, verifier=verifier, former=former)

    def set_first(self, name: str, verifier: str, secret: str, code: str) -> None:
        """The own password in place of the drawn one, and a second factor where ``secret`` is one, in one write."""
        counter = self._totp.counter(secret, 0, code) or 0
        self._change(name, verifier=verifier, must_change=False, totp_secret=secret, totp_counter=counter)

    def set_initial(self, name: str, verifier: str) -> None:
        """A password that the machine drew: it opens the form for an own one, once, and the second factor is gone."""
        with self._lock:
            account = self.get(name)
            own = () if account.must_change else (account.verifier,)
            self._change(
                name,
                verifier=verifier,
                former=(*own, *account.former)[:_FORMER],
                must_change=True,
                totp_secret="",
                totp_counter=0,
                keys=(),
            )

    def proves_factor(self, secret: str, code: str) -> bool:
        """Whether ``code`` is one that this secret shows now."""
        return self._totp.counter(secret, 0, code) is not None

    def set_totp(self, name: str, secret: str, code: str = "") -> None:
        """Another second factor; ``code``, which proved it, logs in no more."""
        counter = self._totp.counter(secret, 0, code) or 0
        self._change(name, totp_secret=secret, totp_counter=counter)

    def set_keys(self, name: str, keys: tuple[SecurityKey, ...]) -> None:
        self._change(name, keys=keys)

    def set_display(self, name: str, display: str) -> None:
        self._change(name, display=display)

    def set_slot(self, name: str, slot_id: str) -> None:
        self._change(name, slot_id=slot_id)

    def set_enabled(self, name: str, enabled: bool) -> None:
        self._change(name, enabled=enabled)

    def set_suspended(self, name: str, suspended: bool) -> None:
        self._change(name, suspended=suspended)

    def check_password(self, name: str, password: str) -> None:
        """Raises UsageError when the password is not good enough for this person, or was one of the last three."""
        account = self.get(name)
        check_password(password, (account.name, account.display))
        used = account.former if account.must_change else (account.verifier, *account.former)
        if any(verifier and self.hasher.verify(password, verifier) for verifier in used):
            raise UsageError.of("account-used", count=_FORMER)

    def _change(self, name: str, **values: object) -> None:
        with self._lock:
            changed = msgspec.structs.replace(self.get(name), **values)
            check_account(changed)
            self._put(changed)

    def _put(self, account: Account) -> Account:
        with self._lock:
            accounts = {**self._accounts, account.name: account}
            self._file.write(to_wire(tuple(accounts.values())))
            self._accounts = accounts
            return account


def account_name(typed: str) -> str:
    """The account that was meant: names are lower case, and of plain letters and digits however wide they are typed."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def check_account(account: Account) -> None:
    """Raises UsageError naming what is wrong."""
    if not _NAME.fullmatch(account.name):
        raise UsageError.of("people-malformed", name=f"{account.name!r}")
    if not account.display.strip():
        raise UsageError.of("account-name", account=account.name)
    if account.totp_secret:
        try:
            pyotp.TOTP(account.totp_secret).byte_secret()
        except ValueError as error:
            raise UsageError.of("account-secret", account=account.name) from error

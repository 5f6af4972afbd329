"""Security keys (WebAuthn) as a second factor beside the code: enrolled by the person, proved at a log-in.

The relying party is the host name under which the office reaches the box, the origin its address: a key answers to
no other site, so a page that imitates this one gets nothing that opens it. Challenges are made here and kept nowhere:
one is its own proof of being ours and young, and is used once. Keys are asked for without a name (discoverable), so the
door says of nobody whether there is a key. Source: WebAuthn Level 2 §7.1, §7.2; NIST SP 800-63B-4.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Refused, UsageError
from appliance.core.model import Record

__all__ = ["MAX_KEYS", "KeyCheck", "ProofResult", "SecurityKey", "SecurityKeys"]

MAX_KEYS = 5
"""Of one person: one that is used, one in the drawer, and some to spare."""

_MOST_CHARACTERS = 16_384
_CHALLENGE_NS = 5 * 60 * 1_000_000_000
_BYTES = 16
_MALFORMED = (msgspec.MsgspecError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading something else than a key's answer raises."""


class SecurityKey(Record, frozen=True, kw_only=True):
    """``key_id`` and ``public_key`` as browsers write them. ``count``: of signatures, as the key said last; a key that
    counts nothing says 0. ``doubted``: it counted backwards, so it may have a copy, and opens nothing any more."""

    key_id: str
    public_key: str
    count: int = 0
    label: str = ""
    added_ns: int = 0
    used_ns: int = 0
    doubted: bool = False


class ProofResult(Record, frozen=True, kw_only=True):
    """What a proof came to: the person's keys as they are now, and whether it fits."""

    keys: tuple[SecurityKey, ...]
    fits: bool


KeyCheck = Callable[[Sequence[SecurityKey]], ProofResult]
"""Holds a proof against somebody's keys."""


class SecurityKeys:
    """Thread-safe. ``host`` is the name in the address; under an address of numbers browsers use no keys."""

    def __init__(
        self, host: str, origins: Sequence[str], office: str, clock: Clock, random: Callable[[int], bytes]
    ) -> None:
        self._host, self._origins, self._office = host, list(origins), office
        self._clock, self._random, self._secret = clock, random, random(32)
        self._lock = threading.Lock()
        self._spent: dict[bytes, int] = {}

    @property
    def possible(self) -> bool:
        """Whether browsers use keys at this address at all."""
        try:
            ipaddress.ip_address(self._host.strip("[]"))
        except ValueError:
            return True
        return False

    # --- enrolling ---

    def options_for(self, name: str, display: str, keys: Sequence[SecurityKey]) -> dict[str, Any]:
        """What the browser is asked to make a key with. Raises Refused where there can be none."""
        if not self.possible:
            raise Refused.of("key-address", host=self._host)
        if len(keys) >= MAX_KEYS:
            raise Refused.of("key-most", most=MAX_KEYS)
        from webauthn import generate_registration_options
        from webauthn.helpers import options_to_json_dict
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        options = generate_registration_options(
            rp_id=self._host,
            rp_name=self._office,
            user_name=name,
            user_display_name=display,
            user_id=hashlib.sha256(f"{self._host} {name}".encode()).digest()[:_BYTES],
            challenge=self.challenge(name),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=_plain(key.key_id)) for key in keys],
        )
        return dict(options_to_json_dict(options))

    def enrolled(self, credential: str, name: str, keys: Sequence[SecurityKey], label: str) -> SecurityKey:
        """The key that ``name``'s browser made. Raises Refused for one that answers something else, or was asked of
        somebody else: each enrolment begins with the password."""
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            made = verify_registration_response(
                credential=_checked(credential),
                expected_challenge=self._spend(credential, name),
                expected_rp_id=self._host,
                expected_origin=self._origins,
            )
        except (WebAuthnException, *_MALFORMED) as error:
            raise Refused.of("key-fit") from error
        key_id = _written(made.credential_id)
        if any(key.key_id == key_id for key in keys):
            raise UsageError.of("key-known")
        return SecurityKey(
            key_id=key_id,
            public_key=_written(made.credential_public_key),
            count=made.sign_count,
            label=label,
            added_ns=self._clock.wall_ns(),
        )

    # --- proving ---

    def challenge(self, name: str = "") -> bytes:
        """For five minutes and one use: a log-in's, or the enrolment's of ``name``. Nothing is kept of it until it is
        used."""
        said = self._random(_BYTES) + self._clock.boot_ns().to_bytes(8, "big")
        return said + self._mark(said, name)

    def request(self) -> dict[str, Any]:
        """What the browser is asked to prove with a key of this site, whosever it is."""
        return {"challenge": _written(self.challenge()), "rpId": self._host, "userVerification": "preferred"}

    def check(self, credential: str) -> KeyCheck:
        """The proof in ``credential``, to be held against the keys of whoever logs in."""
        return lambda keys: self._tried(credential, tuple(keys))

    # --- inside ---

    def _tried(self, credential: str, keys: tuple[SecurityKey, ...]) -> ProofResult:
        from webauthn import verify_authentication_response
        from webauthn.helpers.exceptions import WebAuthnException

        no = ProofResult(keys=keys, fits=False)
        try:
            told = _checked(credential)
            key = next((each for each in keys if each.key_id == told.get("id") and not each.doubted), None)
            if key is None:
                return no
            proved = verify_authentication_response(
                credential=told,
                expected_challenge=self._spend(credential),
                expected_rp_id=self._host,
                expected_origin=self._origins,
                credential_public_key=_plain(key.public_key),
                credential_current_sign_count=0,  # how it counted is judged here, so that a copy is told and not lost
            )
        except (WebAuthnException, Refused, *_MALFORMED):
            return no
        backwards = bool(proved.new_sign_count or key.count) and proved.new_sign_count <= key.count
        if backwards:
            after = msgspec.structs.replace(key, doubted=True)
        else:
            after = msgspec.structs.replace(key, count=proved.new_sign_count, used_ns=self._clock.wall_ns())
        return ProofResult(keys=tuple(after if each is key else each for each in keys), fits=not backwards)

    def _spend(self, credential: str, name: str = "") -> bytes:
        """The challenge that was answered, used up. Raises Refused for one that is not ours, over, or used."""
        client = msgspec.json.decode(_plain(str(_checked(credential)["response"]["clientDataJSON"])))
        found = _plain(str(client["challenge"]))
        said, mark = found[: _BYTES + 8], found[_BYTES + 8 :]
        now_ns, made_ns = self._clock.boot_ns(), int.from_bytes(said[_BYTES:], "big")
        if not hmac.compare_digest(mark, self._mark(said, name)) or not 0 <= now_ns - made_ns < _CHALLENGE_NS:
            raise Refused.of("key-late")
        with self._lock:
            self._spent = {each: at_ns for each, at_ns in self._spent.items() if now_ns - at_ns < _CHALLENGE_NS}
            if said in self._spent:
                raise Refused.of("key-again")
            self._spent[said] = made_ns
        return found

    def _mark(self, said: bytes, name: str) -> bytes:
        return hmac.digest(self._secret, said + name.encode(), "sha256")


def _checked(credential: str) -> dict[str, Any]:
    """Raises ValueError."""
    if len(credential) > _MOST_CHARACTERS:
        raise ValueError("a key's answer is shorter")
    told = msgspec.json.decode(credential)
    if not isinstance(told, dict) or not isinstance(told.get("response"), dict):
        raise ValueError("a key's answer is an object")
    return told


def _written(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

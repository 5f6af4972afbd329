"""Who is told: a file of its own, for addresses hold passwords. Read once at start, checked strictly."""

from __future__ import annotations

import os
import re
import tomllib
from typing import Literal

import msgspec

from appliance.api.check_records import BOXES
from appliance.core.errors import UsageError
from appliance.core.redaction import redact, url_secrets

__all__ = ["Recipient", "read_recipients", "shown"]

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_MOST, _LONGEST = 20, 500
_MINUTES = range(1, 1441)


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``address``: an Apprise address, for instance ``mailtos://user:password@example.com?to=office@example.com``;
    ``boxes``: of which boxes of the inspection log; ``every_minutes``: at most one notice in so many."""

    name: str
    address: str
    language: Literal["zh", "en"] = "zh"
    boxes: tuple[str, ...] = BOXES
    every_minutes: int = 10

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > 40 or not self.name.isprintable():
            raise ValueError(f"name = {self.name!r:.50}; a name for people, of 1 to 40 letters, is needed")
        if not _SCHEME.fullmatch(self.address) or len(self.address) > _LONGEST:
            raise ValueError(f"{self.name}: address is no address such as mailtos://user:password@example.com")
        if not self.boxes or set(self.boxes) - set(BOXES):
            raise ValueError(f"{self.name}: boxes = {list(self.boxes)}; there are {', '.join(BOXES)}")
        if self.every_minutes not in _MINUTES:
            raise ValueError(f"{self.name}: every_minutes = {self.every_minutes}; 1 to 1440 are possible")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: tuple[Recipient, ...] = ()


def read_recipients(path: str) -> tuple[Recipient, ...]:
    """Those whom the file names; none where ``path`` is "". Raises UsageError, which repeats no address."""
    if not path:
        return ()
    try:
        if os.stat(path).st_mode & 0o007:
            raise UsageError.of("notices-open", path=path)
        with open(path, "rb") as file:
            found = msgspec.convert(tomllib.load(file), _File).to
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no TOML in UTF-8"
        raise UsageError.of("notices-unread", path=path, why=why) from None
    except msgspec.ValidationError as error:
        raise UsageError.of("notices-wrong", path=path, why=error) from None
    names = [one.name for one in found]
    if len(set(names)) < len(names) or len(names) > _MOST:
        raise UsageError.of("notices-names", path=path, most=_MOST)
    return found


def shown(recipient: Recipient) -> str:
    """Its address without secrets: the kind and the host alone."""
    kind, _, rest = recipient.address.partition("://")
    host = rest.rsplit("@", 1)[-1].split("/", 1)[0].split("?", 1)[0] if "@" in rest else "***"
    return redact(f"{kind}://{host}", url_secrets(recipient.address))

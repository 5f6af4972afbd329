"""Which medium may hold an agency's copy, by the register of media (``domain`` 2.9, ``T-49``)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from appliance.core.errors import Refused
from appliance.rules.registers.media import MediumState, plain_serial
from appliance.rules.registers.shape import Item

__all__ = ["CopyMedia"]

_MAY_HOLD = frozenset({MediumState.STORED, MediumState.IN_USE})


class CopyMedia:
    """``items``: the register of media, by number."""

    def __init__(self, items: Callable[[], Mapping[str, Item]]) -> None:
        self._items = items

    def number_of(self, serial: str) -> str:
        """The number under which a serial number is registered; "" for none."""
        wanted = plain_serial(serial)
        found = (item.number for item in self._items().values() if plain_serial(str(item.value("serial"))) == wanted)
        return next(found, "")

    def need(self, serial: str, used: Collection[str]) -> str:
        """The number of the medium with this serial number, that may be written now. ``used``: the numbers of those
        that a copy was made on before: each is used once, so that no copy is ever written over another.

        Raises Refused, saying what is to be done in the register.
        """
        number = self.number_of(serial)
        if not number:
            raise Refused.of("agency-medium-unregistered", serial=serial)
        item = self._items()[number]
        if number in used:
            raise Refused.of("agency-medium-used", medium=number)
        if item.state not in _MAY_HOLD:
            raise Refused.of("agency-medium-state", medium=number, state=_zh(item.state))
        if item.value("holds") != "copy":
            raise Refused.of("agency-medium-holds", medium=number)
        return number

    def may_hold(self, number: str) -> bool:
        """Whether the register still lets it hold a copy."""
        item = self._items().get(number)
        return item is not None and item.state in _MAY_HOLD and item.value("holds") == "copy"

    def is_destroyed(self, number: str) -> bool:
        """Whether its destruction was performed and witnessed."""
        item = self._items().get(number)
        return item is not None and item.state == MediumState.DESTROYED


def _zh(state: str) -> str:
    return next((each.zh for each in MediumState if each == state), state)

"""The registers in words: fields, answers, states, acts, and what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from appliance.core.messages import Said
from appliance.protocol.registers import DataFileNotice, Links
from appliance.rules.registers.shape import Field, Register, Widget
from appliance.web.i18n import roc_time
from appliance.web.i18n.messages import Messages
from appliance.web.pages.status.view import finding_text

__all__ = ["Answer", "RegisterWords"]


class Answer(NamedTuple):
    """``prose``: words that somebody typed, to be shown as typed. ``href``: where a link leads, "" for nowhere."""

    label: str
    text: str
    prose: bool = False
    href: str = ""


class RegisterWords:
    """Of one register, in one language. ``links``: how what a field names is called."""

    def __init__(self, messages: Messages, lang: str, register: Register, links: Links | None = None) -> None:
        self._messages, self.lang, self.register = messages, lang, register
        self._fields = register.fields()
        self.listed = partial(messages.listed, lang=lang)
        self._called = {number: words for named in (links or {}).values() for number, words in named}

    def text(self, code: str, **values: Any) -> str:
        return self._messages.text(code, self.lang, **values)

    def moment(self, at_ns: int) -> str:
        return roc_time.moment_text(at_ns, self.lang)

    def field(self, name: str) -> str:
        return self.text(self._own("register-field", name))

    def hint(self, name: str) -> str:
        """What a field's input says besides; "" for nothing."""
        code = self._own("register-hint", name)
        return self.text(code) if code in self._messages else ""

    def _own(self, subject: str, name: str) -> str:
        """The register's own words for a field, where it has some; else those of all."""
        plain = name.replace("_", "-")
        own = f"{subject}.{self.register.code}-{plain}"
        return own if own in self._messages else f"{subject}.{plain}"

    def finding(self, key: str, text: Said = "") -> str:
        """What the machine saw, by its key; ``text``: its own words."""
        return finding_text(self._messages, self.lang, key, text)

    def state(self, state: str) -> str:
        return self.text(f"register-state.{self.register.code}-{state.replace('_', '-')}")

    def event(self, event: str) -> str:
        return self.text(f"register-event.{self.register.code}-{event.replace('_', '-')}")

    def cell(self, cell: str) -> str:
        return self.text(f"register-cell.{self.register.code}-{cell.replace('_', '-')}")

    def choice(self, name: str, choice: str) -> str:
        return self.text(f"register-choice.{name.replace('_', '-')}-{choice.replace('_', '-')}")

    def lacks(self, codes: Iterable[str]) -> list[str]:
        """A sentence for each code of what is missing, each once."""
        return list(dict.fromkeys(self._lack(str(code)) for code in codes))

    def role(self, role: str) -> str:
        return self.text(f"role.{role}") if f"role.{role}" in self._messages else role

    def answers(self, values: Mapping[str, Any], names: Iterable[str] | None = None) -> list[Answer]:
        """What was answered, in the table's order; what nobody answered is left out."""
        wanted = self._fields if names is None else {name: self._fields[name] for name in names}
        return [self._answer(field, values[name]) for name, field in wanted.items() if values.get(name)]

    def notice(self, notice: DataFileNotice) -> list[tuple[str, str]]:
        """The items of PDPA 17, each with its name."""
        reach = "　".join(filter(None, (notice.unit, notice.phone, notice.address)))
        purposes = self.listed(self.text(f"camera-choice.{each.replace('_', '-')}") for each in notice.purposes)
        categories = self.listed(self.text(f"register-notice.category-{each}") for each in notice.categories)
        told = {
            "file": self.text("register-notice.file-name"),
            "agency": notice.agency,
            "reach": reach or "—",
            "basis": notice.basis,
            "purposes": purposes,
            "categories": categories,
        }
        return [(self.text(f"register-notice.{name}"), text) for name, text in told.items()]

    def shown(self, name: str, value: Any) -> str:
        """One answer; a dash where there is none."""
        return self._answer(self._fields[name], value).text if value else "—"

    def _answer(self, field: Field, value: Any) -> Answer:
        label, look = self.field(field.name), field.look
        if field.of == "findings":
            return Answer(label, self.finding(str(value)))
        if look is Widget.LINK:
            called = self._called.get(str(value), "")
            named = called if field.of == "people" else f"{value} {called}".strip()
            return Answer(label, named or str(value), href=_address(field, str(value)))
        if look in (Widget.WORDS, Widget.TEXT):
            return Answer(label, str(value), prose=True)
        return Answer(label, self._plain(field, value), prose=look in (Widget.LINES, Widget.RANGES))

    def _plain(self, field: Field, value: Any) -> str:
        look = field.look
        if look is Widget.CHOICE:
            return self.choice(field.name, str(value))
        if look is Widget.TICKS:
            return self.listed(self.choice(field.name, str(each)) for each in value)
        if look is Widget.TICK:
            return self.text("register.yes")
        if look is Widget.DAY:
            return roc_time.date_text(str(value), self.lang)
        if look is Widget.MOMENT:
            return roc_time.moment_text(int(value), self.lang)
        if look is Widget.RANGES:
            return "\n".join(self._range(each) for each in value)
        return "\n".join(map(str, value)) if look is Widget.LINES else self.listed(map(str, value))

    def _range(self, span: Mapping[str, Any]) -> str:
        start, end = (roc_time.moment_text(int(span[name]), self.lang) for name in ("start_ns", "end_ns"))
        return f"{span['camera_no']}　{start} – {end}" if self.lang == "zh" else f"{span['camera_no']}: {start} – {end}"

    def _lack(self, code: str) -> str:
        kind, _, thing = code.partition(":")
        if kind.startswith("lacks_") and kind[6:] in self._fields:
            return self.text("register.lacks", what=self.field(kind[6:]))
        if f"register-lack.{kind.replace('_', '-')}" in self._messages:
            return self.text(f"register-lack.{kind.replace('_', '-')}", thing=thing or "○○")
        if f"register-cell.{self.register.code}-{kind}" in self._messages:
            return self.cell(kind)
        if f"register-event.{self.register.code}-{kind.replace('_', '-')}" in self._messages:
            return self.event(kind)
        return self.role(kind)


def _address(field: Field, value: str) -> str:
    if field.of == "tickets":
        return f"/inspection/tickets/{value}"
    return "" if field.of == "people" else f"/register/{field.of}/{value}"

"""The codes of the case tables as words: events, roles, what is missing, and why somebody may not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from appliance.rules.cases.views import RefusalView
from appliance.rules.document_number import like_doc_no
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import day_text

__all__ = ["CaseWords"]


class CaseWords:
    """In one language. ``names``: display names by account, as far as they are known here."""

    def __init__(self, messages: Messages, lang: str, names: Mapping[str, str]) -> None:
        self.messages, self.lang, self._names = messages, lang, names
        self.text = partial(self._text)

    def _text(self, code: str, **values: object) -> str:
        return self.messages.text(code, self.lang, **values)

    def knows(self, code: str) -> bool:
        return code in self.messages

    def listed(self, texts: Iterable[str]) -> str:
        return self.messages.listed(texts, self.lang)

    def noted(self, text: str, note: str) -> str:
        """The text with a note behind it in brackets, where there is one."""
        return (f"{text}（{note}）" if self.lang == "zh" else f"{text} ({note})") if note else text

    def of(self, subject: str, code: str) -> str:
        """The words of a code; a code that this version does not know stands for itself."""
        name = f"{subject}.{code.replace('_', '-')}"
        return self._text(name) if self.knows(name) else code

    def label(self, field: str, form: str = "") -> str:
        """The name of a field, which may have another in some form; the desk's own where it is the desk's."""
        name, part = field.replace("/", "-").replace("_", "-"), field.rpartition("/")[2].replace("_", "-")
        codes = (f"case-field.{form.replace('_', '-')}-{name}", f"case-field.{name}", f"intake.{part}")
        return next((self._text(code) for code in codes if self.knows(code)), field)

    def hint(self, field: str, form: str, kind: str, **values: object) -> str:
        """What is said below a field, in some form or kind of case in words of its own; "" where there is nothing."""
        name = field.replace("/", "-").replace("_", "-")
        codes = (f"case-field.{form.replace('_', '-')}-{name}-hint", f"case-field.{name}-{kind.lower()}-hint",
                 f"case-field.{name}-hint")  # fmt: skip
        return next((self._text(code, **values) for code in codes if self.knows(code)), "")

    def choice(self, field: str, value: str) -> str:
        """One of the values of a field; what the office wrote itself stands for itself."""
        name, part = field.replace("/", "-").replace("_", "-"), field.rpartition("/")[2].replace("_", "-")
        value_name = value.replace("_", "-") or "none"
        codes = (f"case-choice.{name}-{value_name}", f"intake.{part}-{value_name}", f"case-choice.{part}-{value_name}")
        return next((self._text(code) for code in codes if self.knows(code)), value)

    def cause(self, code: str) -> str:
        """Why footage is missing; what stands behind its colon is for the log."""
        return self.of("cause", code.split(":")[0].strip() or "unknown")

    def event(self, code: str) -> str:
        return self.of("case-event", code)

    def step(self, form: str) -> str:
        """What is to be done in a form of that name."""
        code = f"case-form.{form.replace('_', '-')}"
        return self._text(code) if self.knows(code) else self.event(form)

    def day_of_ns(self, wall_ns: int) -> str:
        """The local day of a moment."""
        return day_text(wall_ns, self.lang)

    def person(self, account: str) -> str:
        return self._names.get(account, account)

    def role(self, code: str) -> str:
        return self._text(f"role.{code}") if self.knows(f"role.{code}") else code

    def roles(self, codes: Iterable[str]) -> str:
        """``A、B或C``."""
        *more, last = [self.role(code) for code in codes if code != "system"] or [""]
        return ("或" if self.lang == "zh" else " or ").join(filter(None, (self.listed(more), last)))

    def lack(self, code: str) -> str:
        """One missing thing."""
        if code.startswith("check_"):
            return self._text("case-page.unanswered", line=self.of("case-check", code.removeprefix("check_")))
        if code.startswith("cell_"):
            return self._text("case-page.cell-empty", cell=self.of("case-cell", code.removeprefix("cell_")))
        if code == "no_copies":
            return self._text("case-page.no-copies")
        name, _, of = code.partition(":")
        text = f"case-lack.{name.replace('_', '-')}"
        return self._text(text, of=of, what=of, example=like_doc_no(of)) if self.knows(text) else code

    def found(self, code: str, text: str) -> str:
        """An item of 形式審查 with what was found wrong with it; without words of its own, what
        is to be brought or written."""
        if not text:
            ask = f"case-ask.{code.replace('_', '-')}"
            return self._text(ask) if self.knows(ask) else self.lack(code)
        return self._text("case-page.found-wrong", item=self.of("case-item", code), text=text)

    def lacks(self, codes: Iterable[str]) -> list[str]:
        return [self.lack(code) for code in codes]

    def why(self, refusal: RefusalView, who: Sequence[str]) -> str:
        """One sentence or two: why it may not be, with whom or what it concerns. ``who``: the roles that may."""
        reason = self.of("case-why", refusal.why)
        if refusal.why == "role":
            return self._text("case-page.takes-role", roles=self.roles(who))
        if refusal.why in ("pair", "pair_marked", "pair_unavoidable"):
            stages = [self.of("case-stage", code) for code in refusal.missing if self._is_stage(code)]
            if stages:
                return f"{reason}{self._gap()}{self._text('case-page.signed-already', cells=self.listed(stages))}"
        people = [self._names.get(code, code) for code in refusal.missing if not self._is_stage(code)]
        if refusal.why in ("pair", "pair_marked", "holder_is_there") and people:
            return f"{reason}{self._gap()}{self._text('case-page.they-sign', people=self.listed(people))}"
        if refusal.why == "guard":
            return self.listed(self.lacks(refusal.missing))
        return reason

    def next(self, code: str) -> str:
        return self.of("case-next", code) if code else ""

    def _is_stage(self, code: str) -> bool:
        return self.knows(f"case-stage.{code.replace('_', '-')}")

    def _gap(self) -> str:
        return "" if self.lang == "zh" else " "

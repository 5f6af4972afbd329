"""Tells people what is wrong and that it is well again, for as long as web runs: asks the keeper, fills the outbox,
sends, and has a notice that cannot be sent be a finding. Words of the catalogue and of checks, the numbers of cameras
and of lines in the registers, nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from appliance.core.clock import Clock
from appliance.core.errors import NotWritable, RecorderError
from appliance.protocol.endpoint import Request
from appliance.protocol.notices import NOTICE_FINDINGS, NOTICES_FAILING, NoticesFailing, StandingFinding
from appliance.selftest.reports import BOX
from appliance.web.i18n.messages import Messages
from appliance.web.keeper_client.client import Keeper
from appliance.web.notices.outbox import Outbox, Words
from appliance.web.notices.recipients import Recipient

__all__ = ["Teller", "trial_words", "words_of"]

_EVERY_SECONDS = 15.0
_CHECK_FAILED = "finding.check-failed"
_log = logging.getLogger(__name__)
Send = Callable[[str, str, str], Awaitable[bool]]


def words_of(messages: Messages) -> Words:
    """How findings are put into words: a cause that the catalogue knows with its camera's number, of a register its
    line's, of a check that fails its name; else the box it belongs to. Never the finding's own text, which may name a
    case, a file or a person's post."""
    with_names = [
        code.removeprefix("finding.")
        for code in messages.table
        if code.startswith(("finding.register-", _CHECK_FAILED))
    ]

    def line(one: StandingFinding, lang: str) -> str:
        for cause in (one.key, one.key.removesuffix(f"-{one.camera or BOX}")):
            if f"finding.{cause}" in messages.table:
                return messages.text(f"finding.{cause}", lang, name=one.camera)
        if line_of := [code for code in with_names if one.key.startswith(f"{code}-")]:
            cause = max(line_of, key=len)
            return messages.text(f"finding.{cause}", lang, name=one.key.removeprefix(f"{cause}-"))
        box = messages.text(f"notice.box-{one.box}", lang)
        return messages.text("notice.other-of", lang, box=box, camera=one.camera) if one.camera else box

    def words(
        recipient: Recipient, new: list[StandingFinding], over: list[StandingFinding], more: int
    ) -> tuple[str, str]:
        lang = recipient.language
        lines = [messages.text("notice.new", lang), *(f"- {line(one, lang)}" for one in new)] if new else []
        lines += [messages.text("notice.over", lang), *(f"- {line(one, lang)}" for one in over)] if over else []
        lines += [messages.text("notice.more", lang, count=more)] if more else []
        lines.append(messages.text("notice.look", lang))
        return messages.text("notice.title-new" if new else "notice.title-over", lang), "\n".join(lines)

    return words


def trial_words(messages: Messages, recipient: Recipient) -> tuple[str, str]:
    """Title and text of a notice that only shows that notices come."""
    return messages.text("notice.test-title", recipient.language), messages.text("notice.test", recipient.language)


class Teller:
    def __init__(self, keeper: Keeper, outbox: Outbox, clock: Clock, send: Send, messages: Messages) -> None:
        """``messages`` are those that the outbox puts its findings into."""
        self._keeper, self._outbox, self._clock, self._send = keeper, outbox, clock, send
        self._messages = messages

    async def run(self) -> None:
        while True:
            await self.turn()
            await asyncio.sleep(_EVERY_SECONDS)

    async def turn(self) -> None:
        """One round. A keeper that is away, or a disk that takes nothing, is waited for."""
        try:
            self._messages.learn((await self._keeper.office()).words)
            standing = (await self._keeper.ask(NOTICE_FINDINGS, Request())).findings
            await asyncio.to_thread(self._outbox.hear, standing, self._clock.wall_ns())
            for recipient, waiting in self._outbox.due(self._clock.wall_ns()):
                if await self._send(recipient.address, waiting.title, waiting.text):
                    await asyncio.to_thread(self._outbox.sent, recipient.name)
                else:
                    await asyncio.to_thread(self._outbox.failed, recipient.name, self._clock.wall_ns())
            await self._keeper.ask(NOTICES_FAILING, NoticesFailing(recipients=len(self._outbox.failing)))
        except (RecorderError, NotWritable, OSError) as error:
            _log.info("notices wait: %s", error)

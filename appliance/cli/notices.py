"""``appliance notices``: who is told of findings, and whether a notice reaches each of them."""

from __future__ import annotations

import asyncio

from appliance.core.errors import UsageError
from appliance.core.settings import Settings
from appliance.web.i18n.messages import read_messages
from appliance.web.notices.recipients import read_recipients, shown
from appliance.web.notices.sending import send
from appliance.web.notices.telling import trial_words

__all__ = ["told"]


def told(settings: Settings, *, test: bool) -> tuple[list[str], bool]:
    """A line for each recipient, and whether all is well. ``test``: each gets a notice now. Raises UsageError."""
    recipients = read_recipients(settings.notices)
    if not recipients:
        raise UsageError("notices: nobody is named; name a file in `notices` of the settings, docs/checks.md says how")
    messages = read_messages()
    lines, well = [], True
    for one in recipients:
        line = f"{one.name}: {shown(one)}, {', '.join(one.boxes)}, every {one.every_minutes} min"
        if test:
            taken = asyncio.run(send(one.address, *trial_words(messages, one)))
            well = well and taken
            line += ": sent" if taken else ": NOT SENT; look at the address, the password and the way to the network"
        lines.append(line)
    return lines, well

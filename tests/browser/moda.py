"""a11y-moda, the checker of the national rules (網站無障礙規範), on a page as it stands: both versions, AA, rendered.

It lives in an environment of its own, which ``deploy/test`` makes, and looks at the pages with a browser of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Response

from appliance.web.http.request_context import LANGUAGE_COOKIE
from tests.browser.chromium import ARGUMENTS
from tests.conftest import MODA_PYTHON

__all__ = ["Moda"]

_SCAN = Path(__file__).with_name("moda_scan.py")
_ASIDE = frozenset({"LLM_NOT_CONFIGURED"})
"""What the tool says of itself: that some rules are for a language model to judge."""
_HINT = "info"
"""The status of what is advice and neither a failure nor in doubt."""


class Moda:
    """A running checker, ended with the block. ``home``: of a browser that trusts the site's ``authority``."""

    def __init__(self, home: Path, authority: Path) -> None:
        self._home, self._authority = home, authority
        self._answers: dict[Page, Response] = {}

    def __enter__(self) -> Moda:
        environment = {
            **os.environ,
            "HOME": str(self._home),
            "XDG_CONFIG_HOME": str(self._home / ".config"),
            "SSL_CERT_FILE": str(self._authority),
        }
        self._child = subprocess.Popen(
            [MODA_PYTHON, _SCAN, *ARGUMENTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._child.wait(120)

    def watch(self, page: Page) -> None:
        """Keeps what answers the page's submits, which no address shows again. Before the page goes anywhere."""
        page.on("response", lambda answer: self._keep(page, answer))

    def _keep(self, page: Page, answer: Response) -> None:
        if (
            answer.request.is_navigation_request()
            and answer.frame == page.main_frame
            and not 300 <= answer.status < 400
        ):
            self._answers[page] = answer

    def issues(self, page: Page, language: str = "zh") -> list[str]:
        """What is wrong with the page, or in doubt, a line for each; the answer to a submit stays in its own language.

        Raises RuntimeError when it could not be looked at.
        """
        address, answer = page.url.partition("#")[0], self._answers.get(page)
        submitted = answer is not None and answer.request.method == "POST" and answer.url == address
        cookies: list[Any] = [each for each in page.context.cookies() if each["name"] != LANGUAGE_COOKIE]
        cookies.append({"name": LANGUAGE_COOKIE, "value": language, "domain": "localhost", "path": "/", "secure": True})
        return self.look(address, cookies, answer.text() if answer is not None and submitted else None)

    def look(self, address: str, cookies: Sequence[Any] = (), html: str | None = None) -> list[str]:
        """The same of an address; ``html`` in place of what stands there."""
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(json.dumps({"url": address, "cookies": list(cookies), "html": html}) + "\n")
        self._child.stdin.flush()
        told: dict[str, Any] = json.loads(self._child.stdout.readline())
        if told["error"]:
            raise RuntimeError(f"{address}: {told['error']}")
        return [
            f"{each['status']} {each['rule']} ({each['guideline']}): {each['message']} {each['snippet'][:160]}".strip()
            for each in told["issues"]
            if each["rule"] not in _ASIDE and each["status"] != _HINT
        ]

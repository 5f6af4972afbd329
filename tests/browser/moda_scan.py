"""The other side of ``moda.py``, run by the Python that has a11y-moda: pages come in, what the tool says goes out.

A line of JSON each way. In: ``url``, ``cookies`` (Playwright's), ``html`` (the answer to a submit, which no address
shows again; null where there is one). Out: ``issues`` (rule, guideline, status, message, snippet) and ``error`` (empty
when the page was looked at). The rules and probes are the tool's own; what is done here:

- the Chromium of the system, under a home of the caller's that trusts the site;
- nothing is sent but to look: a submit gets no answer, so that trying a form changes nothing;
- whatever folds is open, and each form of a page is tried, not the first five.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from typing import Any

os.environ["A11Y_ALLOW_PRIVATE_HOSTS"] = "1"

from a11y_moda import scanner
from a11y_moda.models import Level
from a11y_moda.rules import base as rules_base
from a11y_moda.tools import _session, form_probe
from playwright.sync_api import sync_playwright

_OPEN = """addEventListener("DOMContentLoaded", () => {
  for (const each of document.querySelectorAll("main details")) each.open = true;
});"""
_MOST_FORMS = 100


class _Visitor:
    """A browser whose contexts see the page as the asker saw it."""

    def __init__(self, browser: Any, asked: dict[str, Any]) -> None:
        self._browser, self._asked = browser, asked

    def new_context(self, **options: Any) -> Any:
        context = self._browser.new_context(**options)
        context.add_cookies(self._asked["cookies"])
        context.add_init_script(_OPEN)
        context.route("**/*", self._answer)
        return context

    def _answer(self, route: Any) -> None:
        request = route.request
        if request.method != "GET":
            route.fulfill(status=204)
        elif self._asked["html"] is not None and request.url == self._asked["url"]:
            route.fulfill(content_type="text/html; charset=utf-8", body=self._asked["html"])
        else:
            route.continue_()


def _look(browser: Any, asked: dict[str, Any]) -> dict[str, Any]:
    contexts: list[Any] = []

    def kept(*given: Any, **named: Any) -> Any:
        contexts.append(rules_base.RuleContext(*given, **named))
        return contexts[-1]

    scanner.RuleContext = kept
    report = scanner.scan_page(asked["url"], level=Level.AA, render=True, browser=_Visitor(browser, asked))
    broken = [each.state["browser_error"] for each in contexts if "browser_error" in each.state]
    issues = [
        {"rule": each.rule_id, "guideline": each.guideline, "status": each.status, "message": each.message,
         "snippet": each.snippet}
        for each in report.issues
    ]  # fmt: skip
    return {"issues": issues, "error": report.fetch_error or "; ".join(broken)}


def main() -> None:
    _session.guard_browser_context = lambda context: None
    form_probe.probe_forms_from_page = functools.partial(form_probe.probe_forms_from_page, max_forms=_MOST_FORMS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=sys.argv[1:])
        for line in sys.stdin:
            print(json.dumps(_look(browser, json.loads(line))), flush=True)
        browser.close()


main()

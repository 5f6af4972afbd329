"""A sheet in markup, HTML for the press and the parts of an ODT file: templates are ours, every text is escaped."""

from __future__ import annotations

from importlib import resources

import jinja2
from markupsafe import Markup

from appliance.papers.sheets.sheet import Sheet

__all__ = ["Templates", "read_templates"]


class Templates:
    """The templates of papers, read once. Thread-safe."""

    def __init__(self, environment: jinja2.Environment, css: str) -> None:
        self._environment, self._css = environment, Markup(css)  # noqa: S704 - our own file: its quotes stay quotes

    def page(self, sheet: Sheet) -> str:
        """HTML with its style sheet in it; it names no other file and no address."""
        return self._environment.get_template("sheet.html").render(sheet=sheet, css=self._css)

    def part(self, name: str, sheet: Sheet, **values: object) -> str:
        """A part of an ODT package."""
        return self._environment.get_template(name).render(sheet=sheet, **values)


def read_templates() -> Templates:
    """Those that ship with the package. Blocking."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("appliance.papers.sheets", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = resources.files("appliance.papers.sheets").joinpath("templates/sheet.css").read_text(encoding="utf-8")
    return Templates(environment, css)

"""Where pages have papers printed: in threads of their own, so that neither a page nor a call to the keeper waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from appliance.core.errors import Unavailable
from appliance.papers.sheets.binding import bound
from appliance.papers.sheets.odt import odt_of
from appliance.papers.sheets.printer import Printed, Printer
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.templates import Templates

__all__ = ["PaperPrinter"]

_THREADS = 2
_MOST_WAITING = 12
_MOST_KEPT = 24


class PaperPrinter:
    """For one event loop. Blank forms are kept once printed: they hold nothing of anybody."""

    def __init__(self, templates: Templates, printer: Printer) -> None:
        self._templates, self._printer = templates, printer
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="press")
        self._waiting = 0
        self._kept: dict[Sheet, Printed] = {}

    async def pdf(self, sheet: Sheet) -> Printed:
        """Raises what :meth:`Printer.print` raises, and Unavailable when too many wait already."""
        if self._waiting >= _MOST_WAITING:
            raise Unavailable.of("papers-waiting", count=self._waiting)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._printer.print, sheet)
        finally:
            self._waiting -= 1

    async def one_pdf(self, sheets: Sequence[Sheet]) -> bytes:
        """All sheets in one file, printed one after the other. Raises as :meth:`pdf`."""
        printed = [(await self.pdf(sheet)).pdf for sheet in sheets]
        return await asyncio.get_running_loop().run_in_executor(self._threads, bound, printed)

    async def blank_pdf(self, sheet: Sheet) -> Printed:
        """A form that nobody filled in."""
        if sheet not in self._kept:
            printed = await self.pdf(sheet)
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[sheet] = printed
        return self._kept[sheet]

    async def odt(self, sheet: Sheet) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._threads, odt_of, sheet, self._templates)

    def close(self) -> None:
        """Ends what is printing."""
        self._printer.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

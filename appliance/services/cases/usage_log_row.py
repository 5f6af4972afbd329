"""The row of 附件4 as the case itself fills it: one cell each with its codes and figures. Nobody types a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from appliance.rules.cases.copies import CopyRecord, HandedCopy
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.typed import CaseTyped
from appliance.rules.cases.usage_log_row import CELLS
from appliance.rules.cases.views import CellView
from appliance.services.cases.attending import ending_of
from appliance.services.cases.casefile import CaseFile, facts_of, viewers_of
from appliance.services.cases.casefile import Found as _Nothing
from appliance.services.cases.masking import masked_name

__all__ = ["cells_of", "filled"]

_ENDED_UNSEEN = (State.WITHDRAWN, State.OTHERWISE, State.LAPSED, State.JUD_LOCK)


def cells_of(
    file: CaseFile, accompanied: Sequence[str] = (), *, full: bool = True, shown: bool = True
) -> tuple[CellView, ...]:
    """Every cell of the row, in the order of the sheet; ``accompanied``: who did, by name, and without it whoever began
    the viewing; ``full``: names are not masked; ``shown``: footage was opened in the viewing."""
    values = _values(file, accompanied or _beginner(file), full=full, shown=shown)
    facts = facts_of(file, CaseTyped(), _Nothing(existence=file.existence))
    return tuple(
        CellView(
            code=cell.code,
            column=cell.column,
            required=cell.required(file.case, facts),
            filled=bool(values.get(cell.code)),
            values=values.get(cell.code, {}),
        )
        for cell in CELLS
    )


def filled(file: CaseFile) -> frozenset[str]:
    """The codes of the cells that something stands in."""
    return frozenset(cell.code for cell in cells_of(file) if cell.filled)


def _values(file: CaseFile, accompanied: Sequence[str], *, full: bool, shown: bool) -> dict[str, dict[str, Any]]:
    case = file.case
    read: Callable[[str], str] = str if full else masked_name
    names = [read(each.name) for each in file.people if each.part == "applicant" and each.name]
    letter = {"agency": file.letter.agency, "number": file.letter.number} if case.kind is Kind.AGY else {}
    gone = [f"{no + 1}:{found}" for no, found in enumerate(file.footage) if found != "in_store"]
    viewed = "viewed" in case.flags
    viewers = [read(name) for name in viewers_of(file) if name]
    otherwise = file.otherwise
    copied = "delivered" in case.flags or otherwise.copied == "yes"
    medium = _medium(file) or otherwise.medium
    return {
        "applicant": {"names": names} if names else {},
        "letter": letter if all(letter.values()) else {},
        "matter": _matter(file),
        "cameras": {"cameras": sorted({each.camera_no for each in case.asked})} if case.asked else {},
        "minutes": {"ranges": [[each.camera_no, each.start_ns, each.end_ns] for each in case.asked]},
        "copied": {"copied": copied},
        "result": _result(file),
        "gaps": {"ranges": gone, "holes": _holes(file)} if gone else {},
        "session": {"began_ns": file.began_ns, "ended_ns": file.ended_ns, "shown": shown, "ended_by": _ended_by(file)}
        if viewed and file.ended_ns
        else {},
        "viewers": {"names": viewers} if viewed and viewers else {},
        "accompanied": {"names": list(accompanied)} if viewed and accompanied else {},
        "filming": {"filming": file.viewing.filming} if viewed and file.viewing.filming else {},
        "otherwise": {"done": otherwise.done, "day": otherwise.day.isoformat()}
        if otherwise.day and "otherwise" in case.flags
        else {},
        "medium": {"medium": medium} if copied and medium else {},
        "destroyed": _destroyed(file, copied=copied),
    }


def _medium(file: CaseFile) -> str:
    """Number and serial number of the medium that was handed over."""
    if "delivered" not in file.case.flags or not file.handed:
        return ""
    return f"{file.handed[-1].medium}（{file.handed[-1].serial}）"


def _destroyed(file: CaseFile, *, copied: bool) -> dict[str, Any]:
    """What became of the copies: of each that an agency viewed here or that was handed over on a medium, when it was
    made and destroyed, or that nothing of it stayed, why and by whom; of one that was handed over in another way, what
    was noted. Nothing while one of them is not destroyed."""
    noted = file.otherwise.destroyed
    handed = file.handed if "delivered" in file.case.flags else ()
    every: tuple[CopyRecord | HandedCopy, ...] = (*file.copies, *handed)
    if (copied and not noted and not handed) or not all(each.ended_ns for each in every):
        return {}
    copies = [[each.copy, each.made_ns, each.ended_ns, each.cause, each.by] for each in every]
    return ({"copies": copies} if copies else {}) | ({"destroyed": noted} if copied and noted else {})


def _holes(file: CaseFile) -> list[list[Any]]:
    """Each stretch that is missing: number of its range, from, to, cause; of those that are not listed, their number
    and seconds, without a cause."""
    holes: list[list[Any]] = []
    for no, found in enumerate(file.holes, 1):
        holes += [[no, each.start_ns, each.end_ns, each.cause] for each in found.listed]
        holes += [[no, found.more, found.more_seconds, ""]] if found.more else []
    return holes


def _ended_by(file: CaseFile) -> str:
    last = ending_of(file)
    return str(last.event) if last else ""


def _matter(file: CaseFile) -> dict[str, Any]:
    """The kind at least: a request that was never completed has its row all the same."""
    kind = file.case.kind
    if kind is Kind.AGY:
        return {"kind": kind, "purpose": file.letter.purpose}
    return {"kind": kind, "reason": file.form.reason, "text": file.form.reason_text}


def _result(file: CaseFile) -> dict[str, Any]:
    """How it ended without a viewing, also once it is closed; else what was answered."""
    ended = next((deed.state for deed in reversed(file.deeds) if deed.state in _ENDED_UNSEEN), None)
    result = ended or file.case.result
    return {"result": result} if result else {}


def _beginner(file: CaseFile) -> list[str]:
    return [deed.name for deed in file.deeds if deed.event == "begin" and deed.name][-1:]

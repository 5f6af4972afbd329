"""The papers of a version (五): the sheet on which the office signs it, the letter to the police authority, its
acceptance. No address, no credential and no picture stands on any of them (``D-19``, domain 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.papers.sheets.issue import Issue, Signed, deputy_mark
from appliance.papers.sheets.letter import LetterHead, letter
from appliance.papers.sheets.register_record import Part, RegisterRecord, SignBox, register_record
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.words import box
from appliance.protocol.cameras import CAMERA, CameraDetails, CameraRequest, Version
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import OPEN, Cell, Origin
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.version import ACCEPTANCE_LINES, Matters, differing
from appliance.rules.deadlines import day_of
from appliance.rules.packs.articles import cited
from appliance.rules.scans import CameraPaper
from appliance.web.forms.saved_paper import issued_now, kind_of, saved
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import date_text

__all__ = ["PAPERS", "CameraWords", "paper", "papers_of"]

_RULE = "五(一)"
_DRAFTED = (Origin.NEW, Origin.CHANGE, Origin.REPLACEMENT)
_ORIGINS = MappingProxyType({str(origin): origin for origin in Origin})
_CHAIN = (Cell.MAKER, Cell.UNIT_HEAD, Cell.SECRETARY, Cell.DIRECTOR)
_ROWS_OF = {cell: frozenset(row.id for row in CAMERAS if row.cell is cell) for cell in Cell}
_TOLD_AT_SET_UP = ("area", "place", "sound")
_PLACE, _ABOUT = ("area", "place"), ("place_kind", "in_premises", "public_area")
_VIEW, _MANNER = ("view", "lens", "purposes"), ("sound", "ptz", "mode")


class CameraWords:
    """What is said of a version on paper, in Chinese."""

    def __init__(self, messages: Messages, told: CameraDetails, version: Version) -> None:
        self._messages, self.told, self.version = messages, told, version

    def text(self, code: str) -> str:
        return self._messages.text(code.replace("_", "-"), "zh")

    @property
    def title(self) -> str:
        return f"監視器{_ORIGINS[self.version.origin].zh}"

    def day(self, at: date | None) -> str:
        return date_text(at.isoformat(), "zh") if at else ""

    def matter(self, name: str, matters: Matters) -> str:
        """One approved matter."""
        value = getattr(matters, name)
        if isinstance(value, bool):
            return self.text("camera-choice.yes" if value else "camera-choice.no")
        if isinstance(value, tuple):
            return "、".join(self.text(f"camera-choice.{each}") for each in value)
        return self.text(f"camera-choice.{value}") if value and name in ("place_kind", "mode") else str(value)

    def lines(self, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        matters = self.version.matters
        return tuple((self.text(f"camera-field.{name}"), self.matter(name, matters)) for name in names)

    def together(self, heading: str, names: tuple[str, ...]) -> tuple[str, str]:
        """Short matters in one line, each with its name."""
        return heading, "；".join(f"{label}：{said}" for label, said in self.lines(names) if said)

    def attached(self) -> str:
        """What is on file of what a draft brings."""
        there = (kind for kind in (CameraPaper.SKETCH, CameraPaper.PHOTO) if kind in self.version.scans)
        return "、".join(self.text(f"scan-kind.{kind}") for kind in there)

    def identity(self) -> list[tuple[str, str]]:
        """What the device told of itself."""
        told = sorted(self.version.acceptance.identity.items())
        named = ((f"camera-identity.{name}", name, said) for name, said in told)
        return [(self.text(code) if code in self._messages else name, said) for code, name, said in named]

    def before(self) -> Version | None:
        """The version that this one is to follow, or followed."""
        older = (each for each in self.told.versions if each.version < self.version.version)
        return next((each for each in older if each.in_force_on is not None), None)

    def changes(self) -> tuple[tuple[str, str], ...]:
        """Each approved matter that differs, as it was and as it is to be. What a set-up brought nobody approved, and
        what nobody told the set-up stands as untold."""
        before = self.before()
        if before is None:
            return ()
        brought = before.origin not in _DRAFTED

        def was(name: str) -> str:
            untold = brought and name not in _TOLD_AT_SET_UP and not getattr(before.matters, name)
            return "" if untold else self.matter(name, before.matters)

        return tuple(
            (self.text(f"camera-field.{name}"), f"{'現行' if brought else '原核准'}：{was(name) or '—'}\n"
             f"擬異動：{self.matter(name, self.version.matters) or '—'}")
            for name in differing(self.version.matters, before.matters)
        )  # fmt: skip

    def box(self, cell: Cell) -> SignBox:
        """Who signed it and when; an empty box for ink where nobody has."""
        label = self.text(f"camera-cell.{cell}")
        mine = (each for each in self.version.signatures if each.cell == cell and not each.superseded)
        signed = next(mine, None)
        if signed is None:
            return SignBox(label=label)
        acts = (each for each in self.told.acts if each.version == self.version.version)
        at_ns = next((each.at_ns for each in acts if each.row in _ROWS_OF[cell]), 0)
        mark = "兼簽" if signed.double else deputy_mark(cell, deputy=signed.deputy)
        name = self.told.names.get(signed.account, signed.account)
        post = self._messages.text(f"role.{signed.role}", "zh")
        scan = signed.ink.scan if signed.ink else ""
        at_ns = signed.ink.at_ns if signed.ink else at_ns
        made = Signed(person=signed.account, name=name, post=post, at_ns=at_ns, mark=mark, scan=scan)
        return SignBox(label=label, signed=made)


def _device(words: CameraWords) -> tuple[tuple[str, str], ...]:
    device = words.version.device
    checked = words.day(device.checked_on)
    banned, night = (words.text(f"camera-choice.{said}") if said else "" for said in (device.banned, device.night))
    what = {"make": device.make, "model": device.model, "serial": device.serial, "maker_origin": device.origin}
    registered = {"size": device.size, "rate": device.rate, "night": night}

    def line(said: Mapping[str, str]) -> str:
        return "；".join(f"{words.text(f'camera-field.{name}')}：{text}" for name, text in said.items() if text)

    lines = (
        ("廠牌及型號", line(what)),
        ("登記之畫面", line(registered)),
        (words.text("camera-field.banned"), f"{banned}（{checked} 查核）" if checked else banned),
    )
    return tuple((label, said) for label, said in lines if said)


def _memo(words: CameraWords, issue: Issue) -> Sheet:
    """簽核表: what K1 asks for, with what changes, and the chain's boxes."""
    version = words.version
    reasons = [("reason", version.reason), ("alternative", version.alternative), ("attached", words.attached())]
    return register_record(
        RegisterRecord(
            title=f"{words.title}簽核表",
            rule=_RULE,
            number=f"{version.camera_no} 第 {version.version} 版",
            parts=(
                Part(heading="設置", lines=(*words.lines(_PLACE), words.together("場所", _ABOUT))),
                Part(heading="攝錄", lines=(*words.lines(_VIEW), words.together("錄製", _MANNER))),
                Part(heading="異動項目", lines=words.changes()),
                Part(heading="設備", lines=_device(words)),
                Part(
                    heading="理由",
                    lines=tuple((words.text(f"camera-field.{name}"), said) for name, said in reasons if said),
                ),
            ),
            boxes=tuple(words.box(cell) for cell in _CHAIN),
            dense=True,
        ),
        issue,
    )


def _letter(words: CameraWords, issue: Issue) -> Sheet:
    """函稿: to the police authority, for its approval or for filing; a draft until it went out with its number."""
    version, matters = words.version, words.version.matters
    asked = "備查" if version.filing == "filing" else "核准"
    sent = next(
        (act.at_ns for act in words.told.acts if act.version == version.version and act.event == Event.SEND), None
    )
    head = LetterHead(
        to=version.answer.agency or issue.pack.cameras.police,
        dated=day_of(sent) if sent is not None else None,
        number=version.letter_no,
        enclosed=f"{words.title}簽核表、視野示意圖",
        signed=words.box(Cell.DIRECTOR).signed,
    )
    _, place = words.together("設置", (*_PLACE, *_ABOUT))
    _, sight = words.together("攝錄", (*_VIEW, *_MANNER))
    changes = "\n".join(f"{label}：{said}".replace("\n", "；") for label, said in words.changes())
    paragraphs = [
        f"依{issue.pack.rules.basis}{cited(_RULE)}辦理。",
        f"設置資料：\n{place}\n{sight}",
        *([f"異動項目：\n{changes}"] if changes else []),
        f"理由：{version.reason}" + (f"；曾考慮之替代方式：{version.alternative}" if version.alternative else ""),
        f"本案俟{asked}後，始啟用錄影；攝錄之影音資料依上開規範保存及處理。",
    ]
    subject = f"本所{matters.area}{words.title}（編號 {version.camera_no}）案，請惠予{asked}。"
    return letter(f"{words.title}函報", head, subject, (("說明", paragraphs),), issue, _RULE, "")


def _acceptance(words: CameraWords, issue: Issue) -> Sheet:
    """驗收表: each line with its tick, each condition of the approval, which picture and device it was."""
    version, seen = words.version, words.version.acceptance
    done = any(each.cell == Cell.ACCEPTED and not each.superseded for each in version.signatures)
    ticks = [(box(getattr(seen, line), "符合"), words.text(f"camera-field.{line}")) for line in ACCEPTANCE_LINES]
    met = done and seen.conditions >= len(version.answer.conditions)
    answer = version.answer
    number = f"{answer.agency} {words.day(answer.day)} {answer.number}".strip()
    device = [(words.text("camera-field.make"), f"{version.device.make} {version.device.model}".strip())]
    return register_record(
        RegisterRecord(
            title="監視器安裝驗收表",
            rule=_RULE,
            number=f"{version.camera_no} 第 {version.version} 版",
            parts=(
                Part(
                    heading="監視器",
                    lines=(*words.lines(("area", "place", "view", "sound")), *device, *words.identity()),
                ),
                Part(heading="核准或備查", lines=((words.text("camera.answer"), number),) if number else ()),
                Part(heading="附帶條件", lines=tuple((box(met, "符合"), line) for line in answer.conditions)),
                Part(heading="驗收項目", lines=tuple(ticks)),
                Part(
                    heading="參考畫面（另行密存，不附於本表）",
                    lines=(("SHA-256", seen.picture),) if seen.picture else (),
                ),
            ),
            boxes=(words.box(Cell.ACCEPTED), words.box(Cell.PUT_IN_FORCE)),
            apart=tuple(words.text(f"camera-cell.{cell}") for cell in (Cell.ACCEPTED, Cell.PUT_IN_FORCE)),
            dense=True,
        ),
        issue,
    )


class Paper(NamedTuple):
    """``name``: of the file, to people. ``there``: whether a version has it."""

    name: str
    make: Callable[[CameraWords, Issue], Sheet]
    there: Callable[[Version], bool]


def _drafted(version: Version) -> bool:
    return version.origin in _DRAFTED


def _reported(version: Version) -> bool:
    return _drafted(version) and version.filing != "exempt" and version.state not in ("draft", "dropped")


def _accepted(version: Version) -> bool:
    waits = version.state in OPEN and version.state not in ("draft", "internal", "submitted")
    return _drafted(version) and (waits or any(each.cell == Cell.ACCEPTED for each in version.signatures))


PAPERS: Mapping[str, Paper] = MappingProxyType(
    {
        "memo": Paper("簽核表", _memo, lambda version: True),
        "letter": Paper("函稿", _letter, _reported),
        "acceptance": Paper("驗收表", _acceptance, _accepted),
    }
)


def papers_of(version: Version) -> list[str]:
    """Which papers a version has as it stands."""
    return [code for code, paper in PAPERS.items() if paper.there(version)]


async def paper(request: web.Request) -> web.Response:
    """As it stands now: what is not signed yet has an empty box."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["camera"]
    code, asked = request.match_info["paper"], request.match_info["version"]
    kind_of(request)
    told = await site.keeper.ask(CAMERA, CameraRequest(session=visit.token, camera=number))
    version = next((each for each in told.versions if str(each.version) == asked), None)
    if version is None or code not in papers_of(version):
        raise NotFound.of("camera-paper", camera=number[:20])
    made = PAPERS[code]
    sheet = made.make(CameraWords(site.messages, told, version), await issued_now(request))
    name = f"監視器{made.name}-{number}-{asked}"
    return await saved(request, sheet, name=name, plain=f"camera-{number}-{asked}-{code}")

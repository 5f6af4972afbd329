"""What a policy pack holds, as frozen records: names, the rules' text, numbers, chains, reasons, words of papers. Pure.

``docs/spec/policypack.md`` describes the file field by field. Bounds stand beside each number with the law or the rule
they come from; a pack outside them is never read (``reading``). The ceiling is not here: it is the law's (七(二)).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta

from appliance.core.model import Record
from appliance.rules.policy import CEILING_DAYS, FLOOR_DAYS, MARGIN_DAYS

__all__ = [
    "CHAIN",
    "FILINGS",
    "Annex",
    "Appointment",
    "Approval",
    "Article",
    "CameraRules",
    "Chains",
    "CitizenForm",
    "Correction",
    "Numbers",
    "OfficeNames",
    "Pack",
    "Papers",
    "PoliceUnit",
    "Posts",
    "Reasons",
    "Redirect",
    "Refusal",
    "RuleText",
    "Slip",
    "StaffForm",
]

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Sentence = Annotated[str, Meta(min_length=1, max_length=400)]
Paragraph = Annotated[str, Meta(min_length=1, max_length=2000)]
Sentences = Annotated[tuple[Sentence, ...], Meta(min_length=1, max_length=12)]

Gloss = Annotated[tuple[Sentence, ...], Meta(max_length=12)]

CHAIN = ("section_head", "manager", "unit_head", "secretary", "director")
"""Who signs, in the only order in which a chain has them (``D-09``, 附件3)."""


FILINGS = ("approval", "filing", "exempt")
"""核准, 備查, 免報."""


class Approval(Record, frozen=True, kw_only=True):
    """The paper decision behind the pack: 簽呈文號, the post that approved it, the day (十)."""

    document: Name
    by: Name
    on: date


class OfficeNames(Record, frozen=True, kw_only=True):
    """``unit``: who is in charge (三); ``unit_short``: as notes call it; ``appeal_to``: who decides an appeal.
    ``letter_word``: 發文代字, with which the 發文字號 of all its letters begin; "": any word will do."""

    name: Name
    unit: Name
    unit_short: Name
    appeal_to: Name
    phone: Annotated[str, Meta(max_length=80)] = ""
    address: Annotated[str, Meta(max_length=80)] = ""
    letter_word: Annotated[str, Meta(max_length=16, pattern="^[\u4e00-\u9fff]*$")] = ""


class Posts(Record, frozen=True, kw_only=True):
    """How the office calls who acts: as cells of its papers name them."""

    manager: Name
    head: Name
    secretary: Name
    director: Name


class Article(Record, frozen=True, kw_only=True):
    """``number`` as the rules count: 八, 八(五), 八(五)1, 八(五)1(2). ``missing``: the text is not there (原文缺); it
    is never made up (``AT-62``), and ``remark`` says what is known of it. ``source`` and ``dated``: where a text that
    was missing was found, and the day of that document."""

    number: Name
    text: Annotated[str, Meta(max_length=2000)] = ""
    missing: bool = False
    remark: Annotated[str, Meta(max_length=400)] = ""
    source: Annotated[str, Meta(max_length=400)] = ""
    dated: date | None = None


class RuleText(Record, frozen=True, kw_only=True):
    """``basis``: what stands in the foot of every paper (一). ``amended``: the line below the title."""

    title: Sentence
    amended: Name
    basis: Sentence
    articles: Annotated[tuple[Article, ...], Meta(min_length=1, max_length=200)]


class Numbers(Record, frozen=True, kw_only=True):
    """Days are calendar days where they are not said to be working days."""

    floor_days: Annotated[int, Meta(ge=FLOOR_DAYS, le=CEILING_DAYS - MARGIN_DAYS, description="七(一), D-01")]
    target_days: Annotated[int, Meta(ge=FLOOR_DAYS, le=CEILING_DAYS, description="七(二), D-01")]
    brake_days: Annotated[int, Meta(ge=1, le=FLOOR_DAYS, description="D-20")]
    decision_days: Annotated[int, Meta(ge=1, le=15, description="個人資料保護法 13")]
    extension_days: Annotated[int, Meta(ge=0, le=15, description="個人資料保護法 13")]
    correction_days: Annotated[int, Meta(ge=7, le=30, description="政府資訊公開法 11")]
    staff_working_days: Annotated[int, Meta(ge=1, le=15, description="D-11")]
    agency_working_days: Annotated[int, Meta(ge=1, le=15, description="八(五)3(2), D-11")]
    agency_red_working_days: Annotated[int, Meta(ge=1, le=30, description="D-11")]
    booking_days: Annotated[int, Meta(ge=1, le=60, description="D-11")]
    lapse_days: Annotated[int, Meta(ge=7, le=90, description="D-11")]
    preserve_days: Annotated[int, Meta(ge=7, le=31, description="D-05")]
    remedy_days: Annotated[int, Meta(ge=30, le=365, description="訴願法 14")]
    after_remedy_days: Annotated[int, Meta(ge=10, le=60, description="D-05")]
    slip_days: Annotated[int, Meta(ge=14, le=60, description="D-05, AT-34")]
    withdrawn_days: Annotated[int, Meta(ge=1, le=31, description="C23")]
    lock_days: Annotated[int, Meta(ge=30, le=180, description="I10")]
    most_viewers: Annotated[int, Meta(ge=1, le=10, description="附件2")]
    report_hours: Annotated[int, Meta(ge=1, le=24, description="資通安全事件通報及應變辦法 4")] = 1
    notice_hours: Annotated[int, Meta(ge=1, le=168, description="個人資料保護法 12")] = 72
    contain_hours: Annotated[int, Meta(ge=1, le=168, description="資通安全事件通報及應變辦法 6")] = 72
    contain_serious_hours: Annotated[int, Meta(ge=1, le=72, description="資通安全事件通報及應變辦法 6")] = 36


class CameraRules(Record, frozen=True, kw_only=True):
    """What 五 leaves to the office's rules (``AT-10``). ``new``, ``change`` and ``replacement``: of :data:`FILINGS`, a
    new camera and a change never exempt; ``removal``: whether it is filed. ``police``: whom the letters go to."""

    new: Name = "approval"
    change: Name = "approval"
    replacement: Name = "exempt"
    removal: bool = False
    review_months: Annotated[int, Meta(ge=1, le=6, description="五(三)")] = 3
    police: Annotated[str, Meta(max_length=80)] = ""


class PoliceUnit(Record, frozen=True, kw_only=True):
    """A police precinct and its 轄區. ``covers_office``: the office lies in it, so that a report about what happened
    there goes to it (八(五)1(1))."""

    name: Name
    area: Name
    covers_office: bool = False


class Chains(Record, frozen=True, kw_only=True):
    """Who signs a request of each kind, of :data:`CHAIN` and in its order."""

    citizen: tuple[Name, ...]
    staff: tuple[Name, ...]
    agency: tuple[Name, ...]


class Reasons(Record, frozen=True, kw_only=True):
    """Code to its words on papers. ``forbidden``: purposes that no request may have (二, ``D-30``)."""

    citizen: dict[str, Name]
    staff: dict[str, Name]
    forbidden: dict[str, Name]


class Annex(Record, frozen=True, kw_only=True):
    """``rule``: the article that the paper carries out, printed in its foot."""

    title: Sentence
    rule: Name


class StaffForm(Record, frozen=True, kw_only=True):
    """附件3."""

    title: Sentence
    rule: Name
    note: Sentence


class CitizenForm(Record, frozen=True, kw_only=True):
    """附件2. ``label``: its name in its foot. ``statement`` tells and waives nothing (``AT-43``). ``notice``: a heading
    and the six items of PDPA 8. ``statement_gloss`` and ``notice_gloss``: the same in English, for whoever cannot read
    it (``T-39``); a pack may have none."""

    title: Sentence
    rule: Name
    label: Sentence
    foot_note: Sentence
    statement: Sentences
    notice: Annotated[tuple[Sentence, ...], Meta(min_length=7, max_length=7)]
    statutes: Sentences
    remedy: Sentence
    statement_gloss: Gloss = ()
    notice_gloss: Gloss = ()


class Slip(Record, frozen=True, kw_only=True):
    """A slip over the counter."""

    title: Sentence
    rule: Name
    notes: Sentences


class Redirect(Record, frozen=True, kw_only=True):
    """``must_say``: what the agency's letter must contain."""

    title: Sentence
    rule: Name
    must_say: Sentences
    notes: Sentences


class Appointment(Record, frozen=True, kw_only=True):
    """``bring``: what whoever comes to view brings along."""

    title: Sentence
    rule: Name
    bring: Sentence
    notes: Sentences


class Correction(Record, frozen=True, kw_only=True):
    """``consequence`` of not completing the papers, for citizens and for agencies."""

    rule: Name
    consequence: Sentence
    agency_consequence: Sentence


class Refusal(Record, frozen=True, kw_only=True):
    """``remedy``: means, term and place of an appeal (行政程序法 96)."""

    rule: Name
    subject: Sentence
    remedy: Sentences


class Papers(Record, frozen=True, kw_only=True):
    """The words of every paper; what its cells are is the paper's."""

    annex_1: Annex
    annex_2: CitizenForm
    annex_3: StaffForm
    annex_4: Annex
    receipt: Slip
    correction: Correction
    redirect: Redirect
    refusal: Refusal
    appointment: Appointment


class Pack(Record, frozen=True, kw_only=True):
    """``version`` as printed (``113-09-27``); ``effective``: its first day. ``police_units``: those that the office
    knows; none: no report's unit is looked at."""

    version: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z-]+\Z")]
    effective: date
    approval: Approval
    office: OfficeNames
    posts: Posts
    rules: RuleText
    numbers: Numbers
    chains: Chains
    reasons: Reasons
    papers: Papers
    cameras: CameraRules = CameraRules()
    police_units: Annotated[tuple[PoliceUnit, ...], Meta(max_length=60)] = ()

    def fill(self, text: str, **more: object) -> str:
        """A text of the pack with its ``{names}`` filled in: the office's, its numbers, and what the paper adds."""
        known = {
            "office": self.office.name,
            "unit": self.office.unit,
            "unit_short": self.office.unit_short,
            "appeal_to": self.office.appeal_to,
            "rules": self.rules.title,
            "remedy_days": self.numbers.remedy_days,
        }
        return text.format_map({**known, **more})

"""What is typed or ticked for an event of a case, as a table: a row a field, named by its place among the facts.

The rows say of each field which events ask for it, in which kinds of case, and which missing thing it mends, so that a
refusal stands beside it. What an event takes at all is ``rules.cases.typed.TAKES``; labels are ``case-field.<name>``.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.rules.cases.formal_check import CITIZEN_REASONS, FORBIDDEN_REASONS
from appliance.rules.cases.guards_appeal import ANEW, STANDS
from appliance.rules.cases.outgoing import ISSUES, SERVES
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.web.pages.intake.fields import OTHER_LAWS

__all__ = ["APPEAL_ENDS", "DECISIONS", "FIELDS", "GIVEN_WITHOUT_COPIES", "MEANS", "OWN_WORDS", "Field", "fields_for"]

_ALL = (Kind.CIT, Kind.INT, Kind.AGY)
_CIT, _INT, _AGY = (Kind.CIT,), (Kind.INT,), (Kind.AGY,)
_PAPERS = (Event.PASS_FORMAL, Event.FIND_DEFECTS, Event.CORRECTED)
_LETTER = (Event.CHECK, Event.FIND_DEFECTS)
DECISIONS = (Event.GRANT, Event.GRANT_PARTLY, Event.REFUSE, Event.GRANT_COPY, Event.GRANT_COPY_PARTLY)
_COPIES = (Event.GRANT_COPY, Event.GRANT_COPY_PARTLY)
_GRANTS = (Event.GRANT, Event.GRANT_PARTLY, *_COPIES)
APPEAL_ENDS = (Event.APPEAL_OVER, Event.APPEAL_UPHELD)
"""The two events that end an appeal; how it ended says which of them it is."""
_ISSUES, _SERVES = tuple(ISSUES), tuple(SERVES)

MEANS = ("handed", "registered", "exchange", "posted")
"""How an answer reaches the other side."""

GIVES = ("viewing", "copy", "both")
GIVEN_WITHOUT_COPIES = ("viewing",)
"""What an agency may be given; and on a recorder that makes no copies, which then promises none."""

_FORBIDDEN = tuple(sorted(FORBIDDEN_REASONS))


class Field(NamedTuple):
    """``look``: how it is asked.

    - a line *words*, several lines *text*, *tick*, *day*, *time*, *choice*;
    - a table: *checklist*, *rulings*, *ranges*, *viewers*, *filming*, *findings* (what is wrong with each item of
      形式審查), *entitled* (who could view alone, ``T-29``), *entries* (of 更正, those that wait);
    - one of several: *article* (the proposal's or another), *signer* (of a letter), *former* (the case that this one
      goes on from), *rectify* (the word to put right), *attendant* (somebody of the office).

    ``when``: it is asked only in some cases.

    - *copy*: the letter asks for a copy. *agent*: the agent brings a mandate.
    - *lacking*: what the field mends is missing; a word that was received is not typed again. *unset*: nothing stands
      in its place yet.
    - *linked*: the case goes on from another already.
    - *joint*: the applicant brings others, and nobody said yet that they could view alone.

    ``mends``: the codes of what is missing without it. ``most``: characters. ``optional``: may stay empty. ``instead``:
    a reason that is typed while the thing itself, such as a scan, is not there. ``ahead``: a day that may be still to
    come."""

    name: str
    look: str
    events: tuple[Event, ...]
    kinds: tuple[Kind, ...] = _ALL
    mends: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    when: str = ""
    most: int = 200
    optional: bool = False
    ahead: bool = False
    instead: bool = False

    @property
    def fact(self) -> str:
        """The field of ``CaseTyped`` that it is a part of."""
        return self.name.partition("/")[0]


FIELDS: tuple[Field, ...] = (
    # 形式審查: what lies on the desk
    Field("form/signed", "tick", _PAPERS, _CIT, ("form_signed",)),
    Field("form/id_checked", "tick", _PAPERS, _CIT, ("id_checked",)),
    Field("form/report_original", "tick", _PAPERS, _CIT, ("report_original",)),
    Field("form/mandate", "tick", _PAPERS, _CIT, ("mandate",), when="agent"),
    Field("form/scan_follows", "words", _PAPERS, _CIT, ("form_scanned",), when="lacking", instead=True),
    Field("form/standing", "choice", _PAPERS, _CIT, ("standing",), ("party", "interested"), when="lacking"),
    Field("form/interest", "words", _PAPERS, _CIT, ("interest",), when="lacking"),
    Field("form/agent", "choice", _PAPERS, _CIT, ("mandate",), ("", "legal", "mandated"), when="lacking"),
    Field("form/reader", "words", _PAPERS, _CIT, ("read_aloud",), when="lacking"),
    Field("form/witness", "words", _PAPERS, _CIT, ("read_aloud",), when="lacking"),
    Field("form/report_unit", "words", _PAPERS, _CIT, ("report_unit",), when="lacking"),
    Field("form/report_day", "day", _PAPERS, _CIT, ("report_day",), when="lacking"),
    Field("form/report_no", "words", _PAPERS, _CIT, ("report_no",), when="lacking"),
    Field("form/reason", "choice", _PAPERS, _CIT, ("reason",), (*sorted(CITIZEN_REASONS), *_FORBIDDEN), when="lacking"),
    Field("form/reason_text", "text", _PAPERS, _CIT, ("reason",), when="lacking", most=2000),
    Field("letter/scan_follows", "words", _LETTER, _AGY, ("letter_scanned",), when="lacking", instead=True),
    Field("letter/day", "day", _LETTER, _AGY, ("letter_day",), when="lacking"),
    Field("letter/number", "words", _LETTER, _AGY, ("letter_no",), when="lacking"),
    Field("letter/officer", "words", _LETTER, _AGY, ("letter_officer",), when="lacking"),
    Field("letter/basis", "words", _LETTER, _AGY, ("letter_basis",), when="lacking"),
    Field("letter/purpose", "words", _LETTER, _AGY, ("letter_purpose",), when="lacking"),
    Field("letter/scope", "words", _LETTER, _AGY, ("letter_scope",), when="lacking"),
    Field("letter/need", "text", _LETTER, _AGY, ("letter_need",), when="lacking", most=2000),
    Field("letter/copy_asked", "tick", _LETTER, _AGY, when="unset"),
    Field("letter/copy_reason", "text", _LETTER, _AGY, ("copy_reason_in_letter",), when="lacking", most=2000),
    Field("letter/secret", "tick", _LETTER, _AGY, when="unset"),
    Field("letter/keep", "tick", _LETTER, _AGY, when="unset"),
    Field("parties", "entitled", (Event.PASS_FORMAL, Event.CORRECTED), _CIT, when="joint", optional=True),
    Field("findings", "findings", (Event.FIND_DEFECTS,), (Kind.CIT, Kind.AGY), most=400, optional=True),
    Field("barred", "choice", (Event.DISMISS,), (Kind.CIT, Kind.AGY), ("forbidden_purpose",), _FORBIDDEN),
    # who comes for an agency
    Field("visit/agency", "words", (Event.VISIT, Event.BEGIN), _AGY, ("same_agency",)),
    Field("words/visitor", "words", (Event.VISIT, Event.BEGIN), _AGY, optional=True),
    Field("visit/id_checked", "tick", (Event.VISIT, Event.BEGIN), _AGY, ("visitor_id",)),
    Field("visit/letter_seen", "tick", (Event.VISIT, Event.BEGIN), _AGY, ("visitor_letter",)),
    # on the way to the opinion
    Field("asked", "ranges", (Event.ADD_RANGE,), mends=("range", "range_past")),
    Field("statutory", "choice", (Event.FLAG_STATUTORY,), mends=("statute",), choices=OTHER_LAWS),
    Field("proposal/body", "words", (Event.PROPOSE_REDIRECT,), mends=("other_body",)),
    Field("proposal/path", "words", (Event.PROPOSE_REDIRECT,), mends=("other_path",), most=400),
    Field("proposal/reason", "text", (Event.PROPOSE_REDIRECT,), mends=("redirect_reason",), most=2000),
    Field("proposal/article", "words", (Event.PROPOSE_REDIRECT,), mends=("proposal_article",)),
    Field("checklist", "checklist", (Event.PROPOSE,)),
    Field("proposal/result", "choice", (Event.PROPOSE,), mends=(
        "proposal", "colleague_watched", "judicial_begun", "no_standing", "no_unlawful_act",
    ), choices=("granted", "partly", "refused")),
    Field("proposal/article", "words", (Event.PROPOSE,), mends=("proposal_article",)),
    Field("proposal/exception", "words", (Event.PROPOSE,), mends=("purpose_exception",), optional=True),
    Field("proposal/give", "choice", (Event.PROPOSE,), _AGY, ("copy_ruled",), GIVES, when="copy", optional=True),
    Field("proposal/copy_reasoned", "text", (Event.PROPOSE,), _AGY, ("copy_reasoned",), when="copy", optional=True,
          most=2000),
    Field("words/opinion", "text", (Event.PROPOSE,), optional=True, most=2000),
    Field("words/comment", "text", (Event.STAMP, Event.SIGN_SECTION), optional=True, most=1000),
    # the answer
    Field("rulings", "rulings", DECISIONS, mends=(
        "rulings", "rulings_within_asked", "narrowing_reason", "outcome_granted", "outcome_partly", "outcome_refused",
    )),
    Field("form/judicial", "choice", (Event.GRANT, Event.GRANT_PARTLY, Event.BEGIN, Event.RESUME), _INT,
          ("judicial_no",), ("no", "yes")),
    Field("give", "choice", DECISIONS, _AGY, ("copy_ruled",), GIVES, when="copy"),
    Field("copy_reasoned", "text", _GRANTS, _AGY, ("copy_reasoned",), when="copy", optional=True, most=2000),
    Field("reason", "text", (Event.GRANT_PARTLY, Event.GRANT_COPY_PARTLY, Event.REFUSE), mends=("refusal_reason",),
          optional=True, most=4000),
    Field("article", "article", (Event.GRANT_PARTLY, Event.GRANT_COPY_PARTLY, Event.REFUSE),
          mends=("refusal_article",), optional=True),
    Field("reason", "text", (Event.DISMISS,), mends=("refusal_reason",), most=4000),
    Field("article", "words", (Event.DISMISS,), mends=("refusal_article",)),
    Field("reason", "text", (Event.RETURN, Event.INTERRUPT, Event.STOP, Event.REDRAW_MASKS), mends=("note",),
          most=2000),
    Field("reason", "text", (Event.FINISH_MASKS, Event.CONFIRM_MASKS), mends=("mask_reason",), when="lacking",
          most=2000),
    Field("reason", "text", (Event.EXTEND, Event.EXCUSE_SCAN), mends=("note",), most=2000),
    Field("legal_review", "text", (Event.OVERDUE, Event.NONE_FOUND, Event.DISMISS, Event.PROPOSE, Event.GRANT,
                                   Event.GRANT_PARTLY, Event.REFUSE),
          mends=("legal_review",), when="lacking", most=2000),
    Field("agency_consulted", "tick", (Event.PROPOSE, Event.GRANT, Event.GRANT_PARTLY, Event.REFUSE, *_COPIES),
          mends=("agency_consulted",), when="lacking"),
    # a letter goes out, and reaches the other side
    Field("dispatch/doc_no", "words", _ISSUES, mends=("doc_no", "doc_no_form", "doc_no_taken")),
    Field("dispatch/day", "day", _ISSUES, mends=("issue_day",)),
    Field("dispatch/signer", "signer", _ISSUES, mends=("letter_signer",)),
    Field("service/means", "choice", _SERVES, mends=("service_means", "not_handed"), choices=MEANS),
    Field("service/day", "day", _SERVES, mends=("service_day",)),
    Field("service/proof_no", "words", _SERVES, mends=("service_proof",), optional=True),
    Field("service/proof_day", "day", _SERVES, mends=("service_proof_day",), optional=True),
    # the viewing
    Field("viewing/on", "day", (Event.SCHEDULE,), mends=("appointment",), ahead=True),
    Field("viewing/starts", "time", (Event.SCHEDULE,), mends=("office_hours", "appointment_past", "people_free")),
    Field("viewing/ends", "time", (Event.SCHEDULE,)),
    Field("viewing/place", "words", (Event.SCHEDULE,), optional=True),
    Field("viewing/accompanied_by", "attendant", (Event.SCHEDULE, Event.BEGIN), _AGY, ("accompanied", "attendant")),
    Field("viewing/accompanied_by", "attendant", (Event.SCHEDULE,), (Kind.CIT, Kind.INT), ("attendant",),
          optional=True),
    Field("viewing/others", "words", (Event.SCHEDULE,), optional=True, most=60),
    Field("viewing/others_body", "words", (Event.SCHEDULE,), mends=("others_body",), optional=True, most=60),
    Field("viewing/viewers", "viewers", (Event.SCHEDULE,), mends=(
        "viewers", "viewers_few", "viewers_entitled", "viewers_signed_nothing",
    )),
    Field("words/applicant_absent", "words", (Event.SCHEDULE,), _CIT),
    Field("viewing/id_again", "tick", (Event.BEGIN,), _CIT, ("id_again",)),
    Field("viewing/statement_signed", "tick", (Event.BEGIN,), _CIT, ("statement_signed",)),
    Field("viewing/devices_away", "tick", (Event.BEGIN,), mends=("devices_away",)),
    Field("viewing/filmed", "tick", (Event.INTERRUPT,)),
    Field("viewing/head_allows", "tick", (Event.RESUME,), mends=("head_allows",), when="lacking"),
    Field("viewing/filming", "filming", (Event.FINISH, Event.STOP), mends=("filming", "filming_seen")),
    Field("viewing/filming", "filming", (Event.SIGN_LEDGER,), mends=("cell_filming",), when="lacking"),
    Field("viewing/signed", "tick", (Event.FINISH, Event.STOP), mends=("session_signed",)),
    Field("reason", "text", (Event.FINISH,), mends=("nothing_shown",), when="lacking", most=1000),
    # the copy that is taken along
    Field("copy_work/plays", "tick", (Event.VERIFY_COPY,), _AGY, ("plays",)),
    Field("copy_work/handed_to_known", "tick", (Event.DELIVER,), _AGY, ("receiver_known",)),
    Field("copy_work/receipt_signed", "tick", (Event.DELIVER,), _AGY, ("receipt_signed",)),
    Field("copy_work/passphrase_apart", "tick", (Event.DELIVER,), _AGY, ("passphrase_apart",)),
    # what this recorder cannot do, done in another way
    Field("otherwise/done", "text", (Event.OTHERWISE,), mends=("otherwise_done",), most=2000),
    Field("otherwise/day", "day", (Event.OTHERWISE,), mends=("otherwise_day",)),
    Field("otherwise/copied", "choice", (Event.OTHERWISE,), mends=("otherwise_copied", "otherwise_not_allowed"),
          choices=("no", "yes")),
    Field("otherwise/medium", "words", (Event.OTHERWISE,), _AGY, ("otherwise_medium",), optional=True),
    Field("otherwise/destroyed", "words", (Event.OTHERWISE,), _AGY, ("otherwise_destroyed",), optional=True),
    # what comes from outside
    Field("voucher/number", "words", (Event.APPEAL,), mends=("appeal_letter",)),
    Field("voucher/day", "day", (Event.APPEAL,), mends=("appeal_day",)),
    Field("voucher/kind", "choice", APPEAL_ENDS, _CIT, ("appeal_end",), (*STANDS, *ANEW)),
    Field("voucher/number", "words", APPEAL_ENDS, _CIT, ("appeal_end_letter",)),
    Field("voucher/day", "day", APPEAL_ENDS, _CIT, ("appeal_end_day",)),
    Field("voucher/agency", "words", (Event.COURT_ORDER,), mends=("order_agency",)),
    Field("voucher/number", "words", (Event.COURT_ORDER,), mends=("order_document",)),
    Field("voucher/written", "tick", (Event.WITHDRAW,), mends=("withdrawal_in_writing",)),
    Field("rectify/what", "rectify", (Event.RECTIFY,), mends=("rectify_what", "rectify_again")),
    Field("rectify/new", "words", (Event.RECTIFY,), mends=(
        "rectify_new", "doc_no_form", "doc_no_taken",
    ), most=2000),
    Field("rectify/entries", "entries", (Event.RECTIFY_CONFIRM, Event.RECTIFY_DECLINE), mends=("rectify_unseen",)),
    Field("reason", "text", (Event.RECTIFY, Event.RECTIFY_DECLINE), mends=("note",), most=1000),
    Field("source", "text", (Event.LOCK,), mends=("lock_source",), most=1000),
    Field("words/court_no", "words", (Event.LOCK,), optional=True),
    Field("former", "former", (Event.LINK,), _AGY, ("locked_case",)),
    Field("reason", "text", (Event.LINK,), _AGY, ("link_reason",), when="linked", most=400),
)  # fmt: skip


OWN_WORDS = frozenset(
    {
        "reason", "rulings", "copy_reasoned", "legal_review", "source", "findings", "proposal/path", "proposal/reason",
        "proposal/copy_reasoned", "proposal/exception", "otherwise/done", "words/opinion", "words/comment",
        "viewing/filming", "form/scan_follows", "letter/scan_follows",
    }
)  # fmt: skip
"""Where somebody of the office gives reasons in words of their own: they tell nothing of what is on the footage
(``T-54``). What whoever asks wrote is entered as it was written."""


def fields_for(events: tuple[Event, ...], kind: Kind) -> tuple[Field, ...]:
    """The fields of a form that serves these events, each name once, in the order of the table."""
    found = [field for field in FIELDS if kind in field.kinds and set(field.events) & set(events)]
    return tuple({field.name: field for field in reversed(found)}.values())[::-1]

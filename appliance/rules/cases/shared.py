"""Rows that more than one kind has: 退回, added ranges, extension, redirection, lapse, ledger signatures, closing.

The rules of domain 2.1, ``D-11``, ``D-23``, ``T-44`` and of the diagrams where its numbered tables have no row; their
ids begin with S.
"""

from __future__ import annotations

from appliance.rules.cases import guards_decision as decision
from appliance.rules.cases import guards_letters as letters
from appliance.rules.cases import guards_papers as papers
from appliance.rules.cases import guards_rectify as rectify
from appliance.rules.cases import guards_viewing as viewing
from appliance.rules.cases.rows import Effect, Event, Guard, Row, effects
from appliance.rules.cases.states import BEFORE_DECISION, CHAIN, Stage, State
from appliance.rules.people import Role

__all__ = [
    "ANSWERED",
    "DESK",
    "ENGAGED",
    "closing",
    "dismiss",
    "elsewhere",
    "end_of_day",
    "excuse",
    "extension",
    "flag",
    "lapse",
    "ledger",
    "masks",
    "range_added",
    "rectification",
    "redirect",
    "returns",
]

DESK = (Role.OFFICER, Role.MANAGER)
"""Who receives requests (4.3)."""

ENGAGED = (*BEFORE_DECISION, State.GRANTED, State.PARTLY, State.NOTIFIED, State.SCHEDULED, State.PREPARED)
"""From receipt to just before a viewing."""

ANSWERED = (State.GRANTED, State.PARTLY, State.REFUSED, State.NO_FOOTAGE, State.DISMISSED, State.REDIRECTED)
"""Where an answer waits to go out and to arrive."""

_CLOSED = effects(Effect.CASE_FILE, (Effect.PIN_TERM, "closed"))


def returns() -> tuple[Row, ...]:
    """退回: whoever's turn it is sends the case back to the manager, with a note; the chain starts again."""
    again = effects(Effect.SUPERSEDE, (Effect.NOTICE, "returned"))
    turns = zip("abc", CHAIN, (Role.UNIT_HEAD, Role.SECRETARY, Role.DIRECTOR), strict=True)
    return tuple(
        Row(f"S1{letter}", (state,), Event.RETURN, State.CHECKING, (role,), (decision.note_given,), again)
        for letter, state, role in turns
    )


def range_added(*sources: State) -> Row:
    """More minutes or another camera before an opinion was given; later it is a new case (``T-23``, ``T-24``)."""
    guards = (papers.range_named, papers.range_past, papers.not_live)
    return Row("S2", sources, Event.ADD_RANGE, None, DESK, guards, effects((Effect.PIN, "more")))


def extension() -> tuple[Row, ...]:
    """15 days more, once, told in writing (``D-11``, PDPA 13): the term is longer once the notice has gone out."""
    off = (Role.OFFICER,)
    called = effects((Effect.FLAG, "extending"), (Effect.PAPER, "extension_notice"))
    issued = effects((Effect.RECORD, "extension_issued"), (Effect.CLOCK_EXTEND, "", 15))
    sends = (letters.extension_called, letters.letter_issued)
    served = effects((Effect.RECORD, "extension_served"))
    return (
        Row("S3a", BEFORE_DECISION, Event.EXTEND, None, off, (papers.not_extended, decision.note_given), called),
        Row("S3b", BEFORE_DECISION, Event.ISSUE_EXTENSION, None, off, sends, issued),
        Row("S3c", BEFORE_DECISION, Event.SERVE_EXTENSION, None, off, (letters.extension_served,), served),
    )


def flag() -> Row:
    """法定請求: it turns out to name PDPA 10, 政資法, 檔案法 17 or 行政程序法 46 (``D-23``)."""
    done = effects((Effect.FLAG, "statutory"), (Effect.NOTICE, "legal_review"))
    return Row("S4", BEFORE_DECISION, Event.FLAG_STATUTORY, None, DESK, (papers.statute_named,), done)


def redirect() -> tuple[Row, ...]:
    """The footage is somebody else's, or another path is the one (``T-31``): whoever asks loses the request here, so it
    goes up the chain as any answer does (``D-09``), with the body that is the right one, the reason and the article.
    Whoever waited for papers waits for the answer again."""
    sources = (State.RECEIVED, State.CORRECTION, State.CHECKING)
    proposed = (papers.other_path_named, papers.not_statutory)
    resumed = effects(Effect.CLOCK_RESUME, (Effect.FLAG, "redirecting"))
    return (
        Row("S17", sources, Event.PROPOSE_REDIRECT, State.UNIT_REVIEW, (Role.MANAGER,), proposed, resumed,
            stage=Stage.MANAGER),
        Row("S18", (State.DECISION,), Event.REDIRECT, State.REDIRECTED, (Role.DIRECTOR,),
            (papers.redirect_proposed, papers.not_statutory), effects((Effect.PAPER, "redirection")),
            stage=Stage.DIRECTOR, kind="case.decided", password=True),
    )  # fmt: skip


def dismiss() -> Row:
    """What no paper can mend never enters the chain: a purpose that no request may have (``AT-04``, ``D-30``)."""
    guards = (papers.cannot_be_corrected, papers.legally_reviewed, decision.refusal_reasoned)
    done = effects(Effect.CLOCK_RESUME, (Effect.PAPER, "dismissal_with_remedy"))
    sources = (State.RECEIVED, State.CORRECTION, State.CHECKING)
    return Row("S6", sources, Event.DISMISS, State.DISMISSED, (Role.OFFICER, Role.MANAGER), guards, done)


def excuse(*sources: State) -> Row:
    """The scan of the signed form, or of the letter, will not come: the unit head signs for the reason, and only that
    closes the case without it (``AT-38``)."""
    guards, done = (papers.scan_lacking, decision.note_given), effects((Effect.FLAG, "scan_excused"))
    return Row("S19", sources, Event.EXCUSE_SCAN, None, (Role.UNIT_HEAD,), guards, done)


def lapse(*sources: State, first: tuple[Guard, ...] = ()) -> Row:
    """逾期未閱: granted, and not viewed within 30 days (``D-11``). What is viewed on the recorder before this one does
    not lapse here."""
    guards = (*first, viewing.on_this_recorder, viewing.term_over)
    done = effects(Effect.TOKEN_REVOKE, (Effect.NOTICE, "lapsed"))
    return Row("S7", sources, Event.LAPSE, State.LAPSED, (Role.SYSTEM, Role.OFFICER), guards, done)


def elsewhere(*sources: State, first: tuple[Guard, ...] = ()) -> Row:
    """以其他方式辦理: what was granted lies on the recorder before this one, and what was really done there is
    entered."""
    guards = (viewing.on_the_former, *first, viewing.done_otherwise)
    done = effects(Effect.TOKEN_REVOKE, (Effect.FLAG, "otherwise"))
    return Row("S24", sources, Event.OTHERWISE, State.OTHERWISE, (Role.OFFICER,), guards, done)


def masks(*sources: State) -> tuple[Row, ...]:
    """遮蔽: masks drawn, confirmed by another person, or drawn anew; before the viewing is booked or goes on
    (``T-26``). Of a stretch without any mask both say why it needs none."""
    off, other, anew = (Role.OFFICER,), (Role.MANAGER, Role.UNIT_HEAD), effects((Effect.SUPERSEDE, "masks"))
    drawn = (viewing.masking_ordered, viewing.on_this_recorder, viewing.masks_not_drawn, viewing.masks_bear_reason)
    confirmed, again = (viewing.masks_to_confirm, viewing.masks_bear_reason), (viewing.masks_drawn, decision.note_given)
    return (
        Row("S13a", sources, Event.FINISH_MASKS, None, off, drawn, stage=Stage.MASK_MAKER),
        Row("S13b", sources, Event.CONFIRM_MASKS, None, other, confirmed, stage=Stage.MASK_CHECKER, password=True),
        Row("S13c", sources, Event.REDRAW_MASKS, None, DESK, again, anew),
    )


def end_of_day() -> Row:
    """Nobody ended the viewing: the system does at the end of the working day (``T-44``)."""
    done = effects(
        Effect.TOKEN_REVOKE, (Effect.STATION, "blank"), (Effect.FLAG, "viewed"), (Effect.NOTICE, "not_ended")
    )
    sources = (State.VIEWING, State.INTERRUPTED)
    return Row("S8", sources, Event.END_OF_DAY, State.VIEWED, (Role.SYSTEM,), (), done)


def ledger(*sources: State, first: tuple[Guard, ...] = ()) -> tuple[Row, ...]:
    """The two signatures of the row in 附件4, of two people (八(六), ``AT-61``), once ``first`` allows it."""
    guards = (*first, decision.ledger_full)
    head = (Role.UNIT_HEAD,)
    return (
        Row("S9", sources, Event.SIGN_LEDGER, None, DESK, guards, stage=Stage.LEDGER_MANAGER),
        Row("S10", sources, Event.STAMP_LEDGER, None, head, guards, stage=Stage.LEDGER_HEAD),
    )


def rectification(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """更正: of a word of a case that was received, by whoever keeps the book, counted once the unit head signed it
    (``T-80``, domain 3.4), in every state that ``rows`` lead to, a closed case too. Once the case has gone past the
    decision, the director is told."""
    known = {state for row in rows for state in (*row.sources, row.target) if state}
    sources = tuple(state for state in State if state in known - {State.DRAFT, State.PRESERVED})
    early = tuple(state for state in sources if state in BEFORE_DECISION)
    later = tuple(state for state in sources if state not in BEFORE_DECISION)
    head, waits = (Role.UNIT_HEAD,), (rectify.rectification_waits, rectify.all_shown)
    entered = (rectify.word_named, rectify.word_free, rectify.word_new, rectify.same_person, decision.note_given)
    confirmed = (*waits, rectify.words_stand, rectify.another_person, rectify.signed_by_no_party)
    return (
        Row("S13", sources, Event.RECTIFY, None, DESK, entered,
            effects((Effect.RECORD, "rectifying")), kind="correction.entered"),
        Row("S14", early, Event.RECTIFY_CONFIRM, None, head, confirmed, effects((Effect.RECORD, "rectified"))),
        Row("S16", later, Event.RECTIFY_CONFIRM, None, head, (*confirmed, rectify.same_person),
            effects((Effect.RECORD, "rectified"), (Effect.NOTICE, "rectified"))),
        Row("S15", sources, Event.RECTIFY_DECLINE, None, head, (*waits, decision.note_given),
            effects((Effect.RECORD, "declined"))),
    )  # fmt: skip


def closing(
    row_id: str, *sources: State, first: tuple[Guard, ...] = (), besides: tuple[tuple[Effect, str], ...] = ()
) -> Row:
    """結案歸卷: the ledger row full and signed, the file built; the pin goes by its rule (``D-05``). Whether all is
    done that was granted is asked where the row is signed. ``besides``: further effects."""
    guards = (*first, decision.ledger_full, decision.ledger_signed, rectify.nothing_waits)
    done = (*_CLOSED, *effects(*besides))
    return Row(row_id, sources, Event.CLOSE, State.CLOSED, (Role.OFFICER,), guards, done, kind="case.closed")

"""Submits of every kind over HTTPS, during which the keeper or the web process is killed; each is sent again afterwards
under its own act id, as a browser's reload does.

What was acknowledged must be there after the start. What was not is there whole, record and entry and effect, or not at
all; sent again it is done once.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

from appliance.core.clock import SystemClock
from appliance.keeper.verifying import verification
from appliance.rules.deadlines import day_of
from appliance.rules.scans import CameraPaper, camera_papers
from tests.attack.client import FORM, Answer, Attacker
from tests.attack.forms import SUBMITS, honest, intake
from tests.attack.office import OTHER, AttackedOffice, act_id
from tests.box import OFFICER, UNIT_HEAD
from tests.caselife import CaseLife, doc_no, life_of
from tests.faults.takes import stopped
from tests.scanfiles import png

__all__ = ["KINDS", "Report", "Submit", "kill_during", "send"]

VICTIMS = ("keeper", "web")
_PARTS = "multipart/form-data; boundary=b"


class Submit(NamedTuple):
    """One form: where it goes, its body, the act id in it."""

    path: str
    kind: str
    body: bytes
    act: str


@dataclass
class Report:
    """What became of the submits; ``wrong`` is empty where every promise was kept."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = ", ".join(f"{count} {what}" for what, count in sorted(self.outcomes.items()))
        return f"{self.outcomes.total()} kills: {told}; {len(self.wrong)} wrong"


def _form(path: str, typed: dict[str, Any]) -> Submit:
    return Submit(path, FORM, urlencode(typed, doseq=True).encode(), str(typed["act"]))


def _new(path: str, route: str, **more: Any) -> Callable[[AttackedOffice], Submit]:
    return lambda office: _form(path, {**SUBMITS[route](office, honest), **more})


def _life(office: AttackedOffice) -> CaseLife:
    """In the session of now: the keeper's end was the last one's."""
    return life_of(office.box, office.session)


def _received(office: AttackedOffice) -> str:
    return _life(office).receive(["01"], *office.span)


def _to_decision(office: AttackedOffice) -> str:
    case = _received(office)
    _life(office).to_decision(case)
    return case


def _decided(office: AttackedOffice) -> str:
    case = _to_decision(office)
    _life(office).decide(case, "refuse", reason="不符規定", article="八(五)")
    return case


def _act(case: str, form: str, event: str, **typed: Any) -> Submit:
    fields = {name.replace("__", "/"): value for name, value in typed.items()}
    return _form(
        f"/cases/{case}/act",
        {"act": act_id(), "seat": "1", "password": OFFICER.password, "form": form, "event": event, **fields},
    )


def _formal(office: AttackedOffice) -> Submit:
    typed = SUBMITS["/cases/{case}/act"](office, honest)
    return _form(f"/cases/{_received(office)}/act", typed)


def _decision(office: AttackedOffice) -> Submit:
    case = _to_decision(office)
    typed = {"ruling.0.outcome": "granted", "double": "1", "seat": "2", "password": UNIT_HEAD.password}
    return _act(case, "decide", "", **typed)


def _dispatch(office: AttackedOffice) -> Submit:
    today = day_of(SystemClock().wall_ns()).isoformat()
    typed = {"dispatch__day": today, "dispatch__doc_no": doc_no(), "dispatch__signer": UNIT_HEAD.name}
    return _act(_decided(office), "issue", "issue", **typed)


def _service(office: AttackedOffice) -> Submit:
    case, today = _decided(office), day_of(SystemClock().wall_ns()).isoformat()
    _life(office).act("issue", case, dispatch={"day": today, "doc_no": doc_no(), "signer": _life(office).signer})
    return _act(case, "notify", "notify", service__means="handed", service__day=today, service__proof_no="1",
                service__proof_day=today)  # fmt: skip


def _correction(office: AttackedOffice) -> Submit:
    typed = {"rectify__what": "form/report_no", "rectify__new": "P2", "reason": "收件時誤植"}
    return _act(_received(office), "rectify", "rectify", **typed)


def _upload(office: AttackedOffice) -> Submit:
    return _scan(f"case/{_received(office)}", "form")


def _scan(of: str, kind: str) -> Submit:
    act = act_id()
    head = b"--b\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n"
    parts = ((b'name="act"', act.encode()), (b'name="seat"', b"1"), (b'name="password"', OFFICER.password.encode()),
             (b'name="kind"', kind.encode()), (b'name="note"', b"x"), (b'name="file"; filename="form.png"', png(kind)),
             )  # fmt: skip
    body = b"".join(head % part for part in parts) + b"--b--\r\n"
    return Submit(f"/scans/{of}", _PARTS, body, act)


def _camera_act(office: AttackedOffice) -> Submit:
    named = {"camera": f"8{act_id()[:6]}", "area": "一樓大廳"}
    drafted = _form("/cameras/new", {**SUBMITS["/cameras/new"](office, honest), **named})
    assert _done(send(office.attacker(), drafted)), "the draft before the act"
    for paper in (CameraPaper.SKETCH, CameraPaper.PHOTO):
        filed = send(office.attacker(), _scan(camera_papers(named["camera"], 1), paper))
        assert _done(filed), "the papers before the act"
    return _form(
        f"/cameras/{named['camera']}/act",
        {"act": act_id(), "seat": "1", "password": OFFICER.password, "event": "submit", "version": "1"},
    )


def _inspection(office: AttackedOffice, act: str = "") -> Submit:
    """What the machine found is opened and judged first; a keeper that begins anew may have found more."""
    day = day_of(SystemClock().wall_ns()).isoformat()
    office.box.call("inspection.propose", session=office.session)
    told = office.box.call("inspection.day", session=office.session, day=day)
    typed: dict[str, Any] = {"act": act or act_id(), "box": "normal", "password": OFFICER.password}
    for at, item in enumerate(told["row"]["items"], 1):
        office.box.call("inspection.opened", session=office.session, day=day, item=item["key"])
        typed |= {f"key-{at}": item["key"], f"judged-{at}": "none", f"reason-{at}": "測試"}
    return _form(f"/inspection/{day}/sign", typed)


def _numbered(path: str, route: str, name: str, stem: str) -> Callable[[AttackedOffice], Submit]:
    """A thing whose name no other may have."""
    return lambda office: _form(path, {**SUBMITS[route](office, honest), name: stem + act_id()[:6]})


def _register_act(office: AttackedOffice) -> Submit:
    return _form(f"/register/media/{office.medium}/act", SUBMITS["/register/{register}/{item}/act"](office, honest))


KINDS: dict[str, Callable[[AttackedOffice], Submit]] = {
    "intake": lambda office: _form("/cases/new/citizen", intake("citizen")(office, honest)),
    "call": lambda office: _form("/cases/new/call", intake("call")(office, honest)),
    "upload": _upload,
    "formal check": _formal,
    "decision": _decision,
    "dispatch": _dispatch,
    "service": _service,
    "correction": _correction,
    "hold": _new("/holds/new", "/holds/new"),
    "somebody new": _numbered("/people/new", "/people/new", "name", "p"),
    "a pledge": _new(f"/people/{OTHER.name}/pledge", "/people/{name}/{act}"),
    "review": _new("/people/review", "/people/review"),
    "register": _numbered("/register/media/new", "/register/{register}/new", "serial", "S"),
    "register's step": _register_act,
    "camera": _numbered("/cameras/new", "/cameras/new", "camera", "7"),
    "camera's step": _camera_act,
    "inspection": _inspection,
}
ONCE = frozenset({"inspection"})
"""A day's row is signed once."""


def send(client: Attacker, submit: Submit) -> Answer:
    """Status 0 where no answer came."""
    try:
        return client.ask(
            "POST", submit.path, client.as_page() | {"Content-Type": submit.kind}, submit.body, attack="kill"
        )
    except OSError:
        return Answer(0, (), b"")
    finally:
        client.close()


def _done(answer: Answer) -> bool:
    """Whether it says that the act was done: the way to what was made, or the slip of somebody new, which shows the
    password once and at a repeat that it did."""
    leads_on = answer.status == 303 and "again=" not in answer.goes_to and not answer.goes_to.startswith("/login")
    return leads_on or (answer.status == 200 and 'class="button primary" href="/people/' in answer.text)


def kill_during(office: AttackedOffice, names: Sequence[str], seed: int, victims: Sequence[str] = VICTIMS) -> Report:
    """One submit of each name, with a kill at a drawn moment of it; afterwards the office is stopped and judged."""
    drawn, report, acts, took = random.Random(seed), Report(), dict[str, tuple[str, bool]](), dict[str, float]()
    for at, name in enumerate(names):
        submit, victim = KINDS[name](office), victims[at % len(victims)]
        size = office.entries
        answer = _interrupted(office, submit, victim, drawn.uniform(0.0, 1.2) * took.get(name, 0.06), took, name)
        acknowledged = _done(answer)
        before = _entered(office, submit.act, size)
        if acknowledged and not before:
            report.wrong.append(f"{name}: acknowledged, and gone after {victim} was killed")
        report.outcomes["acknowledged" if acknowledged else "whole" if before else "absent"] += 1
        if name in ONCE and not before:
            submit = _inspection(office, submit.act)
        again = send(office.attacker(), submit)
        if not _done(again) and not _entered(office, submit.act, size):  # one that is done: its case has gone on
            report.wrong.append(f"{name}: sent again after {victim} was killed: {again.status} {again.goes_to}")
        acts[submit.act] = (name, acknowledged)
    office.box.stop()
    with stopped(office.box) as stores:
        for act, (name, _) in acts.items():
            entry = stores.ledger.act(act)
            if entry is None:
                report.wrong.append(f"{name}: no entry")
            elif "commit" in entry.fields and stores.acts.sealed(entry.index) is None:
                report.wrong.append(f"{name}: an entry without its record")
        for step in verification(stores):
            if "found" in step and not step["found"]["ok"]:
                report.wrong.append(f"verification: {step['found']}")
    return report


def _interrupted(
    office: AttackedOffice, submit: Submit, victim: str, after_seconds: float, took: dict[str, float], name: str
) -> Answer:
    """The answer, if one came, to a submit during which ``victim`` was killed; it runs again afterwards."""
    answers: list[Answer] = []
    client = office.attacker()  # logged in before the kill

    def run() -> None:
        begun = time.monotonic()
        answers.append(send(client, submit))
        took.setdefault(name, max(0.02, time.monotonic() - begun))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(after_seconds)
    office.box.kill(victim, how=signal.SIGKILL)
    thread.join(180)
    office.box.start(victim)
    return answers[0] if answers else Answer(0, (), b"")


def _entered(office: AttackedOffice, act: str, since: int) -> bool:
    """Whether the act is among the ledger's entries from ``since`` on."""
    session = office.session
    told = office.box.call("ledger.list", session=session, start=since, count=max(1, min(200, office.entries - since)))
    return any(entry["fields"].get("act") == act for entry in told["entries"])

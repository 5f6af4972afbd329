"""The sample case of a trial office: a citizen's request over what was recorded just now, led to its viewing.

Its acts are those of the two people who are logged in, performed as their own forms perform them: one request of
``case-act`` each, with the password that was typed for it, judged by the same guards. Before the first of them the
ledger gets a ``trial.sample`` with the ids that they will have, so that whoever reads it knows them for a sample's.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from appliance.core.clock import Clock
from appliance.core.errors import Refused, Unavailable
from appliance.core.model import Span
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.cases import CaseAct
from appliance.protocol.endpoint import PairRequest
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import ActDone
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.tour import LEAST_NS, SampleAct, sample_acts, sample_scopes
from appliance.services.people.pairs import Pair

__all__ = ["Samples"]

_KIND = "trial.sample"
_MINUTE_NS = 60 * 10**9
_LOOKED_NS = 5 * _MINUTE_NS


class Samples:
    """``cameras()``: the numbers of those in force; ``footage(camera, span)``: what there is of it; ``perform``: a
    person's act on a case."""

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        *,
        cameras: Callable[[], Iterable[str]],
        footage: Callable[[str, Span], Sequence[Span]],
        perform: Callable[[CaseAct], ActDone],
    ) -> None:
        self._acts, self._ledger, self._clock = acts, ledger, clock
        self._cameras, self._footage, self._perform = cameras, footage, perform

    def newest(self) -> tuple[str, str]:
        """The act id of the newest sample, and the key of its case; "" for none, and for one that has no case yet."""
        entries = list(self._ledger.acts(_KIND))
        return (str(entries[-1].fields["act"]), self._case_of(entries[-1])) if entries else ("", "")

    def make(self, request: PairRequest, pair: Pair) -> str:
        """The key of the case. What was done before under this act id stands, and the rest follows. Raises Refused,
        NotAllowed and all that an act on a case raises; then what was done until then stands."""
        now_ns, ids = self._clock.wall_ns(), _ids(request.act)
        begun = self._ledger.act(request.act)
        scopes = () if begun is not None and self._case_of(begun) else self._recorded(now_ns)
        today = day_of(now_ns)
        steps = sample_acts(scopes, today, (now_ns - start_ns_of(today)) // _MINUTE_NS)
        self._acts.perform(request.act, _KIND, {"acts": list(ids)}, pair.sealed())
        case = ""
        for step, act in zip(steps, ids, strict=True):
            done = self._ledger.act(act)
            case = str(done.fields["case"]) if done is not None else self._do(request, pair, step, act, case)
        return case

    def _do(self, request: PairRequest, pair: Pair, step: SampleAct, act: str, case: str) -> str:
        seat = (pair.proposer, pair.approver)[step.whose].seat
        asked = CaseAct(
            session=request.session,
            act=act,
            seat=seat,
            password=request.passwords.get(str(seat), ""),
            event=step.event,
            case=case,
            kind="" if case else Kind.CIT,
            facts=step.facts,
        )
        return self._perform(asked).case

    def _recorded(self, now_ns: int) -> tuple[Scope, ...]:
        """Raises Refused while no camera has recorded enough."""
        lately, found = Span(now_ns - _LOOKED_NS, now_ns), dict[str, Sequence[Span]]()
        for camera_no in self._cameras():
            with contextlib.suppress(Unavailable):
                found[camera_no] = self._footage(camera_no, lately)
        if not (scopes := sample_scopes(found, now_ns)):
            raise Refused.of("tour-little", seconds=LEAST_NS // 10**9)
        return scopes

    def _case_of(self, begun: Entry) -> str:
        ids: Mapping[int, str] = dict(enumerate(begun.fields["acts"]))
        received = self._ledger.act(ids[0])
        return str(received.fields["case"]) if received is not None else ""


def _ids(act: str) -> tuple[str, ...]:
    """The ids of a sample's acts, made from its own: sent twice, it does nothing twice."""
    count = len(sample_acts((), day_of(0), 0))
    return tuple(hashlib.sha256(f"{act}/{number}".encode()).hexdigest()[:32] for number in range(count))

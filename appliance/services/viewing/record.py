"""The record of a case's viewings (閱覽紀錄), read out of the ledger: what was opened, shown, filmed and destroyed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from appliance.core.model import Span, merge
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.holes import Hole
from appliance.rules.cases.openings import end_act, is_seen, was_unlocked
from appliance.rules.cases.viewing_record import Alarm, CameraSeen, Sitting, ViewingCopyView, ViewingRecord
from appliance.rules.cases.views import Stretch
from appliance.services.viewing.shown import ShownSoFar

__all__ = ["ViewingRecords"]


class ViewingRecords:
    """``name_of``: the name of an account; ``place_of``: where a viewing station stands, by its number, "" where it is
    not known; ``locations``: the place of each camera by its number."""

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        seen: ShownSoFar,
        *,
        name_of: Callable[[str], str],
        place_of: Callable[[int], str],
        locations: Callable[[], Mapping[str, str]],
    ) -> None:
        self._acts, self._ledger, self._seen = acts, ledger, seen
        self._name_of, self._place_of, self._locations = name_of, place_of, locations

    def of(self, case: str) -> ViewingRecord:
        """Of all viewings of the case, by its key. What was sealed and does not open any more is left out."""
        about = list(self._ledger.acts_about(case))
        grants = [each for each in about if each.kind == "grant.opened" and is_seen(each.fields)]
        return ViewingRecord(
            sittings=tuple(self._sitting(each, about) for each in grants),
            cameras=tuple(self._cameras(case, grants)),
            copies=tuple(self._copies(about)),
            alarms=tuple(self._alarms(grants)),
        )

    def _sitting(self, opened: Entry, about: list[Entry]) -> Sitting:
        fields, grant_id = opened.fields, str(opened.fields["grant"])
        ended = self._ledger.act(end_act(grant_id))
        masks = fields.get("masks")
        station = fields.get("station")
        left = str(self._acts.legible(ended.index).get("left", "")) if ended else ""
        return Sitting(
            began_ns=opened.at_ns,
            ended_ns=ended.at_ns if ended else 0,
            cause=str(ended.fields["cause"]) if ended else "",
            people=tuple(map(self._name_of, self._acts.legible(opened.index).get("people", ()))),
            left=self._name_of(left) if left else "",
            present=tuple(
                each.at_ns for each in about if each.kind == "grant.present" and each.fields["grant"] == grant_id
            ),
            station=None if station is None else int(station),
            place=self._place_of(int(station)) if station is not None else "",
            masks=None if masks is None else len(masks),
        )

    def _cameras(self, case: str, grants: list[Entry]) -> Iterator[CameraSeen]:
        opened: dict[str, list[Span]] = {}
        for each in grants:
            ended = self._ledger.act(end_act(str(each.fields["grant"])))
            for span in each.fields["spans"] if was_unlocked(ended and ended.fields) else ():
                asked = Span(int(span["start_ns"]), int(span["end_ns"]))
                opened.setdefault(str(span["camera_no"]), []).append(asked)
        seen, locations = self._seen.of(case, -1), self._locations()
        for camera_no, spans in sorted(opened.items()):
            yield CameraSeen(
                camera_no=camera_no,
                location=locations.get(camera_no, ""),
                opened=tuple(
                    Stretch(camera_no=camera_no, start_ns=span.start_ns, end_ns=span.end_ns) for span in merge(spans)
                ),
                seen_ns=seen.length_ns(camera_no),
            )

    def _copies(self, about: list[Entry]) -> Iterator[ViewingCopyView]:
        """Of those that were whole; one that was not was shown to nobody."""
        for made in about:
            copy = str(made.fields.get("copy", ""))
            if made.kind != "copy.made" or made.fields["act"] != f"{copy}.made":
                continue  # the other sort lies on a medium, and was made by an act of the case
            ended = self._ledger.act(f"{copy}.end")
            missing = (
                (str(gap["camera_no"]), Hole(start_ns=gap["start_ns"], end_ns=gap["end_ns"], cause=str(gap["cause"])))
                for gap in made.fields["missing"]
            )
            yield ViewingCopyView(
                copy=copy,
                made_ns=made.at_ns,
                ended_ns=ended.at_ns if ended else 0,
                cause=str(ended.fields["cause"]) if ended else "",
                missing=tuple(missing),
            )

    def _alarms(self, grants: list[Entry]) -> Iterator[Alarm]:
        for each in grants:
            grant_id = str(each.fields["grant"])
            begun = self._ledger.act(f"{grant_id}-filming")
            mistaken = self._ledger.act(f"{grant_id}-mistaken")
            if begun is not None:
                yield Alarm(
                    incident=str(begun.fields["item"]),
                    at_ns=begun.at_ns,
                    mistaken_ns=mistaken.at_ns if mistaken else 0,
                )

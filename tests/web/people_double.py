"""The part of the keeper's double that has people: it remembers what it was told, and judges that passwords fit."""

from __future__ import annotations

from typing import Any

from appliance.core.errors import FactorDue, NotFound, NotLoggedIn, PasswordDue, Refused
from appliance.protocol.transport import Reply
from appliance.rules.handover import LINES

__all__ = ["DRAWN", "PeopleDouble"]

_THINGS = [
    {"id": "case/113-0001", "sort": "case", "key": "113-0001", "number": "113調-民-0001", "what": "pass_formal",
     "due": "2024-10-12", "roles": ["officer"], "takers": ["officer"]},
    {"id": "hold/113-保-0001", "sort": "hold", "key": "113-保-0001", "what": "event", "due": "2024-10-03",
     "roles": ["officer", "unit_head"], "takers": ["officer", "head"]},
    {"id": "ticket/M113-0003", "sort": "ticket", "key": "M113-0003", "what": "accepted", "roles": ["officer"],
     "takers": ["officer"]},
    {"id": "camera/1-02/2", "sort": "camera", "key": "1-02/2", "number": "1-02 v2", "what": "review_due",
     "roles": ["officer", "unit_head"], "takers": ["officer", "head"]},
    {"id": "inspection/2024-09-27", "sort": "inspection", "key": "2024-09-27", "what": "sign", "roles": ["officer"],
     "takers": ["officer"]},
]  # fmt: skip
DRAWN = "tobid-zurep-fadim-kolun-hebis-wavok"
_TODAY = "2024-09-30"
_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class PeopleDouble:
    """To be mixed in. ``people`` may be changed by a test; ``first`` has who waits for the first log-in."""

    now_ns: int
    people: dict[str, dict[str, Any]]

    def start_people(self, people: dict[str, tuple[str, list[str]]]) -> None:
        self.people = {
            name: {
                "name": name,
                "display": display,
                "post": "課員",
                "unit": "行政庶務課",
                "roles": roles,
                "grants": [{"role": role, "start": "1970-01-01", "now": True} for role in roles],
                "pledged": "2024-03-01" if name != "third" else "",
                "factor": name in ("officer", "head"),
                "keyholder": name in ("officer", "head"),
                "used_ns": self.now_ns,
            }
            for name, (display, roles) in people.items()
        }
        self.reviewed_ns = 0
        self.deeds: dict[str, list[dict[str, Any]]] = {}
        self._people_acts: set[str] = set()
        self.keys: dict[str, list[dict[str, Any]]] = {}
        self.keys_possible = True
        self.handed: dict[str, list[dict[str, Any]]] = {}

    def waits(self, name: str) -> None:
        """A password is drawn for ``name``."""
        self.people[name] |= {"waits": True}

    def check_first(self, name: str, password: str) -> None:
        person = self.people.get(name)
        if person and person.get("waits") and password == DRAWN:
            raise PasswordDue("password: it was drawn for the first log-in; choose your own now")
        if person and person.get("factor_due"):
            raise FactorDue("second factor: your role needs one and the account has none; set it up now")

    # --- one's own account ---

    def _first_begin(self, name: str, password: str, source: str) -> Reply:
        return self._enrolment(name, first=bool(self.people[name].get("waits")))

    def _first_again(self, token: str) -> Reply:
        if not token.startswith("enrol-"):
            raise NotLoggedIn("enrolment: it took over ten minutes or was begun again elsewhere; begin again")
        name = token.removeprefix("enrol-")
        return self._enrolment(name, first=bool(self.people[name].get("waits")))

    def _first_finish(self, token: str, password: str, code: str) -> Reply:
        name = token.removeprefix("enrol-")
        if code != "123456":
            raise Refused.of("account-code")
        self.people[name] |= {"waits": False, "factor": True, "factor_due": False}
        return Reply({"person": name})

    def _enrolment(self, name: str, *, first: bool) -> Reply:
        uri = f"otpauth://totp/office:{name}?secret={_SECRET}&issuer=office"
        display = self.people[name]["display"]
        return Reply({"token": f"enrol-{name}", "person": name, "display": display, "secret": _SECRET, "uri": uri,
                      "chooses": first})  # fmt: skip

    def _account(self, session: str) -> Reply:
        sitting = {"here": True, "began_ago_ns": 754 * 10**9, "seen_ago_ns": 4 * 10**9}
        return Reply(
            {
                "keys_possible": self.keys_possible,
                "accounts": [
                    {
                        "keys": self.keys.get(seat["person"], []),
                        "seat": seat["seat"],
                        "factor": self.people[seat["person"]]["factor"],
                        "keyholder": self.people[seat["person"]]["keyholder"],
                        "sittings": [sitting],
                    }
                    for seat in self._seats(session)
                ],
            }
        )

    def _account_password(self, session: str, seat: int, old: str, new: str) -> Reply:
        self._proved(session, seat, old)
        return Reply({})

    def _key_request(self) -> Reply:
        return Reply({"options": {"challenge": "AAAA", "rpId": "localhost", "userVerification": "preferred"}})

    def _account_key(self, session: str, seat: int, password: str) -> Reply:
        self._proved(session, seat, password)
        return Reply({"options": {"challenge": "AAAA", "rp": {"id": "localhost"}}})

    def _account_key_proved(self, session: str, seat: int, credential: str, label: str) -> Reply:
        person = next(each["person"] for each in self._seats(session) if each["seat"] == seat)
        if not credential:
            raise Refused.of("key-fit")
        key = {"key": f"key-{label}", "label": label, "added_ns": self.now_ns}
        self.keys.setdefault(person, []).append(key)
        return Reply({})

    def _account_key_removed(self, session: str, seat: int, password: str, key: str) -> Reply:
        person = self._proved(session, seat, password)["person"]
        self.keys[person] = [each for each in self.keys[person] if each["key"] != key]
        return Reply({})

    def _account_factor(self, session: str, seat: int, password: str) -> Reply:
        return self._enrolment(self._proved(session, seat, password)["person"], first=False)

    def _account_factor_proved(self, token: str, session: str, code: str) -> Reply:
        return self._first_finish(token, "", code)

    # --- people ---

    def _people(self, session: str) -> Reply:
        return Reply({"today": _TODAY, "people": list(self.people.values()), "reviewed_ns": self.reviewed_ns})

    def _person(self, session: str, name: str) -> Reply:
        if name not in self.people:
            raise NotFound(f"person {name!r}: there is nobody of that name")
        return Reply({"today": _TODAY, "person": self.people[name], "history": self.deeds.get(name, [])})

    def _person_add(self, session: str, act: str, passwords: dict[str, str], name: str, **fields: Any) -> Reply:
        self._both(session, passwords)
        if act in self._people_acts:
            return Reply({"drawn": ""})
        self._people_acts.add(act)
        grant = {key: fields[key] for key in ("role", "start", "end", "acting")}
        self.people[name] = {
            "name": name, "display": fields["display"], "post": fields["post"], "unit": fields["unit"],
            "roles": [fields["role"]], "grants": [{**grant, "now": True}], "waits": True, "added_ns": self.now_ns,
        }  # fmt: skip
        self._did(name, "person.added", fields["document"], **grant)
        return Reply({"drawn": DRAWN})

    def _person_grant(self, session: str, act: str, passwords: dict[str, str], name: str, **fields: Any) -> Reply:
        self._both(session, passwords)
        grant = {key: fields[key] for key in ("role", "start", "end", "acting")}
        self.people[name]["grants"].append({**grant, "now": True})
        self._did(name, "person.changed", fields["document"], change="granted", **grant)
        return Reply({})

    def _person_end_grant(self, session: str, act: str, passwords: dict[str, str], name: str, **fields: Any) -> Reply:
        self._both(session, passwords)
        for grant in self.people[name]["grants"]:
            if grant["role"] == fields["role"]:
                grant |= {"now": False, "over": True}
        self._did(name, "person.changed", fields["document"], change="ended", role=fields["role"])
        return Reply({})

    def _person_move(self, session: str, act: str, passwords: dict[str, str], name: str, **fields: Any) -> Reply:
        self._both(session, passwords)
        self.people[name] |= {key: fields[key] for key in ("display", "post", "unit")}
        self._did(name, "person.changed", fields["document"], change="moved")
        return Reply({})

    def _person_close(self, session: str, act: str, passwords: dict[str, str], name: str, document: str) -> Reply:
        self._both(session, passwords)
        self.people[name] |= {"closed_ns": self.now_ns, "closed_why": "left", "roles": []}
        self._did(name, "person.disabled", document, why="left")
        return Reply({})

    def _person_reopen(self, session: str, act: str, passwords: dict[str, str], name: str, document: str) -> Reply:
        self._both(session, passwords)
        self.people[name] |= {"suspended_ns": 0}
        self._did(name, "person.reopened", document)
        return Reply({})

    def _person_reset(self, session: str, act: str, passwords: dict[str, str], name: str) -> Reply:
        self._both(session, passwords)
        self.waits(name)
        self._did(name, "password.reset", "")
        return Reply({"drawn": DRAWN})

    def _person_enrol(self, session: str, act: str, passwords: dict[str, str], name: str) -> Reply:
        self._both(session, passwords)
        self.people[name] |= {"keyholder": True}
        return Reply({})

    def _handover(self, session: str, name: str) -> Reply:
        """One thing of each sort."""
        if name not in self.people:
            raise NotFound(f"person {name!r}: there is nobody of that name")
        told = {
            "name": name, "display": self.people[name]["display"], "post": "課員", "unit": "行政庶務課",
            "closed_ns": self.people[name].get("closed_ns", 0), "keyholder": self.people[name].get("keyholder", False),
            "keyholders": 1, "lines": list(LINES), "items": [] if name in self.handed else _THINGS,
            "names": {each: found["display"] for each, found in self.people.items()},
            "signed": self.handed.get(name, []),
        }  # fmt: skip
        return Reply(told)

    def _handover_sign(
        self, session: str, act: str, passwords: dict[str, str], name: str, receivers: dict[str, str],
        ticked: list[str], document: str,
    ) -> Reply:  # fmt: skip
        self._both(session, passwords)
        if set(receivers) != {item["id"] for item in _THINGS}:
            raise Refused.of("handover-taker", name="M115-0003")
        if set(ticked) != set(LINES):
            raise Refused.of("handover-lines", lacking="secrecy")
        items = [{**item, "taker": self.people[receivers[item["id"]]]["display"]} for item in _THINGS]
        signed = {"index": 41, "at_ns": self.now_ns, "document": document, "by": "陳怡君", "by_person": "officer",
                  "approved_by": "林志明", "approved_person": "head", "items": items}  # fmt: skip
        self.handed.setdefault(name, []).insert(0, signed)
        return Reply({})

    def _person_pledge(self, session: str, act: str, passwords: dict[str, str], name: str, document: str) -> Reply:
        if len(self._seats(session)) > 1:
            self._proved(session, 1, passwords.get("1", ""))
        self.people[name] |= {"pledged": _TODAY}
        self._did(name, "person.pledged", document)
        return Reply({})

    def _people_review(self, session: str, act: str, seat: int, password: str, remark: str) -> Reply:
        self._proved(session, seat, password)
        self.reviewed_ns = self.now_ns
        return Reply({})

    def _both(self, session: str, passwords: dict[str, str]) -> None:
        for seat in self._seats(session):
            self._proved(session, seat["seat"], passwords[str(seat["seat"])])

    def _did(self, name: str, kind: str, document: str, **fields: Any) -> None:
        deed = {"index": 40, "at_ns": self.now_ns, "kind": kind, "fields": fields, "words": document}
        self.deeds.setdefault(name, []).insert(0, deed | {"by": "陳怡君", "approved_by": "林志明"})

    # what the double itself has
    def _seats(self, session: str) -> list[dict[str, Any]]:
        raise NotImplementedError

    def _proved(self, session: str, seat: int, password: str) -> dict[str, Any]:
        raise NotImplementedError

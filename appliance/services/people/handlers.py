"""What the keeper answers about the office's people: who may do what, and what two people change about it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from appliance.core.errors import Refused, UsageError
from appliance.ledger.records import Acts
from appliance.protocol.endpoint import ActRequest, Done, Served, SessionRequest, serves
from appliance.protocol.people import (
    ADD_PERSON,
    CLOSE_PERSON,
    END_ROLE,
    ENROL_KEYHOLDER,
    GRANT_ROLE,
    MOVE_PERSON,
    PEOPLE,
    PERSON,
    PLEDGE,
    REOPEN_PERSON,
    RESET_PERSON,
    REVIEW_PEOPLE,
    AddPerson,
    DocumentedAct,
    DrawnPassword,
    EndRole,
    GrantRole,
    MovePerson,
    PeopleNow,
    PersonAct,
    PersonDetails,
    PersonNow,
    PersonRequest,
    ReviewPeople,
    RoleGrantView,
)
from appliance.rules.people import DECIDERS, OFFICERS, PLEDGE_DAYS, REVIEW_DAYS, ROLES, RoleGrant
from appliance.services.act_entries import act_entry
from appliance.services.people.accounts import Accounts
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.pairs import Pair
from appliance.services.people.people import People
from appliance.services.people.peoplebook import Person
from appliance.services.people.rights import Rights, typed_by_seat

__all__ = ["PeopleHandlers"]


class PeopleHandlers:
    """Over the people, their accounts and who opens the vault. :class:`People` judges."""

    def __init__(self, rights: Rights, people: People, accounts: Accounts, keyholders: Keyholders, acts: Acts) -> None:
        self._rights, self._people, self._book = rights, people, people.book
        self._accounts, self._keyholders, self._acts = accounts, keyholders, acts

    def served(self) -> tuple[Served, ...]:
        return (
            serves(PEOPLE, self._list),
            serves(PERSON, self._one),
            serves(ADD_PERSON, self._add),
            serves(GRANT_ROLE, self._grant),
            serves(END_ROLE, self._end),
            serves(MOVE_PERSON, self._move),
            serves(CLOSE_PERSON, self._close),
            serves(REOPEN_PERSON, self._reopen),
            serves(RESET_PERSON, self._reset),
            serves(ENROL_KEYHOLDER, self._enrol),
            serves(PLEDGE, self._pledge),
            serves(REVIEW_PEOPLE, self._review),
        )

    # --- showing ---

    def _list(self, request: SessionRequest) -> PeopleNow:
        self._rights.require(request, "see-people")
        return PeopleNow(
            today=self._book.today().isoformat(),
            people=tuple(map(self._view, self._book.all())),
            reviewed_ns=self._book.reviewed_ns,
            review_days=REVIEW_DAYS,
            pledge_days=PLEDGE_DAYS,
        )

    def _one(self, request: PersonRequest) -> PersonDetails:
        self._rights.require(request, "see-people")
        person = self._book.get(request.name)
        return PersonDetails(
            today=self._book.today().isoformat(),
            person=self._view(person),
            history=tuple(act_entry(self._acts, entry) for entry in self._book.history(person.name)),
        )

    def _view(self, person: Person) -> PersonNow:
        account, today = self._accounts.find(person.name), self._book.today()
        return PersonNow(
            name=person.name,
            display=person.display,
            post=person.post,
            unit=person.unit,
            roles=person.on(today),
            grants=tuple(
                _grant_view(person, grant, today)
                for grant in person.grants
                if grant.end is None or grant.end >= grant.start
            ),
            added_ns=person.added_ns,
            closed_ns=person.closed_ns,
            closed_why=person.closed_why,
            suspended_ns=0 if person.closed_ns else person.suspended_ns,
            pledged=person.pledged.isoformat() if person.pledged else "",
            waits=bool(account and account.must_change and account.enabled),
            factor=bool(account and (account.totp_secret or account.keys)),
            used_ns=account.used_ns if account else 0,
            keyholder=self._keyholders.has_slot(person.name),
        )

    # --- changing ---

    def _add(self, request: AddPerson) -> DrawnPassword:
        grant = _grant_of(request)
        drawn = self._people.add(
            request.act,
            self._pair(request, _approvers(grant)),
            name=request.name,
            display=request.display,
            post=request.post,
            unit=request.unit,
            grant=grant,
            document=request.document,
        )
        return DrawnPassword(drawn)

    def _grant(self, request: GrantRole) -> Done:
        grant = _grant_of(request)
        pair = self._pair(request, _approvers(grant))
        self._people.grant(request.act, pair, request.name, grant, document=request.document)
        return Done()

    def _end(self, request: EndRole) -> Done:
        self._people.end_grant(
            request.act,
            self._pair(request),
            request.name,
            request.role,
            acting=request.acting,
            document=request.document,
        )
        return Done()

    def _move(self, request: MovePerson) -> Done:
        self._people.move(
            request.act,
            self._pair(request),
            request.name,
            display=request.display,
            post=request.post,
            unit=request.unit,
            document=request.document,
        )
        return Done()

    def _close(self, request: DocumentedAct) -> Done:
        self._people.close(request.act, self._pair(request), request.name, document=request.document)
        return Done()

    def _reopen(self, request: DocumentedAct) -> Done:
        self._people.reopen(request.act, self._pair(request), request.name, document=request.document)
        return Done()

    def _reset(self, request: PersonAct) -> DrawnPassword:
        return DrawnPassword(self._people.reset(request.act, self._pair(request), request.name))

    def _enrol(self, request: PersonAct) -> Done:
        """Of the two people here, the one who opens the vault lets in the one who does not."""
        seats = self._rights.session(request).seats
        holders = [seat for seat in seats if self._keyholders.can_unlock(seat.person)]
        others = [seat for seat in seats if seat not in holders and seat.person == request.name]
        if not holders or not others:
            raise Refused.of("vault-both")
        self._people.enrol(request.act, request.session, holders[0], others[0], typed_by_seat(request.passwords))
        return Done()

    def _pledge(self, request: DocumentedAct) -> Done:
        by = self._rights.session(request).seat_of(OFFICERS)
        typed = typed_by_seat(request.passwords).get(by.seat, "")
        act = ActRequest(session=request.session, active=request.active, act=request.act, seat=by.seat, password=typed)
        by = self._rights.own(act, by)
        self._people.pledge(request.act, by, request.name, document=request.document)
        return Done()

    def _review(self, request: ReviewPeople) -> Done:
        seats = self._rights.session(request).seats
        seat = next((seat for seat in seats if seat.seat == request.seat and DECIDERS & set(seat.roles)), None)
        if seat is None:
            raise Refused.of("people-absent-role", roles=" or ".join(sorted(DECIDERS)))
        self._people.review(request.act, self._rights.proved(request, seat), remark=request.remark)
        return Done()

    def _pair(self, request: PersonAct, approvers: Collection[str] = DECIDERS) -> Pair:
        return self._rights.pair(request, request.passwords, approvers)


def _grant_view(person: Person, grant: RoleGrant, today: date) -> RoleGrantView:
    return RoleGrantView(
        role=grant.role,
        start=grant.start.isoformat(),
        end=grant.end.isoformat() if grant.end else "",
        acting=grant.acting,
        now=grant.on(today) and not person.closed_ns,
        over=bool(person.closed_ns) or (grant.end is not None and grant.end < today),
    )


def _grant_of(request: GrantRole) -> RoleGrant:
    try:
        start = date.fromisoformat(request.start)
        end = date.fromisoformat(request.end) if request.end else None
    except ValueError as error:
        raise UsageError.of("people-not-a-day") from error
    return RoleGrant(role=request.role, start=start, end=end, acting=request.acting)


def _approvers(grant: RoleGrant) -> Collection[str]:
    return ROLES[grant.role].approvers if grant.role in ROLES else DECIDERS

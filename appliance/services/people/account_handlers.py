"""What the keeper answers about people's own accounts. A secret passes through once and is kept nowhere."""

from __future__ import annotations

from collections.abc import Callable

from appliance.protocol.account import (
    ACCOUNT,
    BEGIN_FACTOR,
    BEGIN_FIRST,
    BEGIN_KEY,
    CHANGE_PASSWORD,
    FINISH_FACTOR,
    FINISH_FIRST,
    FINISH_KEY,
    FIRST_AGAIN,
    KEY_REQUEST,
    REMOVE_KEY,
    Account,
    Accounts,
    BeginFirst,
    ChangePassword,
    Enrolment,
    EnrolmentRequest,
    FinishFactor,
    FinishFirst,
    FinishKey,
    FirstLogIn,
    KeyOptions,
    OwnSessionView,
    ProvedRequest,
    RemoveKey,
    SecurityKeyView,
)
from appliance.protocol.endpoint import Done, Request, Served, SessionRequest, serves
from appliance.services.people.accounts import Accounts as AccountBook
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Logins, Seat
from appliance.services.people.ownaccount import OwnAccounts
from appliance.services.people.rights import Rights
from appliance.services.people.securitykeys import SecurityKey, SecurityKeys

__all__ = ["AccountHandlers"]


class AccountHandlers:
    """``end_grants``: ends the viewings of a session, by its id."""

    def __init__(
        self,
        rights: Rights,
        own: OwnAccounts,
        accounts: AccountBook,
        keyholders: Keyholders,
        security_keys: SecurityKeys,
        logins: Logins,
        *,
        end_grants: Callable[[str], None],
    ) -> None:
        self._rights, self._own, self._accounts, self._keyholders = rights, own, accounts, keyholders
        self._security_keys, self._logins, self._end_grants = security_keys, logins, end_grants

    def served(self) -> tuple[Served, ...]:
        return (
            serves(BEGIN_FIRST, self._begin_first),
            serves(FIRST_AGAIN, self._first_again),
            serves(FINISH_FIRST, self._finish_first),
            serves(ACCOUNT, self._list),
            serves(CHANGE_PASSWORD, self._change_password),
            serves(BEGIN_FACTOR, self._begin_factor),
            serves(FINISH_FACTOR, self._finish_factor),
            serves(KEY_REQUEST, self._key_request),
            serves(BEGIN_KEY, self._begin_key),
            serves(FINISH_KEY, self._finish_key),
            serves(REMOVE_KEY, self._remove_key),
        )

    # --- the first log-in ---

    def _begin_first(self, request: BeginFirst) -> Enrolment:
        return self._own.begin_first(request.name, request.password, request.source)

    def _first_again(self, request: EnrolmentRequest) -> Enrolment:
        return self._own.waiting(request.token)

    def _finish_first(self, request: FinishFirst) -> FirstLogIn:
        return FirstLogIn(self._own.finish_first(request.token, request.password, request.code))

    # --- somebody who is logged in ---

    def _list(self, request: SessionRequest) -> Accounts:
        session = self._rights.session(request)
        accounts = tuple(self._account(seat, session.session_id) for seat in session.seats)
        return Accounts(keys_possible=self._security_keys.possible, accounts=accounts)

    def _account(self, seat: Seat, session_id: str) -> Account:
        account = self._accounts.get(seat.person)
        return Account(
            seat=seat.seat,
            factor=bool(account.totp_secret),
            keys=tuple(map(_key_view, account.keys)),
            keyholder=self._keyholders.can_unlock(seat.person),
            sittings=tuple(
                OwnSessionView(
                    here=each.session_id == session_id, began_ago_ns=each.began_ago_ns, seen_ago_ns=each.seen_ago_ns
                )
                for each in self._logins.sittings(seat.person)
            ),
        )

    def _change_password(self, request: ChangePassword) -> Done:
        session_id = self._rights.session(request).session_id
        self._own.change_password(request.session, request.seat, request.old, request.new)
        self._end_grants(session_id)
        return Done()

    def _begin_factor(self, request: ProvedRequest) -> Enrolment:
        return self._own.begin_factor(request.session, request.seat, request.password)

    def _finish_factor(self, request: FinishFactor) -> Done:
        self._own.finish_factor(request.token, request.session, request.code)
        return Done()

    def _key_request(self, request: Request) -> KeyOptions:
        return KeyOptions(self._security_keys.request())

    def _begin_key(self, request: ProvedRequest) -> KeyOptions:
        return KeyOptions(self._own.begin_key(request.session, request.seat, request.password))

    def _finish_key(self, request: FinishKey) -> Done:
        self._own.finish_key(request.session, request.seat, request.credential, request.label)
        return Done()

    def _remove_key(self, request: RemoveKey) -> Done:
        self._own.remove_key(request.session, request.seat, request.password, request.key)
        return Done()


def _key_view(key: SecurityKey) -> SecurityKeyView:
    return SecurityKeyView(
        key=key.key_id, label=key.label, added_ns=key.added_ns, used_ns=key.used_ns, doubted=key.doubted
    )

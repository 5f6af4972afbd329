"""What pages ask the keeper about accounts and the office's people: a part of the link's methods."""

from __future__ import annotations

from typing import Any

from appliance.web.keeper_client.calls import KeeperCalls
from appliance.web.keeper_client.people_answers import Accounts, Enrolment

__all__ = ["PeopleAsks"]


class PeopleAsks(KeeperCalls):
    """To be inherited by whoever calls the keeper."""

    # --- one's own account ---

    async def begin_first(self, name: str, drawn: str, source: str) -> Enrolment:
        return await self._ask("first.begin", Enrolment, name=name, password=drawn, source=source)

    async def first_again(self, token: str) -> Enrolment:
        """The enrolment that waits under this token. Raises NotLoggedIn when it is over."""
        return await self._ask("first.again", Enrolment, token=token)

    async def finish_first(self, token: str, password: str, code: str) -> None:
        await self._call("first.finish", token=token, password=password, code=code)

    async def accounts(self, session: str) -> Accounts:
        return await self._ask("account", Accounts, session=session)

    async def change_password(self, session: str, seat: int, old: str, new: str) -> None:
        await self._call("account.password", session=session, seat=seat, old=old, new=new)

    async def begin_factor(self, session: str, seat: int, password: str) -> Enrolment:
        return await self._ask("account.factor", Enrolment, session=session, seat=seat, password=password)

    async def finish_factor(self, token: str, session: str, code: str) -> None:
        await self._call("account.factor-proved", token=token, session=session, code=code)

    async def key_request(self) -> dict[str, Any]:
        """What a browser asks a security key of this site."""
        return dict((await self._call("key.request"))["options"])

    async def begin_key(self, session: str, seat: int, password: str) -> dict[str, Any]:
        """What a browser makes a security key with."""
        return dict((await self._call("account.key", session=session, seat=seat, password=password))["options"])

    async def finish_key(self, session: str, seat: int, credential: str, label: str) -> None:
        await self._call("account.key-proved", session=session, seat=seat, credential=credential, label=label)

    async def remove_key(self, session: str, seat: int, password: str, key: str) -> None:
        await self._call("account.key-removed", session=session, seat=seat, password=password, key=key)

"""Personal identifiers as they are shown to somebody who need not know them all. Pure (``T-87``)."""

from __future__ import annotations

from appliance.rules.cases.typed import TypedParty
from appliance.rules.cases.views import PartyView

__all__ = ["masked_name", "masked_number", "named"]


def masked_name(name: str) -> str:
    """First and last character: 王小明 becomes 王○明, 王明 becomes 王○."""
    plain = name.strip()
    if len(plain) < 3:
        return plain[:1] + "○" * (len(plain) - 1)
    return plain[0] + "○" * min(len(plain) - 2, 6) + plain[-1]


def masked_number(number: str) -> str:
    """The first three and the last three; of what is short, the last two."""
    plain = number.strip()
    if not plain:
        return ""
    return plain[:3] + "****" + plain[-3:] if len(plain) > 8 else "****" + plain[-2:]


def named(party: TypedParty, *, full: bool, names: bool = False) -> PartyView:
    """A party for a page; ``full``: nothing is masked; ``names``: the name and the account are not."""
    born = party.born.isoformat() if party.born else ""
    if full:
        return PartyView(
            part=party.part,
            name=party.name,
            account=party.account,
            id_kind=party.id_kind,
            id_no=party.id_no,
            born=born,
            phone=party.phone,
            address=party.address,
            relation=party.relation,
            entitled=party.entitled,
        )
    return PartyView(
        part=party.part,
        name=party.name if names else masked_name(party.name),
        account=party.account if names else "",
        id_kind=party.id_kind,
        id_no=masked_number(party.id_no),
        born=born[:4] and f"{born[:4]}-**-**",
        phone=masked_number(party.phone),
        address=party.address[:6] and f"{party.address[:6]}****",
        relation=party.relation,
        entitled=party.entitled,
    )

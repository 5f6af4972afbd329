"""What a policy pack gives to a case of a kind: its numbers and its chain. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from appliance.rules.cases.states import Kind
from appliance.rules.cases.terms import CaseTerms
from appliance.rules.packs.pack import Pack

__all__ = ["terms_for"]

_CHAINS: Mapping[Kind, str] = MappingProxyType({Kind.CIT: "citizen", Kind.INT: "staff", Kind.AGY: "agency"})


def terms_for(pack: Pack, kind: Kind) -> CaseTerms:
    """The terms of a case of ``kind`` that is received under ``pack``."""
    names = [name for name in CaseTerms.__struct_fields__ if name != "secretary"]
    numbers = {name: getattr(pack.numbers, name) for name in names}
    return CaseTerms(**numbers, secretary="secretary" in getattr(pack.chains, _CHAINS[kind]))

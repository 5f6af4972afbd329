"""What the keeper answers on its socket, a module for each subject. Custody judges; these carry."""

from __future__ import annotations

from appliance.keeper.handlers import (
    access,
    archive,
    camera,
    case,
    duty,
    handover,
    live,
    login,
    look,
    mask,
    people,
    picture,
    publication,
    recorder,
    viewing,
)
from appliance.protocol.endpoints import ENDPOINTS

__all__ = ["VERBS"]


def _served(name: str) -> recorder.Verb:
    return lambda keeper, arguments, message: keeper.served[name].reply(arguments, message.body)


VERBS: dict[str, recorder.Verb] = {
    **{name: _served(name) for name in ENDPOINTS},
    **recorder.VERBS,
    **login.VERBS,
    **people.VERBS,
    **handover.VERBS,
    **case.VERBS,
    **duty.VERBS,
    **access.VERBS,
    **archive.VERBS,
    **camera.VERBS,
    **publication.VERBS,
    **look.VERBS,
    **picture.VERBS,
    **live.VERBS,
    **viewing.VERBS,
    **mask.VERBS,
}

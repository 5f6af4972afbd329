"""Words that tell what is seen or heard on footage, in a reason that must not (``T-54``, 2.1: no content in words).

A hint to whoever writes, never a refusal: what a sentence tells no list of words can know. Pure.
"""

from __future__ import annotations

import re

__all__ = ["content_words"]

_TELLS = (
    r"(?:畫面|影像|影音|影片|錄影|錄像|監視器|鏡頭)(?:中|內|裡|上|顯示|呈現|可見|可看|可以看|看得)[^，。；、\s]{0,6}",
    r"(?:拍|錄|照|攝)(?:到|得|下|見)[^，。；、\s]{0,6}",
    r"(?:看|聽)(?:到|見|得出)[^，。；、\s]{0,6}",
    r"(?:身穿|穿著|身著|頭戴|戴著|手持|手拿|背著|留著)[^，。；、\s]{0,6}",
    r"(?:男子|女子|男性|女性|婦人|老翁|幼童)",
    r"(?:長髮|短髮|口罩|安全帽|刺青|車牌號)",
    r"(?:走向|走進|走出|跑向|離開現場|拿走|取走|放入|撿起|推擠|毆打)",
    r"\b(?:footage|picture|video|recording) (?:shows?|showed)\b",
    r"\b(?:can|could) be (?:seen|heard)\b",
    r"\b(?:wearing|wore|walks?|walked|picked up|took away)\b",
)
_SEEN = re.compile("|".join(_TELLS), re.IGNORECASE)
_MOST = 4


def content_words(text: str) -> tuple[str, ...]:
    """What in ``text`` seems to tell of the footage, as it stands there, each once, the first few."""
    return tuple(dict.fromkeys(found.group(0) for found in _SEEN.finditer(text)))[:_MOST]

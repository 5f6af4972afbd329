"""Which places a camera may watch, and which none ever may (``T-72``). Codes and words only."""

from __future__ import annotations

__all__ = ["PLACE_KINDS", "PRIVATE_KINDS", "is_private"]

PLACE_KINDS = (
    "counter", "waiting", "entrance", "corridor", "stairs", "office", "archive", "machine_room", "parking", "outside",
    "other",
)  # fmt: skip
"""櫃檯, 等候區, 出入口, 走廊, 樓梯, 辦公室, 檔案室, 機房, 停車場, 所外周邊, 其他."""

PRIVATE_KINDS = ("toilet", "dressing", "nursing", "rest_room")
"""廁所, 更衣室, 哺集乳室, 休息室: refused whatever the purpose."""

_PRIVATE_WORDS = ("廁", "盥洗", "衛浴", "洗手間", "化妝室", "更衣", "哺乳", "集乳", "浴室", "淋浴", "休息室", "值夜室")


def is_private(kind: str, *texts: str) -> bool:
    """Whether a place of that kind, or as these words call it, is one of high privacy."""
    return kind in PRIVATE_KINDS or any(word in text for word in _PRIVATE_WORDS for text in texts)

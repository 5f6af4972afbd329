"""What of the approved minutes no file has, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from appliance.core.model import Gap, Span, subtract
from appliance.vault.index.gaps import HAIRLINE_NS

__all__ = ["BEFORE_KEY", "NOT_DECODED", "NO_PICTURE", "WORDS", "missing_of"]

BEFORE_KEY = "before-key"
"""From where footage begins to its first key frame: nothing there can be decoded without what lies outside."""
NO_PICTURE = "no-picture"
"""There is footage, and none of it can be shown."""

NOT_DECODED = "not-decoded"
"""Where masking was ordered: pictures that the darkroom could not decode, and so not cover."""

WORDS = {
    BEFORE_KEY: "自錄影開始至第一個可獨立解碼之畫面以前之部分，須有核准時段以外之資料始能顯示",
    NO_PICTURE: "有錄影資料，惟無可顯示之畫面",
    NOT_DECODED: "畫面無法解碼，致無法遮蔽，未予提供",
}
"""The causes that only a copy has, in Chinese; all others are the recorder's."""


def missing_of(asked: Sequence[Span], covered: Sequence[Span], gaps: Sequence[Gap]) -> Iterator[tuple[Span, str]]:
    """(span, cause) of all that ``covered`` leaves out of ``asked``, in order. What no gap explains lies before a key
    frame; less than a hairline at the end of a file is the time to the next picture, and nothing is missing."""
    begins = {span.start_ns for span in covered}
    for whole in asked:
        for hole in subtract(whole, covered):
            known = [(part, gap.cause) for gap in gaps if (part := Span(gap.start_ns, gap.end_ns).intersect(hole))]
            left = subtract(hole, [part for part, _ in known])
            unknown = [
                (part, BEFORE_KEY if part.end_ns in begins else NO_PICTURE)
                for part in left
                if part.end_ns in begins or part.end_ns - part.start_ns > HAIRLINE_NS
            ]
            yield from sorted([*known, *unknown])

"""發文字號, the number of a letter that the office sends (公文程式條例 6): how it is written. Pure."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["FAULTS", "faults_of", "is_doc_no", "like_doc_no", "plain_doc_no"]

_SECTION = "[\u4e00-\u9fff]{0,8}"
"""What the word of the office is followed by: the section's own word, as 行 in 北市萬戶行字第1150001234號."""


FAULTS = ("doc_no_form", "doc_no_taken")
"""What :func:`faults_of` says, each with what it names behind a colon."""


def plain_doc_no(text: str) -> str:
    """The number as it goes on file: full-width digits and letters as plain ones, without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def like_doc_no(word: str) -> str:
    """A number of such an office, to show how one is written."""
    return f"{word or '○○'}行字第1150001234號"


def is_doc_no(number: str, word: str) -> bool:
    """Whether a plain number is one of an office whose numbers begin with ``word`` (發文代字; "" in a pack that names
    none: any): its word, 字第, at most twelve digits, 號."""
    begins = re.escape(word) if word else "(?!字)[\u4e00-\u9fff]"
    return re.fullmatch(f"{begins}{_SECTION}字第[0-9]{{1,12}}號", number) is not None


def faults_of(number: str, word: str, taken_by: str) -> tuple[str, ...]:
    """What keeps a plain number from being that of a new letter: it is none of the office's (with the word that they
    begin with), or some letter has it (with what that letter is about)."""
    form, taken = FAULTS
    if not is_doc_no(number, word):
        return (f"{form}:{word}" if word else form,)
    return (f"{taken}:{taken_by}",) if taken_by else ()

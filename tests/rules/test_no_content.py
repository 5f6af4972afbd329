"""Reasons that tell what is to be seen are told from those that do not (``T-54``)."""

from __future__ import annotations

import pytest

from appliance.rules.cases.no_content import content_words


@pytest.mark.parametrize(
    "reason",
    [
        "畫面中一名男子身穿紅衣，於 14 時 5 分走向櫃檯取走皮夾",
        "經檢視，監視器拍到申請人將皮夾放入背包",
        "影像可見兩人推擠",
        "可聽到雙方對話內容",
        "the footage shows a man wearing a cap who walks to the desk",
        "the purse can be seen on the counter",
    ],
)
def test_T_54_a_reason_that_tells_what_is_seen_or_heard_is_noticed(reason: str) -> None:
    assert content_words(reason)


@pytest.mark.parametrize(
    "reason",
    [
        "申請事由非為發現犯罪嫌疑或其他違法行為，與作業規範八(五)1(1)不符。",
        "申請範圍逾越目的之必要，畫面含第三人個人資料，依個人資料保護法第 5 條限縮。",
        "該時段無影音資料，保存期限已過。",
        "未檢附受（處）理案件證明單，經通知補正，逾期未補。",
        "偵查不公開，請循受理機關來函。",
        "The request is not about a suspected crime; rule 8(5)1(1).",
    ],
)
def test_T_54_a_reason_that_gives_facts_and_law_is_not(reason: str) -> None:
    assert content_words(reason) == ()

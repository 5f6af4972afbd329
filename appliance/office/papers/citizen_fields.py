"""附件2's fields as data: what the double frame holds and what the office adds; its words are the pack's. Pure.

The body of 附件2 is missing in the rules; these fields are **proposed** (rules 3.2), and none asks for a copy.
"""

from __future__ import annotations

__all__ = ["INSIDE", "OUTSIDE"]

INSIDE = {
    1: "申請日期",
    2: "申請人姓名",
    3: "出生年月日",
    4: "國民身分證統一編號（外國人：護照或居留證號碼）",
    5: "聯絡電話",
    6: "住（居）所或通訊地址",
    7: "身分",
    8: "代理人",
    9: "報案受理機關（分局／派出所）",
    10: "報案日期／證明單號",
    11: "申請事由（發現犯罪嫌疑或其他違法行為之具體事由）",
    12: "申請調閱範圍（可列多段）",
    13: "調閱地點／畫面（監視器編號如知悉）",
    14: "閱覽人（含申請人，姓名／關係）",
    15: "檢附文件",
    16: "聲明",
    17: "個人資料蒐集告知",
    18: "法定請求",
    19: "申請人（代理人）簽章",
}
"""By the number of the field in rules 3.2: what the applicant fills, in the double frame."""

OUTSIDE = {
    20: "收件編號／收件日期時間／收件人",
    21: "身分核驗",
    22: "報案證明核驗",
    23: "影音存否",
    24: "釘選編號／起訖",
    25: "管理人擬辦意見",
    26: "辦理情形",
    27: "簽核",
    28: "通知日期、方式、文號",
    29: "約定閱覽日時、地點",
    30: "閱覽紀錄",
    31: "備註",
}
"""What the office fills."""

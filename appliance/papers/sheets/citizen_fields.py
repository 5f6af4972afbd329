"""附件2's fields as data: what the double frame holds and what the office adds; its words are the pack's. Pure.

The body of 附件2 is missing in the rules; these fields are **proposed** (rules 3.2), and none asks for a copy.
"""

from __future__ import annotations

__all__ = ["GLOSS", "INSIDE", "OUTSIDE"]

INSIDE = {
    1: "申請日期",
    2: "申請人姓名",
    3: "出生年月日",
    4: "國民身分證統一編號（外國人：護照或居留證號碼）",
    5: "聯絡電話",
    6: "住（居）所或通訊地址",
    7: "身分",
    8: "代理人",
    9: "受理報案機關（分局／派出所）",
    10: "報案日期／證明單號",
    11: "申請事由（發現犯罪嫌疑或其他違法行為之具體事由）",
    12: "申請調閱範圍（可列多段）",
    13: "調閱地點／畫面（知悉監視器編號者，請一併填寫）",
    14: "閱覽人（含申請人，姓名／關係）",
    15: "檢附文件",
    16: "聲明",
    17: "個人資料蒐集告知",
    18: "法定請求",
    19: "申請人（代理人）簽章",
}
"""By the number of the field in rules 3.2: what the applicant fills, in the double frame."""

GLOSS = {
    1: "Date",
    2: "Applicant's name",
    3: "Date of birth",
    4: "National ID, passport or residence permit no.",
    5: "Telephone",
    6: "Address",
    7: "Standing: concerned / interested person (relation)",
    8: "Agent: name, birth, ID, phone, address; by law / by mandate",
    9: "Police unit that took the report",
    10: "Report: date, number",
    11: "Reason: what crime or other unlawful act you suspect",
    12: "Footage asked for: day, from, to",
    13: "Place or camera",
    14: "Who will view (you included)",
    15: "Attached: ID, report, mandate, other",
    16: "Statement",
    17: "Notice on personal data",
    18: "Request under another law",
    19: "Signature of the applicant (agent)",
}
"""English for whoever cannot read the form's words (``T-39``); the Chinese words count."""

OUTSIDE = {
    20: "收件編號／收件日期時間／收件人",
    21: "身分核驗",
    22: "報案證明核驗",
    23: "影音存否",
    24: "先行保存編號／起訖",
    25: "管理人擬辦意見",
    26: "辦理情形",
    27: "簽核",
    28: "通知日期、方式、文號",
    29: "約定閱覽日時、地點",
    30: "閱覽紀錄",
    31: "備註",
}
"""What the office fills."""

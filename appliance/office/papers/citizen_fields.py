"""附件2's fields as data: what the double frame holds, what the office adds, and the words printed on it. Pure.

The body of 附件2 is missing in the rules; these fields are **proposed** (rules 3.2). Title and foot note are the rules'
own. The statement tells and waives nothing (``AT-43``; PDPA 3), and no field asks for a copy.
"""

from __future__ import annotations

__all__ = ["FOOT_NOTE", "INSIDE", "NOTICE", "OUTSIDE", "PROPOSED", "STATEMENT", "STATUTES"]

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

STATUTES = ("個人資料保護法第10條", "政府資訊公開法", "行政程序法第46條")
"""Field 18: a request by one of these goes its own way (``D-23``)."""

FOOT_NOTE = "* 申請人請填寫雙框線內之資料"
PROPOSED = "附件2（本文原缺，欄位為擬定）"

STATEMENT = (
    "本人已受告知下列事項：",
    "一、閱覽時不得拍攝。",
    "二、依規定影音資料之複製以提供公務機關為限，如有需要，由受（處）理案件之公務機關來函申請。",
    "三、閱覽所得僅供前述事由使用。",
)

NOTICE = (
    "（依個人資料保護法第8條）",
    "一、蒐集機關：{office}。",
    "二、蒐集目的：受理及查核本件調閱申請，並留存調閱紀錄。",
    "三、資料類別：姓名、出生年月日、身分證件號碼、聯絡方式、報案資料。",
    "四、利用期間、地區、對象及方式：於紀錄保存年限內，在我國境內，由本所及依法調查之機關，以書面及電子方式利用。",
    "五、台端得依個人資料保護法第3條，請求查詢、閱覽、製給複製本、補充或更正、停止蒐集、處理、利用及刪除；請向本所提出。",
    "六、台端得自由選擇是否提供；不提供者，本所無法查核身分及事由，將無從受理。",
)
"""The six items of PDPA 8 (``AT-64``)."""

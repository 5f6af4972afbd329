"""提供機關之複本說明: the one page beside an agency's copy that tells its reader how to open and to verify it. Pure.

It is printed before the archive is made, so that the manifest can have its hash; so it holds no hash of the archive,
which is on the receipt. ``docs/spec/copy-package.md`` says the same for engineers.
"""

from __future__ import annotations

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.sheet import Grid, Line, Sheet
from appliance.papers.sheets.slip import ask_at, digest_lines, named

__all__ = ["CopyNote", "copy_note"]

_TITLE = "提供機關之複本說明"
_WIDTHS_MM = (45.0, 135.0)

_OPEN = (
    "內容為加密壓縮檔「{archive}」。請以 7-Zip（免費軟體）開啟，輸入另行告知之密碼"
    "（六組、每組四個字元，連同其間之「-」），解壓縮至一個資料夾。密碼與本媒體分別交付，本所不留存；遺失者即無法開啟，須重新申請。",
    "影音檔在「media」資料夾，除下述者外，為監視器原始編碼，未重新壓縮；每檔為一段連續畫面，檔名為監視器編號與起始時間。"
    "畫面下方字幕為主機時間；播放器未顯示字幕時，請開啟同名之 .srt 檔。",
    "檔名標有「遮蔽版」者，係依核定內容遮蔽第三人後重新編碼，不含未遮蔽之原始畫面；清單載明遮蔽之時段與原始資料之雜湊值。",
    "一般電腦無法播放者，請以 VLC 播放，或播放檔名標有「播放用轉檔」者；轉檔僅供觀看，應以原始檔為準。",
)
_VERIFY = (
    "以瀏覽器（Edge、Chrome 或 Firefox）開啟本媒體內之「{page}」，選取解壓縮後之資料夾，並抄入簽收單所印之金鑰指紋，"
    "按「開始查驗」。本頁不連線、不安裝，逐檔查驗並指出不符之檔案與位置。",
    "亦得不使用本所提供之程式：以 sha256sum -c SHA256SUMS 核對各檔，以 openssl pkeyutl -verify 核對簽章，"
    "以 openssl pkey -pubin -in recorder-key.pem -outform DER 之 SHA-256 核對指紋；"
    "指令載於「{script}」（以文字編輯器開啟）。",
    "請務必核對指紋：金鑰指紋與「複本交付簽收單」所印者相同，始為本所錄影主機所製作。",
)
_SAYS = (
    "清單（manifest.json）載明監視器、核准時段、缺錄時段與原因、監視器時鐘與主機時鐘之差、各檔雜湊值及其所取自之封存影音段。"
    "以主機時間為準；監視器畫面所示時間如有不同，以清單所載之差換算。",
    "簽章證明：各檔案自製作後未經變更，且由該錄影主機製作。影音檔取自所列封存之影音段，係錄影主機以其金鑰簽章聲明；"
    "封存之影音段加密保存於本所，其雜湊值已記入本所稽核紀錄簿，必要時得請求本所比對。",
    "複本僅供來函所載目的使用，請依個人資料保護法保管，用畢銷毀；交付後退回者，本所不予收回入庫。",
)


class CopyNote(Record, frozen=True, kw_only=True):
    """``fingerprint``: of the recorder's key, as the receipt prints it; ``archive``, ``page``, ``script``: the names of
    files on the medium."""

    case: str
    agency: str
    letter_no: str
    letter_day: str
    fingerprint: str
    archive: str
    page: str
    script: str


def copy_note(paper: CopyNote, issue: Issue) -> Sheet:
    """One page of A4."""

    def numbered(texts: tuple[str, ...]) -> list[Line]:
        names = {"archive": paper.archive, "page": paper.page, "script": paper.script}
        return [Line(f"{at}. {text.format(**names)}", "hang") for at, text in enumerate(texts, 1)]

    rows = (
        named("案號", paper.case, 8),
        named("申請機關及來函", f"{paper.agency}\n{paper.letter_day}　{paper.letter_no}", 8),
        named("開啟", numbered(_OPEN)),
        named("查驗", numbered(_VERIFY)),
        named("金鑰指紋", digest_lines(paper.fingerprint), 8),
        named("所證明者", numbered(_SAYS)),
        ask_at(issue),
    )
    return Sheet(
        code=_TITLE,
        title=f"{issue.pack.office.name}　{_TITLE}",
        banner=issue.banner(),
        foot=issue.foot(_TITLE, "八(五)3(3)", paper.case),
        type_pt=10.5,
        blocks=(Grid(_WIDTHS_MM, rows),),
    ).checked()

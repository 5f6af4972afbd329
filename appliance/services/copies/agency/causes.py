"""Why footage is missing from a copy, in the Chinese of its manifest, by the recorder's code.

The causes that only a copy has are the package's own (``package/missing.py``). The pages say the same as here
(``web/locale/status.toml``); ``tests/services/test_agency_causes.py`` holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CAUSES", "cause_words"]

CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "start": "系統啟動中",
        "not-in-force": "尚未啟用",
        "died": "監視器程式中止",
        "unconfined": "本機作業系統核心無法隔離監視器連線程式",
        "flood": "監視器資料過量",
        "keys": "金鑰未備妥",
        "stopped": "系統停止",
        "unknown": "原因不明",
        "camera-lost": "監視器連線中斷",
        "connection": "監視器連線中斷",
        "lost": "監視器連線中斷",
        "unplayable": "影像無法播放（缺關鍵畫面）",
        "stalled": "監視器停止傳送",
        "refused": "監視器拒絕連線",
        "garbage": "監視器訊號無法辨識",
        "power": "停電",
        "power-cut": "停電",
        "restart": "系統重新啟動",
        "recorder-stopped": "系統停止",
        "not-running": "系統未運作",
        "disk": "磁碟無法寫入",
        "disk-full": "磁碟已滿",
        "write-failed": "磁碟無法寫入",
        "no-key": "金鑰未備妥",
        "clock-step": "時間校正",
        "clock": "時間校正",
        "not-recorded": "未錄影",
        "registry": "清冊變動",
        "expired": "已逾保存期限",
        "destroyed": "已銷毀",
        "other": "其他原因",
        "maintenance": "維護作業",
        "repair": "故障維修期間",
        "pressure": "磁碟空間不足",
        "pressure-key-frames-only": "空間不足，僅錄關鍵畫面",
        "pressure-lesser-profile": "空間不足，改錄較低畫質",
        "pressure-stopped": "空間不足，停錄",
        "lead-in": "等候關鍵畫面",
        "damaged": "資料毀損",
    }
)


def cause_words(code: str) -> str:
    """What stands behind a code's colon is for the log."""
    return CAUSES.get(code.replace(":", "").replace(" ", "-"), CAUSES.get(code.split(":")[0].strip(), code))

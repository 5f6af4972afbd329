"""The daily inspection (六, 附件1): the day's row, the month's sheet, repair tickets, and how the recorder is."""

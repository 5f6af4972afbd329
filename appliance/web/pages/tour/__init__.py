"""The guided tour of a trial office (訓練導覽): a page, and a card for the pages where somebody begins."""

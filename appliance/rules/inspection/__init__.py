"""The daily inspection (六, 附件1): a row a calendar day, its tickets, and the judge of every act on them. Pure."""

"""What forms of all rooms share: act ids, drafts while they are typed, rows of minutes and cameras."""

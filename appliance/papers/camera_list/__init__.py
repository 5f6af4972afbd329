"""The published list of cameras as files: a page, a CSV and an ODS, and how a posted page is read again."""

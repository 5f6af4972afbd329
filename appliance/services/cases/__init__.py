"""The case book: what the keeper does with the tables of ``rules.cases``. ``docs/design/casebook.md``."""

"""Words and dates in the languages of the site."""

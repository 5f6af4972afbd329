"""Whether the tests of a rule would fail without it: the product is changed, by name, and they must notice."""

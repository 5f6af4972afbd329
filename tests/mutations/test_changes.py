"""Changes by name: each kind does what it says to what it names, and says so where there is nothing like it."""

from __future__ import annotations

import pytest

from tests.mutations.changes import Change, NotThere, changed, changed_script

SOURCE = '''
LIMIT = 4
ROWS = (rules.small, 1, (1, rules.small), {"red", "tall", small})
KINDS = {"x": LIMIT, "y": 5}
STEPS = (Step("a", (first, guards.second)), Step("b", (guards.second, *others)))


class Book:
    size: int = 3

    def fits(self, count, late=False):
        """Whether it fits."""
        if count > LIMIT and not late:
            raise ValueError("too many")
        self.seen = True
        note(self)
        note(count)
        return count < self.size or any(each.open for each in self.rows if each.kind == "x")

    def rows_of(self):
        yield from self.rows


class Shelf(Book, frozen=True, kw_only=True):
    pass
'''


@pytest.mark.parametrize(
    ("of", "what", "there", "gone"),
    [
        ("m:Book.fits", "return True", "return True", "raise ValueError"),
        ("m:Book.rows_of", "return ()", "yield", "yield from"),
        ("m:LIMIT", "set 400", "LIMIT = 400", "LIMIT = 4\n"),
        ("m:Book.size", "set 0", "size: int = 0", "size: int = 3"),
        ("m:Book.fits", "drop raise", "pass", "raise ValueError"),
        ("m:Book.fits", "drop raise ValueError", "pass", "raise ValueError"),
        ("m:Book.fits", "drop call note 1", "pass\n        note(count)", "note(self)"),
        ("m:Book.fits", "drop set seen", "pass", "self.seen"),
        ("m:Book.fits", "before any note", "kind == 'x'))\n        note(self)", "True\n        note(self)"),
        ("m:Book.fits", "before note seen", "note(self)\n        self.seen = True", "True\n        note(self)"),
        ("m:KINDS", "drop item y", "{'x': LIMIT}", "'y'"),
        ("m:STEPS", "drop item second", "Step('b', (*others,))", "second"),
        ("m:STEPS", "drop item others", "Step('b', (guards.second,))", "others"),
        ("m:STEPS", "drop item a", "STEPS = (Step('b', (guards.second, *others)),)", "first"),
        ("m:STEPS", "put second guards.third", "Step('b', (guards.third, *others))", "second"),
        ("m:STEPS", "put a 'c'", "Step('c', ", "'a'"),
        ("m:Book.fits", "put LIMIT KINDS", "count > KINDS", "count > LIMIT"),
        ("m:Shelf", "drop keyword frozen", "class Shelf(Book, kw_only=True)", "frozen"),
        ("m:Book.fits", "drop call note", "pass", "note("),
        ("m:Book.fits", "force LIMIT False", "if False and (not late)", "count > LIMIT"),
        ("m:Book.fits", "flip late", "not (not late)", "and (not late):"),
        ("m:Book.fits", "force size True", "return True or any", "count < self.size"),
        ("m:Book.fits", "force kind True", "if True)", "each.kind"),
        ("m:Book.fits", "force LIMIT count > 2 * LIMIT", "if count > 2 * LIMIT and (not late)", "count > LIMIT and"),
        ("m:Book.fits", "flip count 1", "if not count > LIMIT and", "not count < self.size"),
        ("m:Book.fits", "force count False 2", "count > LIMIT", "count < self.size"),
        ("m:Book.fits", "edge LIMIT", "count >= LIMIT", "count > LIMIT"),
        ("m:Book.fits", "edge size", "count <= self.size", "count < self.size"),
        ("m:Book.fits", "swap any all", "all((each.open", "any("),
        ("m:Book.fits", "swap note (lambda x: other(x))", "(lambda x: other(x))(count)", "note("),
        ("m:Book.fits", "unwrap note", "\n        self\n        count\n", "note("),
        ("m:ROWS", "drop item small", "(1, (1,), {'red', 'tall'})", "small"),
        ("m:ROWS", "drop item small 2", "(rules.small, 1, (1,), {'red', 'tall', small})", "(1, rules.small)"),
        ("m:ROWS", "drop item red", "(rules.small, 1, (1, rules.small), {'tall', small})", "red"),
        ("m:ROWS", "put small large", "(large, 1, (1, large), {'red', 'tall', large})", "small"),
        ("m:ROWS", "put small 5 - 3 2", "(rules.small, 1, (1, 5 - 3), {'red', 'tall', small})", "(1, rules.small)"),
        ("m:ROWS", "put red 'blue'", "{'blue', 'tall', small}", "red"),
        ("m:ROWS", "put 1 (2, 1) 2", "(rules.small, 1, ((2, 1), rules.small)", "(1, rules.small)"),
        ("m:Book.fits", "put size max(self.size, count)", "count < max(self.size, count)", "< self.size"),
        ("m:Book.fits", "put any all", "all((each.open", "any("),
    ],
)
def test_each_change_does_what_it_says_and_no_more(of: str, what: str, there: str, gone: str) -> None:
    made = changed(SOURCE, Change(of, what))
    compile(made, "made", "exec")
    assert there in made.replace("not not", "not (not")
    assert gone not in made
    assert len(made.splitlines()) >= 8


@pytest.mark.parametrize(
    ("of", "what"),
    [
        ("m:Book.none", "return True"),
        ("m:Nobody", "return True"),
        ("m:LIMIT", "return 3"),
        ("m:Book", "return 3"),
        ("m:Book.fits", "set 3"),
        ("m:Book.fits", "drop call nobody"),
        ("m:Book.fits", "edge kind"),
        ("m:Book.fits", "swap nobody any"),
        ("m:Book.fits", "swap any )"),
        ("m:Book.fits", "drop raise KeyError"),
        ("m:Book.fits", "drop everything"),
        ("m:Book.fits", "force nobody True"),
        ("m:Book.fits", "force"),
        ("m:Book.fits", "force LIMIT"),
        ("m:Book.fits", "force LIMIT 1 2"),
        ("m:Book.fits", "bend it"),
        ("m:KINDS", "drop item z"),
        ("m:KINDS", "drop raise"),
        ("m:Book.fits", "drop set unseen"),
        ("m:Book.fits", "drop call note 3"),
        ("m:Book.fits", "before note any"),
        ("m:Book.fits", "put nobody 1"),
        ("m:Book.fits", "put count 1 9"),
        ("m:Book.fits", "put count )"),
        ("m:ROWS", "drop item nobody"),
        ("m:ROWS", "drop item small 4"),
        ("m:Book.fits", "return )"),
    ],
)
def test_what_is_not_there_is_said(of: str, what: str) -> None:
    with pytest.raises(NotThere, match=of):
        changed(SOURCE, Change(of, what))


SCRIPT = """export class Times {
  at(moment, late = false) {
    return moment;
  }

  async load() {
    await this.at(0);
  }
}

const other = () => {
  at(3);
};
"""


@pytest.mark.parametrize(
    ("of", "what", "added"),
    [
        ("a.js:Times.at", "return late", "Times.prototype.at = function (moment, late = false) { return late; };"),
        ("a.js:Times.load", "return 7", "Times.prototype.load = async function () { return 7; };"),
    ],
)
def test_a_method_of_a_script_gives_another_value(of: str, what: str, added: str) -> None:
    assert changed_script(SCRIPT, Change(of, what)) == f"{SCRIPT}{added}\n"


@pytest.mark.parametrize(
    ("of", "what"),
    [
        ("a.js:Times.none", "return 1"), ("a.js:Other.at", "return 1"), ("a.js:at", "return 1"),
        ("a.js:Times.at", "drop raise"), ("a.js:Times.at", "return"),
    ],
)  # fmt: skip
def test_what_is_not_in_a_script_is_said(of: str, what: str) -> None:
    with pytest.raises(NotThere, match=of):
        changed_script(SCRIPT, Change(of, what))

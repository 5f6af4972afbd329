"""Changes of the product by name: a module, a qualified name in it, and what is done to it. Nothing quotes source, so a
change outlives reformatting, and one whose name is gone says so. Pure.

=====================  ================================================================================
``return VALUE``       the function does nothing and returns the value (a generator yields nothing)
``drop raise``         nothing is raised any more; ``drop raise NAME``: no error of that class
``drop call NAME``     statements that call ``NAME`` are gone
``drop set NAME``      nothing is assigned to ``NAME`` any more
``drop keyword NAME``  calls, and a class where it is made, no longer pass the keyword ``NAME``
``drop item NAME``     what is called ``NAME`` is gone out of tuples, lists, sets, mappings and arguments
``force NAME VALUE``   the condition that speaks of ``NAME`` is True or False, whatever it finds
``flip NAME``          the condition that speaks of ``NAME`` is its contrary
``edge NAME``          the comparison that speaks of ``NAME`` takes in its own border, or no longer does
``swap NAME OTHER``    calls of ``NAME`` call ``OTHER``, which may be any expression
``unwrap NAME``        calls of ``NAME`` are their first argument
``before NAME OTHER``  the statement that calls or sets ``NAME`` comes just before the one that calls or sets ``OTHER``
``put NAME VALUE``     where ``NAME`` is read (a name, the end of a dotted one, or a literal), ``VALUE`` is
``set VALUE``          of a constant, a default or a field: its value
=====================  ================================================================================

A condition is the smallest one: a comparison, an operand of ``and``, ``or``, ``not``, or what stands after ``if`` or
``while``. Where ``NAME`` is in several, all of them change, except that ``force NAME VALUE 2`` takes the second alone;
so do ``drop call NAME 2``, ``drop set NAME 2``, ``drop item NAME 2`` and ``put NAME VALUE 2``, by the order of the
source. A change is made in a function, a class or a constant, such as a table of rows; ``return`` is of functions
alone, and ``set`` of the others.

In a script, such as ``appliance/web/static/player/frames.js:FrameTimes.at``, a method of a class is changed, by
``return VALUE`` alone: the rest of the file stands, and the method is another once it was read.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

__all__ = ["Change", "NotThere", "changed", "changed_script"]

_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
_ROWS = ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call
_BLOCKS = ("body", "orelse", "finalbody")
_SETTABLE = ast.Assign | ast.AnnAssign
_CHANGEABLE = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


class NotThere(Exception):
    """The name is not in the product, or there is nothing in it to change in this way."""


class Change(NamedTuple):
    """``of``: ``package.module:Qualified.name``, or ``path/a.js:Class.method``; ``what``: one of the changes above."""

    of: str
    what: str

    @property
    def module(self) -> str:
        return self.of.partition(":")[0]

    @property
    def is_of_a_script(self) -> bool:
        return self.module.endswith(".js")

    def __str__(self) -> str:
        return f"{self.of}: {self.what}"


def changed_script(source: str, change: Change) -> str:
    """The script's source with the change in it. Raises NotThere."""
    name, _, method = change.of.partition(":")[2].partition(".")
    verb, _, value = change.what.partition(" ")
    found = re.search(rf"^(?:export )?class {re.escape(name)}\b.*?^}}", source, re.MULTILINE | re.DOTALL)
    of_class = found and re.search(rf"^  (async )?{re.escape(method)}\(([^)]*)\) {{$", found[0], re.MULTILINE)
    if verb != "return" or not value or not of_class:
        raise NotThere(f"{change}: no method of a class in this script, or another change than return")
    return f"{source}{name}.prototype.{method} = {of_class[1] or ''}function ({of_class[2]}) {{ return {value}; }};\n"


def changed(source: str, change: Change) -> str:
    """The module's source with the change in it. Raises NotThere."""
    tree = ast.parse(source)
    before = ast.dump(tree)
    verb, _, rest = change.what.partition(" ")
    node = _named(tree, change)
    if verb == "set":
        _set(node, rest, change)
    elif not isinstance(node, _CHANGEABLE):
        raise NotThere(f"{change}: is no function, class or constant")
    elif verb == "return":
        _return(node, rest, change)
    elif verb == "drop":
        _drop(node, rest, change)
    elif verb in ("force", "flip"):
        _conditions(node, verb, rest, change)
    elif verb == "edge":
        _edge(node, rest)
    elif verb in ("swap", "unwrap"):
        name, _, other = rest.partition(" ")
        _Calls(name, _value(other, change) if other else None).visit(node)
    elif verb == "before":
        _before(node, *rest.partition(" ")[::2])
    elif verb == "put":
        _put(node, rest, change)
    else:
        raise NotThere(f"{change}: there is no such change; see tests/mutations/changes.py")
    if ast.dump(tree) == before:
        raise NotThere(f"{change}: nothing to change there")
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _named(tree: ast.Module, change: Change) -> ast.AST:
    node: ast.AST = tree
    for name in change.of.partition(":")[2].split("."):
        body: list[ast.stmt] = getattr(node, "body", [])
        found = [each for each in body if name in _names(each)]
        if not found:
            raise NotThere(f"{change}: there is no {name}")
        node = found[-1]
    return node


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, _FUNCTION | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _value(text: str, change: Change) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        raise NotThere(f"{change}: {text!r} is no value") from None


def _set(node: ast.AST, text: str, change: Change) -> None:
    if not isinstance(node, _SETTABLE):
        raise NotThere(f"{change}: is no constant and no field")
    node.value = _value(text, change)


def _return(node: _CHANGEABLE, text: str, change: Change) -> None:
    if not isinstance(node, _FUNCTION):
        raise NotThere(f"{change}: is no function")
    yields = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _inside(node))
    body: list[ast.stmt] = [ast.Return(_value(text, change))]
    if yields:
        body = [ast.Return(None), ast.Expr(ast.Yield(None))]
    node.body = body


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Everything of a function but what is of functions within it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _FUNCTION | ast.Lambda):
            yield from _inside(child)


def _drop(node: ast.AST, rest: str, change: Change) -> None:
    what, _, name = rest.partition(" ")
    name, place = _placed(name)
    if what == "raise":
        _replace_statements(node, lambda each: isinstance(each, ast.Raise) and (not name or name in _spoken(each)))
    elif what == "call":
        _replace_statements(node, lambda each: _is_call_of(each, name), place)
    elif what == "set":
        _replace_statements(node, lambda each: isinstance(each, ast.Assign) and name in map(_last, each.targets), place)
    elif what == "keyword":
        for each in ast.walk(node):
            if isinstance(each, ast.Call | ast.ClassDef):
                each.keywords = [keyword for keyword in each.keywords if keyword.arg != name]
    elif what == "item":
        _drop_items(node, name, place)
    else:
        raise NotThere(f"{change}: drops a raise, a call, an assignment, a keyword or an item")


def _is_call_of(statement: ast.stmt, name: str) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    call = call.value if isinstance(call, ast.Await) else call
    return isinstance(call, ast.Call) and _last(call.func) == name


def _replace_statements(node: ast.AST, gone: Callable[[ast.stmt], bool], place: int = 0) -> None:
    """All statements that are ``gone``, or that one of them in the order of the source."""
    found = sorted(
        (each for each in ast.walk(node) if isinstance(each, ast.stmt) and gone(each)),
        key=_where,
    )
    going = set(map(id, found[place - 1 : place] if place else found))
    for each in ast.walk(node):
        for field in _BLOCKS:
            statements = getattr(each, field, None)
            if isinstance(statements, list):
                setattr(each, field, [ast.Pass() if id(one) in going else one for one in statements])


def _placed(text: str) -> tuple[str, int]:
    """What is named, and which of several; 0: all of them."""
    name, _, number = text.rpartition(" ")
    return (name, int(number)) if name and number.isdecimal() else (text, 0)


def _where(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _drop_items(node: ast.AST, name: str, place: int) -> None:
    rows = [each for each in ast.walk(node) if isinstance(each, _ROWS)]
    found = sorted((item for row in rows for item in _items(row) if item and _called(item) == name), key=_where)
    going = set(map(id, found[place - 1 : place] if place else found))
    for row in rows:
        if isinstance(row, ast.Call):
            row.args = [item for item in row.args if id(item) not in going]
        elif isinstance(row, ast.Dict):
            pairs = [pair for pair in zip(row.keys, row.values, strict=True) if id(pair[0]) not in going]
            row.keys, row.values = [key for key, _ in pairs], [value for _, value in pairs]
        else:
            row.elts = [item for item in row.elts if id(item) not in going]


def _items(row: _ROWS) -> Sequence[ast.expr | None]:
    return row.args if isinstance(row, ast.Call) else row.keys if isinstance(row, ast.Dict) else row.elts


def _called(item: ast.expr | None) -> str:
    """What an item is called: its name, the last part of a dotted one, its text; a call by the text that it begins
    with."""
    if isinstance(item, ast.Starred):
        return _called(item.value)
    if isinstance(item, ast.Call) and item.args and isinstance(item.args[0], ast.Constant):
        return str(item.args[0].value)
    return str(item.value) if isinstance(item, ast.Constant) else _last(item) if item else ""


def _before(node: ast.AST, name: str, other: str) -> None:
    for each in ast.walk(node):
        for statements in (getattr(each, field, None) for field in _BLOCKS):
            if isinstance(statements, list):
                done = list(map(_done_in, statements))
                first = next((at for at, names in enumerate(done) if other in names), len(done))
                if later := [at for at, names in enumerate(done) if name in names and at > first]:
                    statements.insert(first, statements.pop(later[0]))


def _done_in(statement: ast.stmt) -> set[str]:
    """What a statement calls, and what it sets."""
    called = {_last(each.func) for each in ast.walk(statement) if isinstance(each, ast.Call)}
    return called | set(map(_last, statement.targets)) if isinstance(statement, ast.Assign) else called


def _put(node: ast.AST, rest: str, change: Change) -> None:
    name, _, text = rest.partition(" ")
    place = 0
    try:
        value = _value(text, change)
    except NotThere:
        text, place = _placed(text)
        value = _value(text, change)
    there = [each for each in ast.walk(node) if isinstance(each, ast.expr) and _is_read(each) and _called(each) == name]
    there.sort(key=_where)
    _Put({id(each) for number, each in enumerate(there, 1) if place in (0, number)}, value).visit(node)


def _is_read(node: ast.expr) -> bool:
    is_name = isinstance(node, ast.Name | ast.Attribute | ast.Constant)
    return is_name and isinstance(getattr(node, "ctx", None), ast.Load | None)


class _Put(ast.NodeTransformer):
    """In each of ``places`` stands ``value``."""

    def __init__(self, places: Collection[int], value: ast.expr) -> None:
        self._places, self._value = places, value

    def visit(self, node: ast.AST) -> ast.AST:
        return copy.deepcopy(self._value) if id(node) in self._places else self.generic_visit(node)


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _spoken(node: ast.AST) -> set[str]:
    """The names in an expression, the last part of dotted ones, and its texts."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.add(each.value)
    return found


def _conditions(node: ast.AST, verb: str, rest: str, change: Change) -> None:
    name, _, value = rest.partition(" ")
    value, _, number = value.rpartition(" ") if value.rpartition(" ")[2].isdecimal() else (value, "", "0")
    if not name or (verb == "force") == (not value):
        raise NotThere(f"{change}: needs a name, and to force it a value")
    forced = _value(value, change) if value else None
    found = [at for at in _places(node) if name in _spoken(at.get())]
    smallest = [at for at in found if not any(at is not each and _holds(at.get(), each.get()) for each in found)]
    smallest.sort(key=lambda at: _where(at.get()))
    for place, at in enumerate(smallest, 1):
        if int(number) in (0, place):
            at.put(forced if forced is not None else ast.UnaryOp(ast.Not(), at.get()))


_EDGES: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


def _edge(node: ast.AST, name: str) -> None:
    for each in ast.walk(node):
        if isinstance(each, ast.Compare) and name in _spoken(each):
            each.ops = [_EDGES.get(type(operator), type(operator))() for operator in each.ops]


class _Calls(ast.NodeTransformer):
    """Calls of ``name`` call ``other``; with none, they are their first argument."""

    def __init__(self, name: str, other: ast.expr | None) -> None:
        self._name, self._other = name, other

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if _last(node.func) != self._name:
            return node
        if self._other:
            node.func = self._other
            return node
        return node.args[0] if node.args else node


class _Place(NamedTuple):
    get: Callable[[], ast.expr]
    put: Callable[[ast.expr], None]


def _holds(outer: ast.expr, inner: ast.expr) -> bool:
    return outer is not inner and any(each is inner for each in ast.walk(outer))


def _places(node: ast.AST) -> Iterator[_Place]:
    """Where conditions stand."""
    for each in ast.walk(node):
        if isinstance(each, ast.If | ast.While | ast.IfExp):
            yield _field(each, "test")
        elif isinstance(each, ast.comprehension):
            yield from (_item(each.ifs, at) for at in range(len(each.ifs)))
        elif isinstance(each, ast.BoolOp):
            yield from (_item(each.values, at) for at in range(len(each.values)))
        elif isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.Not):
            yield _field(each, "operand")
        for field, child in ast.iter_fields(each):
            if isinstance(child, ast.Compare) and not (field == "test" or isinstance(each, ast.UnaryOp)):
                yield _field(each, field)
            elif isinstance(child, list) and not isinstance(each, ast.BoolOp | ast.comprehension):
                yield from (_item(child, at) for at, one in enumerate(child) if isinstance(one, ast.Compare))


def _field(node: ast.AST, name: str) -> _Place:
    return _Place(lambda: getattr(node, name), lambda new: setattr(node, name, new))


def _item(items: list[ast.expr], at: int) -> _Place:
    def put(new: ast.expr) -> None:
        items[at] = new

    return _Place(lambda: items[at], put)

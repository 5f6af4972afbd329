"""``docs/spec/keeper-protocol.md`` out of the rows and records of ``appliance/protocol/``.

python -m tests.house.protocolpage        writes the page anew
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import textwrap
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from appliance import protocol
from appliance.protocol.endpoint import ActRequest, Done, Endpoint, PairRequest, Request, SessionRequest
from appliance.protocol.endpoints import ENDPOINTS

__all__ = ["PAGE", "page", "rows_of", "subjects_there"]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/spec/keeper-protocol.md"
_BASES: tuple[type[Request], ...] = (SessionRequest, ActRequest, PairRequest)
_PLAIN = {str: "text", int: "integer", float: "number", bool: "true or false", bytes: "bytes", type(None): "nothing"}
_HEAD = """# The keeper's protocol

Made by `python -m tests.house.protocolpage` out of `appliance/protocol/`; `tests/house/test_protocol_page.py` fails
while it is not what that command makes.

`keeper.sock` takes one message at a time on a connection and answers it. A message is a head (MessagePack) and a body
of bytes (`appliance/protocol/transport.py`). The head of a request has the endpoint's name and its fields; an answer's
head has the fields of its record, or an error with its code. A field that has a default may be left out; an unknown one
is an error. Who may ask an endpoint, and how long the body of a request may be, is judged by the caller's role
(`appliance/protocol/callers.py`) before more of the message is read. What a person may is judged by the handler, by the
session.

An endpoint that *reads* changes nothing and has its answer in milliseconds: web waits ten seconds for it, and asks it
again when a form is shown again. One that *acts* is asked once, and waits as long as it takes. Times end in `_ns`:
nanoseconds since 1970. Moments that did not come yet are 0, texts that are not there are empty.

## Adding an endpoint

An endpoint's name is called its *verb*: `case-act`, `duties.count`.

1. `appliance/protocol/<subject>.py`: the request record, the answer record, and the row
   `NAME = Endpoint("verb", Request, Answer)`, with `reads` (above), `callers` and `most_bytes` where they are not the
   usual. The request is of `SessionRequest` (or that itself, where there is nothing more to say), of `SeatRequest`
   where it matters which of the two people at a browser asks, of `ActRequest` for an act of one of them, of
   `PairRequest` for an act of both.
2. The subject's handlers, beside its service in `appliance/services/`: a method that takes the request record (and the
   bytes, with `serves_body`) and returns the answer record or `WithBody`; `served()` names the row. A new class of
   handlers is made in `appliance/keeper/endpoints.py`, which hands it the books, clocks and functions that it needs.
3. A page asks `site.keeper.ask(NAME, Request(...))`; the command line and the recorder use `protocol.asking.ask`.
4. `tests/access/`: a row in `verbs.py`, which says who may, and how it is asked in `asks.py`. What it answers is tested
   in `tests/keeper/test_<subject>.py`, which asks a whole keeper. For a page, the double of the keeper answers it by a
   method of one of its classes `tests/web/*_double.py`: `_duties_count` for `duties.count`.
5. `python -m tests.house.protocolpage`, and the catalogue in `appliance/core/locale/` for what it can refuse.
"""


def page() -> str:
    subjects = [(module, rows_of(module)) for module in subjects_there()]
    parts = [_HEAD, _requests()]
    parts += [_subject(module, rows) for module, rows in subjects]
    parts.append(_records(row for _, rows in subjects for row in rows.values()))
    return "\n".join(parts)


def subjects_there() -> list[types.ModuleType]:
    """The modules of ``appliance/protocol/`` that have rows of their own."""
    names = sorted(each.name for each in pkgutil.iter_modules(protocol.__path__))
    modules = [importlib.import_module(f"{protocol.__name__}.{name}") for name in names]
    return [module for module in modules if rows_of(module)]


def rows_of(module: types.ModuleType) -> dict[str, Endpoint[Any, Any]]:
    """The rows that the module has of its own, by the constant's name."""
    named = {name for name, _ in _assigned(module)}
    return {name: row for name, row in vars(module).items() if isinstance(row, Endpoint) and name in named}


def _assigned(module: types.ModuleType) -> Iterator[tuple[str, str]]:
    """The names that are assigned at the module's top, each with the text that stands below it."""
    body = ast.parse(inspect.getsource(module)).body
    for statement, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            said = text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""
            yield statement.targets[0].id, said


def _requests() -> str:
    lines = ["## Requests of people\n"]
    for base in _BASES:
        lines += [f"`{base.__name__}`: {_doc(base)}\n", *_fields(base), ""]
    return "\n".join(lines)


def _subject(module: types.ModuleType, rows: Mapping[str, Endpoint[Any, Any]]) -> str:
    name, below = module.__name__.rpartition(".")[2], dict(_assigned(module))
    lines = [f"## {name}\n", _flowing(inspect.getdoc(module) or ""), ""]
    for constant, row in rows.items():
        lines += [f"### `{row.name}`\n", *_endpoint(row, _flowing(below.get(constant, ""))), ""]
    return "\n".join(lines)


def _endpoint(row: Endpoint[Any, Any], text: str) -> Iterator[str]:
    body = f"; a body of up to {row.most_bytes:,} bytes" if row.most_bytes else ""
    yield f"{'Reads' if row.reads else 'Acts'}; asked by {', '.join(sorted(row.callers))}{body}."
    if text:
        yield f"\n{text}"
    base = next((each for each in _BASES[::-1] if issubclass(row.request, each)), Request)
    more = f" with the fields of `{base.__name__}` and" if base not in (row.request, Request) else ""
    named = f"`{row.request.__name__}`{more}"
    if row.request in _BASES:
        yield f"\nRequest: {named}."
    elif row.request is Request:
        yield "\nRequest: no fields."
    else:
        yield f"\nRequest: {named}:\n"
        yield from _fields(row.request, but=base)
        if said := _doc(row.request):
            yield f"\n{said}"
    yield f"\nAnswer: {'nothing more' if row.answer is Done else _type(row.answer)}."


def _records(rows: Iterable[Endpoint[Any, Any]]) -> str:
    """Every record of an answer, and those within requests and answers."""
    found: dict[str, type[Any]] = {}
    seen: set[Any] = set()

    def gather(kind: Any, *, itself: bool) -> None:
        for each in _structs(kind):
            if each in seen or each is Done:
                continue
            seen.add(each)
            if itself or not issubclass(each, Request):
                found[_named(each)] = each
            for field in msgspec.structs.fields(each):
                gather(field.type, itself=True)

    for row in rows:
        gather(row.answer, itself=True)
        gather(row.request, itself=False)
    lines = ["## Records\n"]
    for name, kind in sorted(found.items(), key=lambda item: item[0].lower()):
        lines += [f"### Record {name}\n", *([_doc(kind), ""] if _doc(kind) else []), *_fields(kind), ""]
    return "\n".join(lines).rstrip() + "\n"


def _structs(kind: Any) -> Iterator[type[Any]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for inner in typing.get_args(kind):
        yield from _structs(inner)


def _fields(kind: type[Any], but: type[Any] | None = None) -> list[str]:
    left = {field.name for field in msgspec.structs.fields(but)} if but else set()
    rows = [field for field in msgspec.structs.fields(kind) if field.name not in left]
    if not rows:
        return []
    lines = ["| field | type | left out |", "|---|---|---|"]
    return lines + [f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} |" for field in rows]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "never"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, msgspec.Struct):
        return "as without any field"
    if value is msgspec.UNSET:
        return "not said"
    return f"`{msgspec.json.encode(value).decode()}`"


def _type(kind: Any) -> str:
    """In words; records are links."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _type(inner[0])
    if origin in (typing.Union, types.UnionType):
        return ", or ".join(_type(each) for each in inner if each is not msgspec.UnsetType)
    if origin is typing.Literal:
        return ", ".join(f"`{each}`" for each in inner)
    if origin in (tuple, list, frozenset) and (origin is not tuple or inner[-1] is Ellipsis):
        return f"list of {_type(inner[0])}"
    if origin is tuple:
        return "list: " + ", ".join(_type(each) for each in inner)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return f"map of {_type(inner[0])} to {_type(inner[1])}"
    if kind is Any:
        return "anything"
    if isinstance(kind, type) and issubclass(kind, tuple):
        named = typing.get_type_hints(kind)
        return "list: " + ", ".join(f"`{name}` {_type(named[name])}" for name in getattr(kind, "_fields", ()))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return f"[{_named(kind)}](#record-{_named(kind).lower().replace('.', '')})"
    return _PLAIN.get(kind, str(getattr(kind, "__name__", kind)))


def _named(kind: type[Any]) -> str:
    """Its name; with its module where two records have one name."""
    twins = {each for each in _every_record() if each.__name__ == kind.__name__}
    return kind.__name__ if len(twins) < 2 else f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"


@functools.cache
def _every_record() -> frozenset[type[Any]]:
    """Those that rows lead to."""
    found: set[type[Any]] = set()

    def gather(kind: Any) -> None:
        for each in _structs(kind):
            if each not in found:
                found.add(each)
                for field in msgspec.structs.fields(each):
                    gather(field.type)

    for row in ENDPOINTS.values():
        gather(row.request)
        gather(row.answer)
    return frozenset(found)


def _doc(kind: type[Any]) -> str:
    said = kind.__dict__.get("__doc__") or ""
    return _flowing(inspect.cleandoc(said)) if said else ""


def _flowing(text: str) -> str:
    """Prose of a docstring as Markdown: paragraphs as they are, marks of code and of other objects as code."""
    parts = [" ".join(part.split()) for part in text.split("\n\n")]
    plain = "\n\n".join(textwrap.fill(part, 120, break_long_words=False, break_on_hyphens=False) for part in parts)
    return plain.replace("``", "`").replace(":class:`", "`").replace(":data:`", "`").replace(":func:`", "`")


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Finds the places of a source file where a small fault can be put."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_OPPOSITES: dict[type[ast.AST], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
_TYPE_CHECKING = "TYPE_CHECKING"


@dataclass(frozen=True, slots=True)
class Fault:
    """One change of a source file.

    Attributes:
        file: the file.
        line: the line of the change.
        what: the change in words.
        start: the byte at which the old text begins.
        end: the byte after it.
        new: the text to put there.
    """

    file: Path
    line: int
    what: str
    start: int
    end: int
    new: str

    def applied_to(self, source: bytes) -> bytes:
        """Return the source with the fault."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def faults_in(file: Path) -> list[Fault]:
    """Return the faults that can be put into a file, in the order of its lines.

    Only code that runs in calls is changed: no docstrings, annotations, imports or decorators.
    """
    source = file.read_bytes()
    found = _Finder(file, source).found(ast.parse(source))
    return sorted(found, key=lambda fault: (fault.start, fault.end))


class _Finder:
    def __init__(self, file: Path, source: bytes) -> None:
        self._file = file
        self._source = source
        lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line))

    def found(self, node: ast.AST) -> Iterator[Fault]:
        """Yield the faults within a node."""
        yield from self._faults_of(node)
        for child in _running_parts(node):
            yield from self.found(child)

    def _faults_of(self, node: ast.AST) -> Iterable[Fault]:
        match node:
            case ast.Compare(ops=[operator]) if type(operator) in _OPPOSITES:
                return [self._flipped(node, _OPPOSITES[type(operator)])]
            case ast.BoolOp():
                return [self._other_word(node)]
            case ast.If(test=test) | ast.IfExp(test=test):
                return [
                    self._fault(test, "the condition is the opposite", f"not ({self._text(test)})")
                ]
            case ast.Dict():
                return self._without_one(node, node.keys, "the entry")
            case ast.Call():
                return self._without_keyword(node)
            case ast.Constant(value=bool(value)):
                return [self._fault(node, f"{value} is {not value}", str(not value))]
            case ast.Constant(value=int(value)):
                return [self._fault(node, f"{value} is {value + 1}", str(value + 1))]
        return []

    def _flipped(self, node: ast.Compare, operator: str) -> Fault:
        left, right = self._text(node.left), self._text(node.comparators[0])
        return self._fault(node, f"it compares by `{operator}`", f"({left} {operator} {right})")

    def _other_word(self, node: ast.BoolOp) -> Fault:
        word = "or" if isinstance(node.op, ast.And) else "and"
        new = f" {word} ".join(f"({self._text(value)})" for value in node.values)
        return self._fault(node, f"`{word}` joins the conditions", f"({new})")

    def _without_one(
        self, node: ast.Dict, keys: Iterable[ast.expr | None], what: str
    ) -> Iterator[Fault]:
        items = [
            f"**{self._text(value)}" if key is None else f"{self._text(key)}: {self._text(value)}"
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        for index, item in enumerate(items):
            rest = ", ".join([*items[:index], *items[index + 1 :]])
            yield self._fault(node, f"{what} `{_short(item)}` is missing", f"{{{rest}}}", index)

    def _without_keyword(self, node: ast.Call) -> Iterator[Fault]:
        # Of a class or ``replace``: a field that keeps its default is a field that gets lost.
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if not (name[:1].isupper() or name == "replace"):
            return
        given = [self._text(part) for part in node.args]
        named = [self._keyword(keyword) for keyword in node.keywords]
        for index, text in enumerate(named):
            rest = ", ".join([*given, *named[:index], *named[index + 1 :]])
            new = f"{self._text(node.func)}({rest})"
            yield self._fault(node, f"`{_short(text)}` is missing", new, index)

    def _keyword(self, keyword: ast.keyword) -> str:
        value = self._text(keyword.value)
        return f"**{value}" if keyword.arg is None else f"{keyword.arg}={value}"

    def _fault(self, node: ast.expr, what: str, new: str, part: int = -1) -> Fault:
        start, end = self._place(node)
        line = node.lineno
        if part >= 0 and isinstance(node, ast.Dict):
            line = node.values[part].lineno
        elif part >= 0 and isinstance(node, ast.Call):
            line = node.keywords[part].value.lineno
        return Fault(self._file, line, what, start, end, new)

    def _text(self, node: ast.AST) -> str:
        start, end = self._place(node)
        return self._source[start:end].decode()

    def _place(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset


def _running_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that run when the provider is used."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "type_comment"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST) and not _is_idle(part):
                yield part


def _is_idle(node: ast.AST) -> bool:
    """Whether a node does nothing when it runs, or is left alone: an f-string is put together."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == _TYPE_CHECKING
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Assert)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"

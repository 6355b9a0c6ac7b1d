"""Texts in Python code as templates: what is inserted stands in braces, ``{path}`` or ``{…}``."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping, Sequence

from tools.site.reference.definitions import Definitions, Function, Scope, arguments_for, called

_MOST = 12
"""More alternatives than these are not written out in a message; they stand for themselves."""
_DEEPEST = 5
_TEXT_METHODS = {"rstrip", "strip", "lstrip"}

Choice = str | None
"""A template; ``None`` for a text that is not known."""


class Texts:
    """Finds the texts that an expression of one package may have.

    Args:
        modules: the modules of the package, by name.
    """

    def __init__(self, modules: Mapping[str, ast.Module]) -> None:
        self._definitions = Definitions(modules)
        self._busy: list[tuple[str, int]] = []

    def of(self, node: ast.AST | None, scope: Scope) -> list[str]:
        """Return the templates of an expression; none if it is not known to be text.

        Args:
            node: the expression.
            scope: what it is in: functions, the innermost first, then the module.
        """
        return [text for text in self._choices(node, scope, 0) if text]

    def _choices(self, node: ast.AST | None, scope: Scope, depth: int) -> list[Choice]:
        if isinstance(node, ast.Constant):
            return [_literal(node.value) if isinstance(node.value, str) else None]
        if node is None or depth > _DEEPEST:
            return [None]
        if isinstance(node, ast.JoinedStr):
            return list(self._joined(node.values, scope, depth))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return list(self._joined([node.left, node.right], scope, depth))
        found = [
            choice
            for other, place in self._alternatives(node, scope)
            for choice in self._choices(other, place, depth + 1)
        ]
        return list(dict.fromkeys(found)) or [None]

    def _alternatives(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST | None, Scope]]:
        """Yield what an expression may be instead, with what that is in."""
        if isinstance(node, ast.IfExp):
            yield from ((value, scope) for value in (node.body, node.orelse))
        elif isinstance(node, ast.BoolOp):
            yield from ((value, scope) for value in node.values)
        elif isinstance(node, ast.NamedExpr):
            yield node.value, scope
        elif isinstance(node, ast.Name) and (node.id, id(scope[0])) not in self._busy:
            # A text may be assigned to a name that is a part of it.
            self._busy.append((node.id, id(scope[0])))
            yield from self._values(node.id, scope)
            self._busy.pop()
        elif isinstance(node, ast.Call):
            yield from self._returned(node, scope)

    def _values(self, name: str, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        found = [(value, scope) for value in self._definitions.assigned(name, scope)]
        if not found and isinstance(scope[0], Function):
            for call, place in self._definitions.calls(scope[0].name):
                found += [(value, place) for value in arguments_for(name, scope[0], call)]
        yield from _without_beginnings(found)

    def _returned(self, call: ast.Call, scope: Scope) -> Iterator[tuple[ast.AST | None, Scope]]:
        name = called(call)
        if name in _TEXT_METHODS and isinstance(call.func, ast.Attribute):
            yield call.func.value, scope
        elif (found := self._definitions.function(name, scope)) is not None:
            function, module = found
            returns = (each for each in ast.walk(function) if isinstance(each, ast.Return))
            yield from ((each.value, (function, module)) for each in returns)

    def _joined(self, parts: Sequence[ast.AST], scope: Scope, depth: int) -> Iterator[str]:
        choices = [self._part(part, scope, depth) for part in parts]
        total = 1
        for position, choice in enumerate(choices):
            total *= len(choice)
            if total > _MOST:
                total //= len(choice)
                choices[position] = [_placeholder(parts[position])]
        yield from dict.fromkeys("".join(chosen) for chosen in itertools.product(*choices))

    def _part(self, part: ast.AST, scope: Scope, depth: int) -> list[str]:
        value = part.value if isinstance(part, ast.FormattedValue) else part
        if isinstance(part, ast.FormattedValue) and part.conversion == ord("r"):
            return [_placeholder(part)]
        found = self._choices(value, scope, depth + 1)
        return [_placeholder(part) if each is None else each for each in found]


def _without_beginnings(found: list[tuple[ast.AST, Scope]]) -> list[tuple[ast.AST, Scope]]:
    """Return the values of a name without the empty text that it has until one is assigned."""
    told = [each for each in found if not _is_empty(each[0])]
    return told or found


def _is_empty(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and value.value == ""


def _literal(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


def _placeholder(part: ast.AST) -> str:
    node = part.value if isinstance(part, ast.FormattedValue) else part
    name = node.id if isinstance(node, ast.Name) else ""
    if isinstance(node, ast.Attribute):
        name = node.attr
    return f"{{{name}}}" if name.isidentifier() and not name.startswith("_") else "{…}"

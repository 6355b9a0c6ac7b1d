"""Texts in Python code as templates: what is inserted stands in braces, ``{path}`` or ``{…}``."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Sequence[ast.AST]
"""The nodes in which a name may be assigned: a function, or the module."""

_MOST = 12
"""More alternatives than these are not written out in a message; they stand for themselves."""
_DEEPEST = 4
_TEXT_METHODS = {"rstrip", "strip", "lstrip", "format"}


class Texts:
    """Finds the texts that an expression of one package may have.

    Args:
        trees: the modules of the package. A function or a constant of another module is known if
            nothing else in the package has its name.
    """

    def __init__(self, trees: Sequence[ast.Module]) -> None:
        self._functions = _functions_of(trees)
        self._constants = _constants_of(trees)
        self._busy: list[str] = []

    def of(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> list[str]:
        """Return the templates of an expression; none if it is not known to be text."""
        if node is None or depth > _DEEPEST:
            return []
        if isinstance(node, ast.Constant):
            return [_literal(node.value)] if isinstance(node.value, str) and node.value else []
        if isinstance(node, ast.JoinedStr):
            return self._joined(node.values, scope, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined([node.left, node.right], scope, depth)
        return list(dict.fromkeys(self._elsewhere(node, scope, depth + 1)))

    def _elsewhere(self, node: ast.AST, scope: Scope, depth: int) -> Iterator[str]:
        if isinstance(node, ast.IfExp):
            yield from self.of(node.body, scope, depth)
            yield from self.of(node.orelse, scope, depth)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from self.of(value, scope, depth)
        elif isinstance(node, ast.NamedExpr):
            yield from self.of(node.value, scope, depth)
        elif isinstance(node, ast.Name) and node.id not in self._busy:
            self._busy.append(node.id)  # a text may be assigned to a name that is a part of it
            for value in self._values(node.id, scope):
                yield from self.of(value, scope, depth)
            self._busy.pop()
        elif isinstance(node, ast.Call):
            yield from self._called(node, scope, depth)

    def _values(self, name: str, scope: Scope) -> list[ast.AST]:
        found = [value for place in scope for value in _assigned(place, name)]
        return found or self._constants.get(name, [])

    def _called(self, call: ast.Call, scope: Scope, depth: int) -> Iterator[str]:
        name = called(call)
        if name in _TEXT_METHODS and isinstance(call.func, ast.Attribute):
            yield from self.of(call.func.value, scope, depth)
        elif name in self._functions:
            yield from self.returned(name, depth)

    def returned(self, name: str, depth: int = 0) -> Iterator[str]:
        """Yield the templates that a function of the package may return."""
        function, module = self._functions[name]
        for node in ast.walk(function):
            if isinstance(node, ast.Return | ast.Yield):
                yield from self.of(node.value, (function, module), depth + 1)

    def _joined(self, parts: Sequence[ast.AST], scope: Scope, depth: int) -> list[str]:
        choices = [self._part(part, scope, depth) for part in parts]
        total = 1
        for position, choice in enumerate(choices):
            total *= len(choice)
            if total > _MOST:
                total //= len(choice)
                choices[position] = [_placeholder(parts[position])]
        return list(dict.fromkeys("".join(chosen) for chosen in itertools.product(*choices)))

    def _part(self, part: ast.AST, scope: Scope, depth: int) -> list[str]:
        if isinstance(part, ast.Constant):
            return [_literal(str(part.value))]
        value = part.value if isinstance(part, ast.FormattedValue) else part
        is_quoted = isinstance(part, ast.FormattedValue) and part.conversion == ord("r")
        found = [] if is_quoted else self.of(value, scope, depth + 1)
        return found or [_placeholder(part)]


def called(call: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _functions_of(trees: Sequence[ast.Module]) -> dict[str, tuple[Function, ast.Module]]:
    found: dict[str, list[tuple[Function, ast.Module]]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, Function):
                found.setdefault(node.name, []).append((node, tree))
    return {name: places[0] for name, places in found.items() if len(places) == 1}


def _constants_of(trees: Sequence[ast.Module]) -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.setdefault(node.targets[0].id, []).append(node.value)
    unique = {name: values for name, values in found.items() if len(values) == 1}
    return {name: values for name, values in unique.items() if name.isupper()}


def _assigned(place: ast.AST, name: str) -> Iterator[ast.AST]:
    nodes = place.body if isinstance(place, ast.Module) else ast.walk(place)
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _matched(target, node.value, name)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            yield from _matched(node.target, node.value, name)


def _matched(target: ast.AST, value: ast.AST, name: str) -> Iterator[ast.AST]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _matched(one, other, name)


def _literal(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


def _placeholder(part: ast.AST) -> str:
    node = part.value if isinstance(part, ast.FormattedValue) else part
    name = node.id if isinstance(node, ast.Name) else ""
    if isinstance(node, ast.Attribute):
        name = node.attr
    return f"{{{name}}}" if name.isidentifier() and not name.startswith("_") else "{…}"

"""Where the names of a package are defined, and where its functions are called."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Sequence[ast.AST]
"""What a piece of code is in: functions, the innermost first, then the module."""

_FIRST = ("self", "cls")


class Definitions:
    """Finds what a name means in the modules of one package.

    Args:
        modules: the modules by name.
    """

    def __init__(self, modules: Mapping[str, ast.Module]) -> None:
        self._modules = modules

    def function(self, name: str, scope: Scope) -> tuple[Function, ast.Module] | None:
        """Return a function with its module: that of the module, or the one that it imports."""
        module = scope[-1]
        for place in (module, self._imported.get((id(module), name))):
            if isinstance(place, ast.Module) and (found := self._functions.get((id(place), name))):
                return found, place
        return None

    def assigned(self, name: str, scope: Scope) -> list[ast.AST]:
        """Return the values that are assigned to a name, here or in the module it comes from."""
        found = [value for place in scope for value in _assigned(place, name)]
        source = self._imported.get((id(scope[-1]), name))
        return found or ([] if source is None else list(_assigned(source, name)))

    def calls(self, name: str) -> list[tuple[ast.Call, Scope]]:
        """Return the calls of what has this name, each with what it is in."""
        return self._calls.get(name, [])

    @cached_property
    def _functions(self) -> dict[tuple[int, str], Function]:
        return {
            (id(module), node.name): node
            for module in self._modules.values()
            for node in ast.walk(module)
            if isinstance(node, Function)
        }

    @cached_property
    def _imported(self) -> dict[tuple[int, str], ast.Module]:
        found: dict[tuple[int, str], ast.Module] = {}
        for module in self._modules.values():
            for node in ast.walk(module):
                source = isinstance(node, ast.ImportFrom) and self._modules.get(node.module or "")
                if isinstance(node, ast.ImportFrom) and source:
                    names = (each.asname or each.name for each in node.names)
                    found |= {(id(module), name): source for name in names}
        return found

    @cached_property
    def _calls(self) -> dict[str, list[tuple[ast.Call, Scope]]]:
        found: dict[str, list[tuple[ast.Call, Scope]]] = {}
        for module in self._modules.values():
            for call, scope in _calls_in(module, (module,)):
                found.setdefault(called(call), []).append((call, scope))
        return found


def called(call: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def arguments_for(name: str, function: Function, call: ast.Call) -> Iterator[ast.AST]:
    """Yield what a call passes to a parameter of a function."""
    names = [each.arg for each in function.args.posonlyargs + function.args.args]
    names = names[1:] if names[:1] and names[0] in _FIRST else names
    yield from (each.value for each in call.keywords if each.arg == name)
    if name in names and names.index(name) < len(call.args):
        yield call.args[names.index(name)]


def _calls_in(node: ast.AST, scope: tuple[ast.AST, ...]) -> Iterator[tuple[ast.Call, Scope]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, scope
        yield from _calls_in(child, (child, *scope) if isinstance(child, Function) else scope)


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

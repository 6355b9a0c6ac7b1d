"""The source of a mutant: its class, and what else of its module that class uses."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from provider_conformance.zoo import Mutant, mutants, registered_mutants


def mutant_code(mutant: Mutant) -> str:
    """Return the code that makes a mutant what it is, without its registration.

    What it imports is not in it.
    """
    name, parts = _definition(mutant)
    names = set(_used(name, parts))
    return "\n\n\n".join(text for part, (_, text) in parts.items() if part in names)


def _definition(mutant: Mutant) -> tuple[str, dict[str, tuple[ast.stmt, str]]]:
    """Return the name of the class that says what a mutant does, and the parts of its module."""
    # Some mutants are made in a loop from a class, one for each cell of a table.
    provider = mutant.harness.provider
    for base in provider.__mro__ if isinstance(provider, type) else ():
        if base.__module__.startswith(mutants.__name__):
            return base.__name__, _parts(sys.modules[base.__module__])
    raise ValueError(f"{mutant.name} is defined outside {mutants.__name__}")


@cache
def _parts(module: ModuleType) -> dict[str, tuple[ast.stmt, str]]:
    """Return the definitions of a module by name, with their source, in order."""
    source = inspect.getsource(module)
    parts: dict[str, tuple[ast.stmt, str]] = {}
    for statement in ast.parse(source).body:
        # Without decorators, of which the registration is one.
        text = ast.get_source_segment(source, statement) or ""
        for name in _defined(statement):
            parts[name] = (statement, text)
    return parts


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def _used(name: str, parts: dict[str, tuple[ast.stmt, str]]) -> Iterator[str]:
    """Yield a name and all that its definition uses, directly or not."""
    waiting, seen = [name], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        statement, _ = parts[name]
        inner = statement.decorator_list if isinstance(statement, ast.ClassDef) else []
        left_out = {id(node) for top in inner for node in ast.walk(top)}
        waiting += [
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and id(node) not in left_out and node.id in parts
        ]


@cache
def mutants_by_check() -> dict[str, list[Mutant]]:
    """Return the mutants of each check, by its id."""
    found: dict[str, list[Mutant]] = {}
    for mutant in sorted(registered_mutants().values(), key=lambda mutant: mutant.name):
        found.setdefault(mutant.kills, []).append(mutant)
    return found

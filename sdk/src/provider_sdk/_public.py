"""The names that a module exports: the path that they show, and when they are imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from types import FunctionType


def show_public_path(module: str, names: Iterable[str] | None = None) -> None:
    """Set the ``__module__`` of every class and function that a module exports.

    Tracebacks and documentation then show the path that people import, not the module inside.

    Args:
        module: the name of the module.
        names: those that it exports; ``None`` for all in its ``__all__``.

    What ``provider_sdk`` itself exports stays there. ``typing.get_type_hints`` then looks in the
    public module for the names that annotations use.
    """
    namespace = vars(sys.modules[module])
    for name in namespace["__all__"] if names is None else names:
        exported = namespace[name]
        is_movable = isinstance(exported, type | FunctionType)
        if is_movable and exported.__module__ != "provider_sdk":
            exported.__module__ = module


def imported_later(
    module: str, later: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a module some of whose names are imported later.

    What a question does not need is imported when it is first asked for: a command that asks one is
    a process of its own, and each module makes it start later.

    Args:
        module: the name of the module.
        later: by the name of a module inside it, the names to import from there.
    """
    module_of = {name: inside for inside, names in later.items() for name in names}

    def find(name: str) -> object:
        if name not in module_of:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        names = later[module_of[name]]
        inside = import_module(f"{module}.{module_of[name]}")
        namespace = vars(sys.modules[module])
        namespace.update((each, getattr(inside, each)) for each in names)
        show_public_path(module, {*names}.intersection(namespace["__all__"]))
        return namespace[name]

    def list_all() -> list[str]:
        namespace = vars(sys.modules[module])
        return sorted({*namespace, *namespace["__all__"]})

    return find, list_all

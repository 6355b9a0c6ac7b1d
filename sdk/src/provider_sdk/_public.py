"""Tracebacks and documentation show the path that people import, not the module inside."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FunctionType


def show_public_path(module: str, names: Iterable[str] | None = None) -> None:
    """Set the ``__module__`` of every class and function that a module exports.

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

"""All checks, in one or more modules per group, and the functions that list them."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping
from importlib import import_module

from provider_conformance._check import (
    BOTH_DRIVERS,
    GROUP_SUBJECTS,
    GROUPS,
    Check,
    Mode,
    registry,
)

__all__ = ["BOTH_DRIVERS", "GROUPS", "GROUP_SUBJECTS", "all_checks", "selected"]


def all_checks(mode: Mode | None = "mock") -> Mapping[str, Check]:
    """Return the checks of a mode (``None``: of all modes) by id, sorted by group and number."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        import_module(module.name)  # which registers its checks
    ordered = sorted(registry.values(), key=_report_order)
    return {check.id: check for check in ordered if mode in (None, check.mode)}


def selected(patterns: Iterable[str], mode: Mode | None = "mock") -> dict[str, Check]:
    """Return the checks whose id begins with one of the patterns; all if there are no patterns.

    The prefix ``PC-`` may be left out.

    Raises:
        ValueError: a pattern matches no check.
    """
    known = all_checks(mode)
    wanted = [pattern.upper() for pattern in patterns]
    for pattern in wanted:
        if not any(_matches(id, pattern) for id in known):
            raise ValueError(f"no check is called {pattern!r}; `provider-conformance list` has all")
    return {
        id: known[id]
        for id in known
        if not wanted or any(_matches(id, pattern) for pattern in wanted)
    }


def _report_order(check: Check) -> tuple[int, str]:
    return GROUPS.index(check.group), check.id


def _matches(id: str, pattern: str) -> bool:
    return id.startswith(pattern) or id.removeprefix("PC-").startswith(pattern)

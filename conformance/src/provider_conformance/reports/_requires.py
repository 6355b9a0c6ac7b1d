"""The versions of what a provider needs at run time."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, packages_distributions
from pathlib import Path
from types import ModuleType

from provider_conformance._harness import Harness
from provider_conformance._installed import distribution_of

_SDK = "provider-contract-sdk"
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


def required_versions(harness: Harness) -> dict[str, str]:
    """Return the versions of the installed distributions that a provider needs, by name.

    These are the SDK, the provider's own distribution, or what the modules of a harness import if
    it is not installed, and all that they require, to any depth.
    """
    own = distribution_of(harness)
    roots = {own.name} if own else set(_imported_by(harness))
    versions: dict[str, str] = {}
    waiting = [(name, "") for name in {_SDK, *roots}]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        try:
            found = Distribution.from_name(name)
        except (PackageNotFoundError, ValueError):
            continue  # for another platform or interpreter
        versions[_plain(found.name)] = found.version
        news = set(_requirements(found, extra)) - seen
        seen |= news
        waiting += news
    return dict(sorted(versions.items()))


def _requirements(found: Distribution, extra: str) -> Iterator[tuple[str, str]]:
    """Yield name and extra of each requirement; with an extra, only those that it adds."""
    for text in found.requires or ():
        marker = _EXTRA.search(text.partition(";")[2])
        if (marker[1] if marker else "") != extra:
            continue
        if match := _NAME.match(text):
            name = _plain(match[1])
            yield name, ""
            yield from ((name, e.strip()) for e in (match[2] or "").split(",") if e.strip())


def _imported_by(harness: Harness) -> Iterator[str]:
    """Yield the distributions of what the harness's own files have imported by name."""
    owners = packages_distributions()
    files = {Path(file) for file in harness.neighbours}
    for module in list(sys.modules.values()):
        if Path(getattr(module, "__file__", None) or "") in files:
            for value in list(vars(module).values()):
                name = value.__name__ if isinstance(value, ModuleType) else _module_of(value)
                yield from owners.get(name.partition(".")[0], ())


def _module_of(value: object) -> str:
    return str(getattr(value, "__module__", None) or "")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

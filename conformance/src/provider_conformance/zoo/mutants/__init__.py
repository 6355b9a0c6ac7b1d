"""All mutants, in modules whose names begin with the group of the check that they fail."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from provider_conformance.zoo._mutants import Mutant, registry


def registered_mutants() -> dict[str, Mutant]:
    """Return all mutants by name."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        import_module(module.name)  # which registers its mutants
    return dict(registry)

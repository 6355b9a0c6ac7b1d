"""The right zoo: providers that keep the contract in unusual ways, in modules by subject.

They are written from the contract alone. A check that fails one of them demands more than the
contract does.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from provider_conformance.zoo._right import Right, registry


def registered_right() -> dict[str, Right]:
    """Return all right providers by name."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        if not module.name.rpartition(".")[2].startswith("_"):
            import_module(module.name)  # which registers its providers
    return dict(registry)

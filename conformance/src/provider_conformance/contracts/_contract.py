"""The frozen contracts: which checks a version of the contract requires.

A check that was added later runs and is reported, but does not count for a level.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Iterable
from importlib.resources import files

CONTRACT = "1.0"
"""The version of the contract that reports refer to."""

_PINNED = {"1.0": "9f38635979a26287"}


class ContractChangedError(RuntimeError):
    """A frozen contract was changed."""


@functools.cache
def contract_ids(version: str = CONTRACT) -> frozenset[str]:
    """Return the ids of the checks that a version requires.

    Raises:
        ContractChangedError: the list differs from the one that was frozen.
    """
    text = (files("provider_conformance") / "contracts" / f"{version}.toml").read_text("utf-8")
    ids = frozenset(tomllib.loads(text)["required"])
    if ids_digest(ids) != _PINNED[version]:
        raise ContractChangedError(
            f"contract {version} is frozen, and its list of checks was changed; "
            "new checks belong to a later version"
        )
    return ids


def ids_digest(ids: Iterable[str]) -> str:
    """Return the digest of a list of ids, whatever its order."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:16]

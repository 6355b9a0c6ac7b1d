"""Frozen contracts: which checks a version of the contract demands.

A check that is newer than the contract runs and is reported, and does not count.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Iterable
from importlib.resources import files

CONTRACT = "1.0"
"""The version that reports are made for."""

_PINNED = {"1.0": "c9031e2ccc9fef2a"}


class ContractChangedError(RuntimeError):
    """A frozen contract is not what it was when it was frozen."""


@functools.cache
def contract_ids(version: str = CONTRACT) -> frozenset[str]:
    """Return the ids that a version demands.

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
    """Return the digest by which a list of ids is pinned and reported."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:16]

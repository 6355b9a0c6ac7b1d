"""Writes the list of checks that a version of the contract requires, and prints its digest.

Run it once per version, and put the digest into ``contracts/_contract.py``: the list of a released
version never changes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from provider_conformance.checks import all_checks
from provider_conformance.contracts import ids_digest

_FOLDER = Path(__file__).parents[1] / "conformance/src/provider_conformance/contracts"


def main(version: str) -> None:
    """Write ``<version>.toml`` and print its digest."""
    ids = list(all_checks())
    lines = [f"# The checks of contract {version}; frozen.", "required = ["]
    lines += [f'  "{id}",' for id in ids]
    (_FOLDER / f"{version}.toml").write_text("\n".join([*lines, "]", ""]), encoding="utf-8")
    print(f"{version}: {len(ids)} checks, digest {ids_digest(ids)}")


if __name__ == "__main__":
    main(sys.argv[1])

"""Runs the checks on the adapters in docs/adapters, and compares the failures with limits.toml.

It needs the three clients; ``tox -e adapters`` installs them. The runs are kept, so that the next
build of the site shows them. The exit code is 1 if an adapter does not fail exactly what
``limits.toml`` says.
"""

from __future__ import annotations

import sys

from tools.site.kit.adapters import adapters


def main() -> int:
    """Print what each run found, and all differences."""
    differences: list[str] = []
    for adapter in adapters():
        if adapter.run is None:
            differences.append(f"{adapter.client} is not installed, so its adapter was not run")
            continue
        print(f"{adapter.client} {adapter.version}: {dict(adapter.report.counts())}", flush=True)
        differences += adapter.differences()
    print("\n\n".join(differences))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

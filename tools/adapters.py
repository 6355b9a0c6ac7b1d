"""Runs the checks on the adapters in docs/adapters, and compares the failures with limits.toml.

It runs those whose client is installed; ``--all`` demands that all are: ``tox -e adapters``.
A run that fails exactly what ``limits.toml`` says is kept, so that the next build of the site shows
it; any other makes the exit code 1.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tools.site.kit.adapters import adapters, keep_run


def main(arguments: Sequence[str]) -> int:
    """Print what each run found, and all differences; return the exit code."""
    if arguments not in ([], ["--all"]):
        print("usage: python -m tools.adapters [--all]", file=sys.stderr)
        return 2
    differences: list[str] = []
    for adapter in adapters(run=True):
        if adapter.run is None:
            missing = f"{adapter.client} is not installed, so its adapter was not run"
            print(missing)
            differences += [missing] if arguments else []
            continue
        print(f"{adapter.client} {adapter.version}: {dict(adapter.report.counts())}", flush=True)
        found = list(adapter.differences())
        differences += found
        if not found:
            keep_run(adapter)
    if differences:
        print("\n\n".join(differences))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

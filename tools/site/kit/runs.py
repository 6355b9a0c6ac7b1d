"""The runs that the matrix of providers is made of: those of ``tox -e conformance``, or own ones.

The kit itself says whether the reports of a run are about the code as it is now, as ``verify``
does. A provider without such reports is run.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from pathlib import Path

from provider_conformance.matrix import Column, declared_providers, read_columns

from tools.site.kit.measured import KEPT, is_quick
from tools.site.page import ROOT

FOLDERS = (Path("reports/conformance"), KEPT.relative_to(ROOT) / "conformance")
"""Where reports may be, seen from the root: of ``tox -e conformance``, and of an earlier build."""

_AT_ONCE = 2
_HARNESS = "_harness.py"


def provider_names() -> list[str]:
    """Return the providers of this workspace, and what has a harness and no entry point."""
    declared = {name for name, _ in declared_providers(ROOT)}
    composed = {file.name.removesuffix(_HARNESS) for file in ROOT.glob(f"*/tests/*{_HARNESS}")}
    return sorted(declared | composed)


def columns() -> list[Column]:
    """Return what fresh runs say of each provider; in a quick build some may be missing.

    Raises:
        RuntimeError: a run left no reports.
    """
    names = provider_names()
    found = {column.provider: column for column in fresh_columns()}
    with chdir(ROOT):  # where the kit looks for providers
        lacking = [name for name in names if name not in found]
        if lacking and not is_quick():
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(_run, lacking))
        if lacking:
            rest = read_columns(lacking, FOLDERS[-1], allow_sample=False)
            found |= {column.provider: column for column in rest}
    return [found[name] for name in names]


def fresh_columns() -> list[Column]:
    """Return what the reports say that are about the code as it is now; no check runs."""
    found: dict[str, Column] = {}
    with chdir(ROOT):
        for folder in FOLDERS:
            left = [name for name in provider_names() if name not in found]
            here = [name for name in left if (folder / f"{name}.json").is_file()]
            for column in read_columns(here, folder, allow_sample=False) if here else ():
                if not any(run.doubts for run in column.runs.values()):
                    found[column.provider] = column
    return list(found.values())


def _run(name: str) -> None:
    command = [sys.executable, "-m", "provider_conformance", "run", name]
    done = subprocess.run(
        [*command, "--reports", str(FOLDERS[-1])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if not (ROOT / FOLDERS[-1] / f"{name}.json").is_file():
        raise RuntimeError(f"the run of {name} left no reports:\n{done.stdout}{done.stderr}")


def files_of(column: Column) -> Iterator[Path]:
    """Yield the files of each run of a provider that the site shows."""
    for run in column.runs.values():
        if run.report and not run.doubts:
            ends = (".json", ".run.json", ".html", ".svg")
            yield from (ROOT / run.file.with_suffix(end) for end in ends)

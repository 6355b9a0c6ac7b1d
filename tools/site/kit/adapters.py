"""The adapters in docs/adapters: runs the kit on them, and compares that with their limits.

A build of the site runs none of them, because that takes minutes on real sockets. It shows the runs
that ``python -m tools.adapters`` kept, if they are of the code as it is now.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from provider_conformance import Report, Result
from provider_conformance.reports import read_report

from tools.site.kit.measured import (
    CODE,
    Measured,
    fingerprint,
    keep,
    kept_result,
)
from tools.site.page import ROOT

EXAMPLES = "docs/adapters/examples"
SEED = 7
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter, and its run if there is one.

    Attributes:
        name: the name of its file.
        client: the distribution that it uses.
        told: the limits that ``limits.toml`` lists for it.
        run: its run with the code as it is now.
    """

    name: str
    client: str
    told: Sequence[Mapping[str, Any]]
    run: Measured | None

    @property
    def version(self) -> str:
        """The version of the client in the run."""
        assert self.run is not None
        return str(self.run.result["version"])

    @property
    def report(self) -> Report:
        """The report of the run."""
        assert self.run is not None
        return Report.from_dict(self.run.result["report"])

    @property
    def limits(self) -> list[Mapping[str, Any]]:
        """The limits that apply to this version of the client."""
        major = int(self.version.partition(".")[0])
        return [limit for limit in self.told if major < limit.get("before", major + 1)]

    @property
    def failures(self) -> list[Result]:
        """The checks that the adapter fails, SHOULDs included."""
        return [result for result in self.report.results if not result.is_good]

    def differences(self) -> Iterator[str]:
        """Yield the differences between ``limits.toml`` and the run."""
        failed = {result.id: result for result in self.failures}
        expected = {id for limit in self.limits for id in limit["checks"]}
        for id in sorted(failed.keys() - expected):
            yield f"{self.client} fails {id}, which has no reason:\n{failed[id].message}"
        for id in sorted(expected - failed.keys()):
            yield f"{self.client} does not fail {id} any more"


def adapters(*, run: bool = False) -> list[Adapter]:
    """Return all adapters, with the runs that were kept.

    Args:
        run: whether to run those whose client is installed, unless that was done with the same
            code and version.
    """
    limits = tomllib.loads((ROOT / EXAMPLES / "limits.toml").read_text("utf-8"))
    clients = {name: entry["client"] for name, entry in limits.items()}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = pool.map(partial(_run_of, run=run), clients, clients.values())
        return [
            Adapter(name, clients[name], limits[name]["limits"], run)
            for name, run in zip(clients, runs, strict=True)
        ]


def keep_run(adapter: Adapter) -> None:
    """Keep the run of an adapter for the next build of the site."""
    assert adapter.run is not None
    keep(f"adapter-{adapter.client}", adapter.run.result, adapter.run.result["code"])


def installed(client: str) -> str | None:
    """Return the version of a client that is installed, if one is."""
    try:
        return metadata.version(client)
    except metadata.PackageNotFoundError:
        return None


def _run_of(name: str, client: str, *, run: bool) -> Measured | None:
    version = installed(client)
    kept = kept_result(f"adapter-{client}", _code_of(name), libraries=False)
    if kept and version in (None, kept.result["version"]):
        return kept
    return _run(name, client, version) if version and run else None


def _code_of(name: str) -> tuple[str, ...]:
    return (*CODE, f"{EXAMPLES}/{name}.py")


def _run(name: str, client: str, version: str) -> Measured:
    digest = fingerprint(_code_of(name), libraries=False)
    with tempfile.TemporaryDirectory() as folder:
        file = f"{EXAMPLES}/{name}.py"
        command = [sys.executable, "-m", "provider_conformance", "run", file, "--driver", "socket"]
        done = subprocess.run(
            [*command, "--seed", str(SEED), "--reports", folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        pages = list(Path(folder).glob("*.html"))
        if len(pages) != 1:
            raise RuntimeError(f"the run of {name} left no report:\n{done.stdout}{done.stderr}")
        report, _ = read_report(pages[0].with_suffix(".json"))
        html = pages[0].read_text("utf-8")
    result = {"version": version, "report": report, "html": html, "code": digest}
    return Measured(result, datetime.now(UTC).date().isoformat())

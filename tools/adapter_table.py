"""Runs the checks on the adapters in docs/adapters, and writes the failures into the table there.

It needs the three clients; ``tox -e adapters`` installs them. If an adapter does not fail exactly
what ``limits.toml`` says, the table is not changed and the difference is printed. The optional
argument is the seed of the runs.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from provider_conformance import Report, Result, find_harness, run
from provider_conformance.contracts import CONTRACT

_FOLDER = Path(__file__).parents[1] / "docs" / "adapters"
_SEED = 7
_BETWEEN = re.compile(r"(?<=<!-- tools/adapter_table.py -->\n).*?(?=<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Adapter:
    """One adapter, the report of its run, and the failures that are expected."""

    client: str
    report: Report
    limits: list[dict[str, Any]]

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


def main(seed: int) -> int:
    """Write the table and return 0, or print the differences and return 1."""
    limits = tomllib.loads((_FOLDER / "examples" / "limits.toml").read_text("utf-8"))
    adapters = [_tried(name, entry, seed) for name, entry in limits.items()]
    differences = [line for adapter in adapters for line in adapter.differences()]
    if differences:
        print("\n\n".join(differences))
        return 1
    page = _FOLDER / "index.md"
    page.write_text(_BETWEEN.sub(lambda _: _table(adapters), page.read_text("utf-8")), "utf-8")
    print(f"wrote {page}")
    return 0


def _tried(name: str, entry: dict[str, Any], seed: int) -> Adapter:
    harness, _ = find_harness(str(_FOLDER / "examples" / f"{name}.py"))
    report = run(harness, seed=seed, driver="socket")
    print(f"{entry['client']}: {dict(report.counts())} in {report.duration_s:.0f} s", flush=True)
    major = int(metadata.version(entry["client"]).partition(".")[0])
    limits = [limit for limit in entry["limits"] if major < limit.get("before", major + 1)]
    return Adapter(entry["client"], report, limits)


def _table(adapters: list[Adapter]) -> str:
    report = adapters[0].report
    lines = [
        "",
        f"Contract {CONTRACT}, {len(report.results)} checks, socket driver, seed {report.seed}.",
        "",
        "| client | passed | refused | MUST failed | SHOULD failed |",
        "|---|---|---|---|---|",
    ]
    lines += [_summary(adapter) for adapter in adapters]
    for adapter in adapters:
        lines += ["", f"### What `{adapter.client}` cannot do", ""]
        lines += ["| fails | and why |", "|---|---|"]
        lines += [_row(adapter, limit) for limit in adapter.limits]
    return "\n".join([*lines, "", ""])


def _summary(adapter: Adapter) -> str:
    counts = adapter.report.counts()
    failed = [result.severity for result in adapter.failures]
    cells = (
        f"[`{adapter.client}`]({adapter.client}.md) {metadata.version(adapter.client)}",
        str(counts.get("pass", 0)),
        str(counts.get("refused", 0)),
        str(failed.count("MUST")),
        str(len(failed) - failed.count("MUST")),
    )
    return f"| {' | '.join(cells)} |"


def _row(adapter: Adapter, limit: dict[str, Any]) -> str:
    failed = [_failed(result) for result in adapter.failures if result.id in limit["checks"]]
    return f"| {'<br>'.join(failed)} | {' '.join(limit['because'].split())} |"


def _failed(result: Result) -> str:
    link = f"../conformance/checks.md#{result.id.lower()}"
    return f"[{result.id}]({link}) {result.severity}: {result.title}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else _SEED))

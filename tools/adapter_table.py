"""Run the checks on the adapters of docs/adapters, and write what they fail into its table.

It needs the three clients beside the members; ``tox -e adapters`` has them. Where an adapter fails
anything but what ``limits.toml`` says of it, the table is left as it is and the difference printed.
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

from provider_conformance import Report, Result, run
from provider_conformance._find import find_harness

_FOLDER = Path(__file__).parents[1] / "docs" / "adapters"
_SEED = 7
_BETWEEN = re.compile(r"(?<=<!-- tools/adapter_table.py -->\n).*?(?=<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Adapter:
    """An example, what was found, and what was expected of it."""

    client: str
    report: Report
    reasons: dict[str, str]

    @property
    def failures(self) -> list[Result]:
        """What the adapter does not keep, SHOULDs included."""
        return [result for result in self.report.results if not result.is_good]

    def differences(self) -> Iterator[str]:
        """Yield what ``limits.toml`` and the run disagree about."""
        failed = {result.id: result for result in self.failures}
        for id in sorted(failed.keys() - self.reasons.keys()):
            yield f"{self.client} fails {id}, which has no reason:\n{failed[id].message}"
        for id in sorted(self.reasons.keys() - failed.keys()):
            yield f"{self.client} does not fail {id} any more"


def main() -> int:
    """Return 0 when the table was written."""
    limits = tomllib.loads((_FOLDER / "examples" / "limits.toml").read_text("utf-8"))
    adapters = [_tried(name, entry) for name, entry in limits.items()]
    differences = [line for adapter in adapters for line in adapter.differences()]
    if differences:
        print("\n\n".join(differences))
        return 1
    page = _FOLDER / "index.md"
    page.write_text(_BETWEEN.sub(lambda _: _table(adapters), page.read_text("utf-8")), "utf-8")
    print(f"wrote {page}")
    return 0


def _tried(name: str, entry: dict[str, Any]) -> Adapter:
    harness, _ = find_harness(str(_FOLDER / "examples" / f"{name}.py"))
    report = run(harness, seed=_SEED, driver="socket")
    print(f"{entry['client']}: {dict(report.counts())} in {report.duration_s:.0f} s", flush=True)
    reasons = {id: limit["because"] for limit in entry["limits"] for id in limit["checks"]}
    return Adapter(entry["client"], report, reasons)


def _table(adapters: list[Adapter]) -> str:
    lines = [
        "",
        "| client | passed | refused | MUST failed | SHOULD failed |",
        "|---|---|---|---|---|",
    ]
    lines += [_summary(adapter) for adapter in adapters]
    for adapter in adapters:
        lines += ["", f"### What `{adapter.client}` cannot do", ""]
        lines += ["| check | demands | and why not |", "|---|---|---|"]
        lines += [_row(result, adapter.reasons[result.id]) for result in adapter.failures]
    return "\n".join([*lines, "", ""])


def _summary(adapter: Adapter) -> str:
    counts = adapter.report.counts()
    failed = [result.severity for result in adapter.failures]
    words = (
        f"`{adapter.client}` {metadata.version(adapter.client)}",
        str(counts.get("pass", 0)),
        str(counts.get("refused", 0)),
        str(failed.count("MUST")),
        str(len(failed) - failed.count("MUST")),
    )
    return f"| {' | '.join(words)} |"


def _row(result: Result, reason: str) -> str:
    return f"| {result.id} ({result.severity}) | {result.title} | {' '.join(reason.split())} |"


if __name__ == "__main__":
    sys.exit(main())

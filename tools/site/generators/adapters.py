"""The table of adapters: how the clients that people use today keep the same contract."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from provider_conformance import Result, all_checks
from provider_conformance.contracts import CONTRACT

from tools.site.kit.adapters import SEED, Adapter, adapters
from tools.site.kit.prose import check_link, prose
from tools.site.page import Page

_CHECKS = "../conformance/checks/"


def pages() -> Iterable[Page]:
    """Yield the table, and the report of each run."""
    found = adapters()
    yield Page("matrix/adapters.md", "\n".join([*_lines(found), ""]))
    for adapter in found:
        if adapter.run:
            yield Page(f"matrix/{_stem(adapter)}.html", adapter.run.result["html"])
            report = json.dumps(adapter.run.result["report"], ensure_ascii=False, indent=1)
            yield Page(f"matrix/{_stem(adapter)}.json", report + "\n")


def _stem(adapter: Adapter) -> str:
    return f"adapter-{adapter.client}"


def _lines(found: Iterable[Adapter]) -> Iterator[str]:
    ran = [adapter for adapter in found if adapter.run]
    yield from ("# Adapters over other clients", "")
    yield "How the clients that people use today keep the same contract, where nothing but the"
    yield "client talks to the service."
    yield ""
    yield f"Contract {CONTRACT}, {len(all_checks())} checks, socket driver, seed {SEED}. Computed"
    yield "from runs with the code of this build; a client's name opens the page of its adapter."
    yield "[Write an adapter](../adapters/index.md) says what is fair, and how to write one. The"
    yield "[provider matrix](index.md) has the providers of this project."
    yield ""
    yield "| Client | Version | Passed | Refused | MUST failed | SHOULD failed | Run on | Report |"
    yield "|---|---|--:|--:|--:|--:|---|---|"
    yield from (_summary(adapter) for adapter in found)
    for adapter in ran:
        yield from ("", f"## What `{adapter.client}` cannot do", "")
        yield from ("| Fails | Why |", "|---|---|")
        yield from _rows(adapter)


def _summary(adapter: Adapter) -> str:
    name = f"[`{adapter.client}`](../adapters/{adapter.client}.md)"
    if adapter.run is None:
        return f"| {name} | not run with this code; `tox -e adapters` runs it | | | | | | |"
    counts = adapter.report.counts()
    failed = [result.severity for result in adapter.failures]
    cells = (
        name,
        adapter.version,
        str(counts.get("pass", 0)),
        str(counts.get("refused", 0)),
        str(failed.count("MUST")),
        str(len(failed) - failed.count("MUST")),
        adapter.run.day,
        f"[report]({_stem(adapter)}.html), [results]({_stem(adapter)}.json)",
    )
    return f"| {' | '.join(cells)} |"


def _rows(adapter: Adapter) -> Iterator[str]:
    """Yield a row per limit, then one for what has no reason yet."""
    left = {result.id: result for result in adapter.failures}
    for limit in adapter.limits:
        failed = [left.pop(id) for id in limit["checks"] if id in left]
        if failed:
            yield _row(adapter, failed, limit)
    for result in left.values():
        yield _row(adapter, [result], {"because": "No reason is written down yet."})


def _row(adapter: Adapter, failed: Iterable[Result], limit: Mapping[str, Any]) -> str:
    said = "<br>".join(_failed(adapter, result) for result in failed)
    return f"| {said} | {' '.join(limit['because'].split())} |"


def _failed(adapter: Adapter, result: Result) -> str:
    check = f"[{result.id}]({check_link(result.id, _CHECKS)})"
    run = f"[{result.severity}]({_stem(adapter)}.html#{result.id})"
    return f"{check} {run}: {prose(result.title)}"

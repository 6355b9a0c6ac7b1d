"""The page of coverage: which checks notice the loss of each form of each field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provider_conformance.coverage import markdown

from tools.site.kit.measured import Measured, measured
from tools.site.kit.prose import linked
from tools.site.kit.zoo_results import COVERAGE, SEED, cells, coverage
from tools.site.page import Page


def pages() -> Iterable[Page]:
    """Yield the page, measured with this code."""
    found = measured(COVERAGE, coverage)
    yield Page("conformance/checks/coverage.md", "\n".join([*_lines(found), ""]))


def _lines(found: Measured | None) -> Iterator[str]:
    yield from ("# Coverage", "")
    yield "Which checks notice it if a provider loses a field of the contract's types, in each form"
    yield "that the contract allows."
    yield ""
    yield "To measure a line, the reference provider is made to lose just that form, in whole or in"
    yield "streamed calls. The checks that then fail are listed. A form that no check notices says"
    yield "why."
    yield ""
    if found is None:
        yield "**Not measured in this build.** `python -m tools.site` measures it, without"
        yield "`SITE_QUICK` in the environment."
        return
    measured_cells = cells(found.result)
    excused = sum(not cell.checks for cell in measured_cells)
    yield f"Measured on {found.day} with seed {SEED}: {len(measured_cells)} cells, {excused} of"
    yield "them with a reason instead of a check."
    yield from ("", linked(markdown(measured_cells)))

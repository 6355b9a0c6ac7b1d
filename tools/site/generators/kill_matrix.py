"""The page of the kill matrix: each mutant, and the check that fails it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provider_conformance import all_checks
from provider_conformance.checks import GROUPS
from provider_conformance.zoo import Mutant, registered_mutants

from tools.site.kit.measured import Measured, measured
from tools.site.kit.prose import linked, prose
from tools.site.kit.zoo_results import KILLS, SEED, kills
from tools.site.page import Page


def pages() -> Iterable[Page]:
    """Yield the page, measured with this code."""
    found = measured(KILLS, kills)
    yield Page("conformance/checks/kill-matrix.md", "\n".join([*_lines(found), ""]))


def _lines(found: Measured | None) -> Iterator[str]:
    mutants = registered_mutants()
    yield from ("# Kill matrix", "")
    yield "Which deliberately broken provider (mutant) each check fails. [How the checks are"
    yield "tested](../mutants.md) explains the idea."
    yield ""
    if found is None:
        yield "**Not run in this build.** `python -m tools.site` runs it, without `SITE_QUICK` in"
        yield "the environment."
        return
    count = len(all_checks())
    yield f"Run on {found.day} with seed {SEED}: {len(mutants)} mutants, {count} checks. Each"
    yield "mutant met the check that it names. All failed that check, for the reason in the last"
    yield "column, and every check has a mutant. The provider that the mutants are made of passed"
    yield f"{found.result['reference']} of {count} checks. `tox -e zoo` also tries the mutants on"
    yield "other checks."
    ordered = sorted(mutants.values(), key=lambda mutant: (mutant.kills, mutant.name))
    for group in GROUPS:
        own = [mutant for mutant in ordered if mutant.kills.split("-")[1] == group]
        if own:
            yield from ("", f"## {group}", "")
            yield from ("| Mutant | What it does wrong | Fails | Expected, and not met |",)
            yield from ("|---|---|---|---|", *(_row(mutant, found) for mutant in own))


def _row(mutant: Mutant, found: Measured) -> str:
    expected = found.result["expected"][mutant.name].strip().removeprefix("expected").strip()
    cells = (mutant.name, prose(mutant.story), linked(mutant.kills), _cell(expected))
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return prose(text).replace("|", "\\|")

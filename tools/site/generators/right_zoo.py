"""The page of the right zoo: unusual providers that keep the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provider_conformance import all_checks
from provider_conformance.zoo import Right, registered_right

from tools.site.kit.measured import Measured, kept_result
from tools.site.kit.prose import linked, prose
from tools.site.kit.zoo_results import RIGHT
from tools.site.page import Page


def pages() -> Iterable[Page]:
    """Yield the page, with results if the zoo was run with this code."""
    found = kept_result(RIGHT)
    yield Page("conformance/checks/right-zoo.md", "\n".join([*_lines(found), ""]))


def _lines(found: Measured | None) -> Iterator[str]:
    right = registered_right()
    yield from ("# Right zoo", "")
    yield "Providers that keep the contract in unusual ways, and that every check must pass."
    yield ""
    yield "A check that fails one of them demands more than the contract does, and is wrong. If a"
    yield "provider breaks a SHOULD, as it may, it must be a warning: the last column names it."
    yield ""
    yield from _run(found)
    yield ""
    heads = ("Provider", "What is unusual", "Driver", *(["Passed"] if found else []), "Warns")
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    yield from (_row(provider, found) for provider in right.values())


def _run(found: Measured | None) -> Iterator[str]:
    counts = f"{len(registered_right())} providers, {len(all_checks())} checks"
    if found is None:
        yield f"{counts}. **Not run for this build**, because it takes minutes: `tox -e zoo` runs"
        yield "all of them on all checks, and a build after it shows the results."
    else:
        yield f"{counts}. Run on {found.day} with seed {found.result['seed']}: no check failed one."


def _row(provider: Right, found: Measured | None) -> str:
    passed = [" of ".join(map(str, found.result["passed"][provider.name]))] if found else []
    warns = linked(", ".join(sorted(provider.warns))) or "none"
    cells = (provider.name, prose(provider.unusual), provider.driver, *passed, warns)
    return f"| {' | '.join(cells)} |"

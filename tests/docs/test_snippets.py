"""Every Python and shell snippet of every page runs, and writes what the page shows.

``_fences`` says which comments beside a snippet tell how it is run.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import pytest

from ._fences import DATA, LANGUAGES, REASONS, Fence, fences_of, pages
from ._running import Outcome, run_page
from ._world import Place, services

FENCES = {page: fences_of(page) for page in pages()}
ALL = [fence for fences in FENCES.values() for fence in fences]
RUNNING = [fence for fence in ALL if fence.is_tried]
NOT_RUN = {"asks": 0, "fragment": 0, "long": 0, "outside": 0}
"""How many snippets are left out, by reason. A new one needs a better reason than this test."""


@pytest.fixture(scope="module")
def places() -> Iterator[Mapping[str, Place]]:
    """A scripted service for every provider."""
    with services() as found:
        yield found


@pytest.fixture(scope="module")
def outcome_of(
    places: Mapping[str, Place], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Fence], Outcome]:
    """Return what became of a snippet; a page is run once, from its top to its end."""
    known: dict[str, dict[int, Outcome]] = {}

    def outcome(fence: Fence) -> Outcome:
        if fence.page not in known:
            folder = tmp_path_factory.mktemp("page")
            known[fence.page] = run_page(FENCES[fence.page], folder, places)
        return known[fence.page].get(fence.line, Outcome("it was not reached"))

    return outcome


@pytest.mark.parametrize("fence", RUNNING, ids=lambda fence: fence.place)
def test_a_snippet_does_what_the_page_says(
    fence: Fence, outcome_of: Callable[[Fence], Outcome]
) -> None:
    """It runs to its end, and writes what is shown after it."""
    assert outcome_of(fence).problem == ""


@pytest.mark.parametrize(
    "fence", [fence for fence in ALL if fence.language in DATA], ids=lambda fence: fence.place
)
def test_data_can_be_read(fence: Fence) -> None:
    """What is called JSON or TOML is."""
    if fence.language == "toml":
        tomllib.loads(fence.content())
    elif fence.note("not run,") is None:
        json.loads(fence.content())


@pytest.mark.parametrize("page", FENCES)
def test_fences_name_their_language(page: str) -> None:
    """So that each is run, or can be seen to be none that could be run."""
    assert [f"{fence.place} {fence.language!r}" for fence in _unnamed(page)] == []


def _unnamed(page: str) -> list[Fence]:
    return [fence for fence in FENCES[page] if fence.language.split(" ")[0] not in LANGUAGES]


def test_what_is_not_run_is_counted() -> None:
    """The number of snippets that are left out, by reason, is the one that is known."""
    reasons = [fence.note("not run,") for fence in ALL]
    counted = Counter(reason for reason in reasons if reason is not None)

    assert counted == {reason: number for reason, number in NOT_RUN.items() if number}
    assert NOT_RUN.keys() == REASONS.keys()


def test_most_snippets_are_run() -> None:
    """Pages of all parts are found, and hardly anything is left out."""
    assert {"README.md", "docs/hooks.md", "cli/README.md", "sdk/README.md"} <= FENCES.keys()
    assert len(RUNNING) > 100
    assert sum(NOT_RUN.values()) < len(RUNNING) / 5

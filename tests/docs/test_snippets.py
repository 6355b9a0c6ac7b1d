"""Every Python and shell snippet of every page runs, and writes what the page shows.

``_fences`` says which comments beside a snippet tell how it is run.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ._fences import DATA, LANGUAGES, REASONS, ROOT, Fence, fences_of, pages
from ._running import Outcome, run_page
from ._world import Place, services

FENCES = {page: fences_of(page) for page in pages()}
ALL = [fence for fences in FENCES.values() for fence in fences]
RUNNING = [fence for fence in ALL if fence.is_tried]
NOT_REACHED = Outcome("it was not reached")
NOT_RUN = {"asks": 5, "fragment": 4, "long": 16, "outside": 1}
"""How many snippets are left out, by reason. A new one needs a better reason than this test."""


@pytest.fixture(scope="module")
def places() -> Iterator[Mapping[str, Place]]:
    """A scripted service for every provider."""
    with services() as found:
        yield found


@pytest.fixture(scope="module")
def outcome_of(
    places: Mapping[str, Place],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Fence], Outcome]]:
    """Return what became of a snippet; a page is run once, from its top to its end."""
    selected = {fence.page for fence in _selected(request.session.items)}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {
            page: pool.submit(run_page, FENCES[page], tmp_path_factory.mktemp("page"), places)
            for page in sorted(selected)
        }
        yield lambda fence: running[fence.page].result().get(fence.line, NOT_REACHED)
        pool.shutdown(cancel_futures=True)


def _selected(items: Sequence[pytest.Item]) -> Iterator[Fence]:
    for item in items:
        fence = getattr(getattr(item, "callspec", None), "params", {}).get("fence")
        if fence in RUNNING:
            yield fence


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


def test_other_tests_exist() -> None:
    """A snippet that another test performs names a test that is there."""
    named = {fence.tested_by for fence in ALL if fence.tested_by}

    assert [name for name in named if not (ROOT / name).is_file()] == []
    assert all(Path(name).name.startswith("test_") for name in named)


def test_most_snippets_are_run() -> None:
    """Pages of all parts are found, and hardly anything is left out."""
    assert {"README.md", "docs/hooks.md", "cli/README.md", "sdk/README.md"} <= FENCES.keys()
    assert len(RUNNING) > 100
    assert sum(NOT_RUN.values()) < len(RUNNING) / 5

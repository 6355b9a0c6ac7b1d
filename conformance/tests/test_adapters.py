"""Adapters over foreign clients fail what their pages say, and nothing else."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from provider_conformance import all_checks, find_harness, run

FOLDER = Path(__file__).parents[2] / "docs" / "adapters"
LIMITS = tomllib.loads((FOLDER / "examples" / "limits.toml").read_text("utf-8"))
SEED = 7


@pytest.fixture(params=LIMITS)
def adapter(request):
    """Return the name of each adapter."""
    return request.param


def limits(adapter, major=0):
    """Return the ids that an adapter is said to fail over a client of that version."""
    told = (limit for limit in LIMITS[adapter]["limits"] if major < limit.get("before", 1000))
    return [id for limit in told for id in limit["checks"]]


def ids_in(text):
    """Return the ids of checks in a text."""
    return set(re.findall(r"PC-[A-Z]+-\d{3}", text))


def test_openai_fails_exactly_its_limits():
    """The adapter over OpenAI's client fails what limits.toml says, on a real socket."""
    harness, _ = find_harness(str(FOLDER / "examples" / "openai_adapter.py"))
    report = run(harness, seed=SEED, driver="socket")
    failures = {result.id: result.message for result in report.results if not result.is_good}
    major = int(metadata.version("openai").partition(".")[0])
    told = limits("openai_adapter", major)
    assert sorted(failures) == sorted(told), "\n\n".join(failures.values())


def test_each_example_has_limits():
    """limits.toml speaks of each adapter there is, and of no other."""
    assert set(LIMITS) == {file.stem for file in FOLDER.glob("examples/*.py")}


def test_limits_are_checks(adapter):
    """A limit names checks that exist, each once."""
    assert set(limits(adapter)) <= set(all_checks())
    assert len(limits(adapter)) == len(set(limits(adapter)))


def test_limits_have_reasons(adapter):
    """A limit says why nothing can mend it."""
    assert all(limit["because"].strip() for limit in LIMITS[adapter]["limits"])


def test_page_tells_each_limit(adapter):
    """The page of a client names the checks that its adapter fails, and no other."""
    page = (FOLDER / f"{LIMITS[adapter]['client']}.md").read_text("utf-8")
    assert ids_in(page) == set(limits(adapter))

"""A member of the workspace may hold several providers, each with its own harness."""

import pytest
from provider_conformance import find_harness
from provider_conformance.zoo import ReferenceProvider

HARNESS = """
from provider_conformance import Harness, OpenAIWire
from provider_conformance.zoo import ReferenceProvider


class Provider(ReferenceProvider):
    name = {name!r}


HARNESS = Harness(Provider, OpenAIWire())
"""
PROJECT = """
[project]
name = "both"

[project.entry-points."provider_sdk.providers"]
first = "both:First"
second-one = "both:Second"
"""


@pytest.fixture
def member(tmp_path):
    """Return a checkout whose only member declares two providers."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "tests" / "harness.py").write_text(HARNESS.format(name="first"))
    return tmp_path


def test_each_provider_has_its_harness(member):
    """`harness_<name>.py` is the harness of that provider, `harness.py` that of any other."""
    (member / "tests" / "harness_second_one.py").write_text(HARNESS.format(name="second-one"))

    names = [find_harness(name, member)[0].provider.name for name in ("first", "second-one")]

    assert names == ["first", "second-one"]


def test_no_harness_of_its_own(member):
    """Without a file of its own, a provider has the harness of the folder."""
    harness, file = find_harness("second-one", member)

    assert issubclass(harness.provider, ReferenceProvider)
    assert file == member / "tests" / "harness.py"

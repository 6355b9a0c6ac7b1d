"""The examples of the pages in ``docs/sdk`` print what the pages show."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspace._services import ROOT, bare, run, serving

SDK = ROOT / "docs" / "sdk"
PAGES = sorted(SDK.glob("*.md"))
EXAMPLES = {file.stem: file for file in sorted((SDK / "examples").glob("*.py"))}
FENCES = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
INCLUDED = re.compile(r'--8<-- "docs/sdk/examples/(\w+)\.py:(\w+)"\n')
# What a service answers to this one is the scripted service's business.
SERVED = {"first"}


def fences(page: Path) -> list[tuple[str, str]]:
    """Return the language and the text of each fence of a page, in order."""
    return FENCES.findall(page.read_text(encoding="utf-8"))


def included() -> Iterator[tuple[str, str]]:
    """Yield the example and the section of each snippet that a page includes."""
    for page in PAGES:
        for language, text in fences(page):
            if language == "python":
                found = INCLUDED.fullmatch(text)
                assert found, f"{page.name} has Python that is in no file: {text}"
                yield found[1], found[2]


def shown_outputs() -> dict[str, str]:
    """Return what the pages say that each example prints: the text fence after a snippet."""
    shown = dict.fromkeys(EXAMPLES, "")
    for page in PAGES:
        last = None
        for language, text in fences(page):
            if language == "text" and last:
                shown[last] += text
            found = INCLUDED.fullmatch(text)
            last = found[1] if found else None
    return shown


SHOWN = shown_outputs()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment without credentials and settings."""
    found = bare(tmp_path)
    found["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), found["PATH"]))
    return found


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - SERVED))
def test_an_example_prints_what_is_shown(name: str, environment: dict[str, str]) -> None:
    """An example runs without network and token, and prints what its page says."""
    ended = run([sys.executable, "-W", "error", str(EXAMPLES[name])], environment)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == SHOWN[name]


@pytest.mark.parametrize("name", sorted(SERVED))
def test_an_example_asks_a_service(name: str, environment: dict[str, str]) -> None:
    """An example that needs a service prints an answer, once there is one."""
    with serving("hf") as places:
        environment |= places["hf"].variables()
        ended = run([sys.executable, "-W", "error", str(EXAMPLES[name])], environment)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip()


def test_each_section_is_on_a_page() -> None:
    """No example has a section that no page shows, and no page shows one twice."""
    marked = [
        (name, section)
        for name, file in EXAMPLES.items()
        for section in re.findall(r"\[start:(\w+)\]", file.read_text(encoding="utf-8"))
    ]

    assert sorted(included()) == sorted(marked)


def test_most_examples_show_their_output() -> None:
    """Only an example that asks a service, or that is a test itself, shows nothing."""
    assert {name for name, text in SHOWN.items() if not text} == SERVED | {"faking"}

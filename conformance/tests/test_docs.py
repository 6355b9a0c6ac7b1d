"""The guides can be read wherever the kit is installed, and what they show works."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from provider_conformance import find_harness, run
from provider_conformance.__main__ import main
from provider_conformance.commands.docs import guides_folder
from provider_sdk import Dialect, StreamEvent

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = {"wire": "wires", "dialect": "dialects", "kit": "conformance"}


@pytest.mark.parametrize(("name", "folder"), GUIDES.items())
def test_docs_prints_a_guide(capsys, name, folder):
    """``docs`` prints the page of the site, and where the pages are that it links to."""
    assert main(["docs", name]) == 0
    said = capsys.readouterr().out
    assert said.startswith((DOCS / folder / "index.md").read_text("utf-8"))
    assert str(guides_folder() / folder) in said


def test_docs_names_its_guides(capsys):
    """Without a name ``docs`` says which guides there are."""
    assert main(["docs"]) == 0
    assert re.findall(r"docs (\w+)", capsys.readouterr().out) == list(GUIDES)


def test_unknown_guide_is_a_mistake(capsys):
    """Another name is a mistake in the call that names the right ones."""
    with pytest.raises(SystemExit, match="2"):
        main(["docs", "dialects"])
    assert "choose from" in capsys.readouterr().err


@pytest.mark.parametrize("page", sorted(DOCS.glob("conformance/*.md")), ids=lambda page: page.stem)
def test_page_of_the_kit_links_to_what_ships_with_it(page):
    """Each link of a page about the kit leads to a file in the wheel, or to a generated page."""
    assert lost_links(page) == []


@pytest.mark.parametrize("folder", GUIDES.values())
def test_guide_links_to_what_ships_with_it(folder):
    """Each link of a guide leads to a file in the wheel, or to a generated page."""
    assert lost_links(DOCS / folder / "index.md") == []


def lost_links(page):
    """Return the links of a page that lead out of the folders that the wheel holds, or nowhere."""
    text = re.sub(r"`[^`]*`", "code", page.read_text("utf-8"))
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    return [link for link in links if not ships((page.parent / link).resolve())]


def ships(target):
    """Whether a file is in the wheel, or is a page that a build makes, whose links it checks."""
    parts = target.relative_to(DOCS.resolve()).parts
    if parts[0] == "matrix" or parts[:2] == ("conformance", "checks"):
        return True
    return target.exists() and parts[0] in {"adapters", "conformance", "dialects", "wires"}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """Return the harness that the guide to dialects shows."""
    page = (DOCS / "dialects" / "index.md").read_text("utf-8")
    file = tmp_path_factory.mktemp("guide") / "guide_example.py"
    file.write_text("\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)))
    return find_harness(str(file))[0]


def test_dialect_of_the_guide_keeps_the_contract(example):
    """The kit finds no fault in the provider that the guide shows."""
    report = run(example, seed=3, driver="respx")
    assert [result.message for result in report.results if not result.is_good] == []


def test_kit_notices_a_dialect_that_loses_text(example):
    """The proof of the guide's example is one that a fault breaks."""

    class Trims(type(example.provider.dialect)):
        def parse_chat(self, call, reply):
            response = super().parse_chat(call, reply)
            return replace(response, text=response.text.strip())

    provider = type("Trims", (example.provider,), {"dialect": Trims()})
    report = run(replace(example, provider=provider), seed=3, only=["PC-CHAT-001"])
    assert report.failed == ["PC-CHAT-001"]


def test_guide_names_the_whole_port():
    """Every method of a dialect, and every event of a decoder, is in the guide."""
    named = set(re.findall(r"`(\w+)[`(]", (DOCS / "dialects" / "index.md").read_text("utf-8")))
    methods = {
        name
        for name, value in vars(Dialect).items()
        if callable(value) and not name.startswith("_")
    }
    events = {kind.__name__ for kind in StreamEvent.__args__}
    assert (methods | events) - named == set()

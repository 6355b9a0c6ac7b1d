"""What ``docs/architecture.md`` says of the code is how the code is."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from provider_sdk import ProviderError

from tests.workspace.conftest import MEMBERS, ROOT, Member
from tests.workspace.test_boundaries import imported_modules, modules_of, owner_of
from tests.workspace.test_members import imports_of_members
from tools.diagrams import DIAGRAMS, FOLDER

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
TABLES = re.findall(r"In `(\w+/src/\w+/)`:\n\n((?:\|.*\n)+)", TEXT)
PARTS = re.findall(
    r"^\| `(\w+)/` \|", TEXT.partition("## The parts")[2].partition("\n## ")[0], re.MULTILINE
)
SVG = "{http://www.w3.org/2000/svg}"


def rows(table: str) -> list[str]:
    """Return the modules and folders that a table has, in its order."""
    return re.findall(r"^\| `([\w./]+)` \|", table, re.MULTILINE)


def part_of(member: Member) -> str:
    """Return the folder of the root that a member lies in."""
    return owner_of(member).partition("/")[0]


def test_the_page_has_its_tables() -> None:
    """There is one of the parts, and one for each of three packages."""
    assert len(PARTS) >= 7
    assert [folder for folder, _ in TABLES] == [
        "sdk/src/provider_sdk/",
        "cli/src/ollama_cli/",
        "conformance/src/provider_conformance/",
    ]


def test_all_members_are_among_the_parts() -> None:
    """Each has its folder in the table, and the table names no other."""
    assert {part_of(member) for member in MEMBERS} <= set(PARTS)
    assert [folder for folder in PARTS if not (ROOT / folder).is_dir()] == []


@pytest.mark.parametrize(("folder", "table"), TABLES, ids=[folder for folder, _ in TABLES])
def test_a_table_names_what_is_there(folder: str, table: str) -> None:
    """Every module of a table exists, and every sub-package is in it."""
    base = ROOT / folder
    packages = {f"{init.parent.name}/" for init in base.glob("*/__init__.py")}

    assert [name for name in rows(table) if not (base / name).exists()] == []
    assert packages <= set(rows(table))


def test_the_table_of_the_chat_names_its_parts() -> None:
    """It has every folder, and what is drawn in the diagram; each module that it names exists."""
    folder = "cli/src/ollama_cli/chat/"
    (table,) = re.findall(rf"In `{folder}`:\n\n((?:\|.*\n)+)", TEXT)
    folders = {f"{init.parent.name}/" for init in (ROOT / folder).glob("*/__init__.py")}

    assert [name for name in rows(table) if not (ROOT / folder / name).exists()] == []
    assert folders | {"chat.py", "view.py", "world.py", "slash.py"} <= set(rows(table))


def test_files_that_the_text_names_are_there() -> None:
    """A path in the text leads to a file or folder."""
    paths = set(re.findall(r"`((?:sdk|cli|conformance)/[\w./]+)`", TEXT))

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_modules_of_the_sdk_import_only_what_stands_below() -> None:
    """The order of the table is one in which no import leads up."""
    (folder, table), *_ = TABLES
    order = [name.removesuffix(".py").strip("/") for name in rows(table)]
    (sdk,) = (member for member in MEMBERS if member.package == ROOT / folder.rstrip("/"))
    modules = modules_of(sdk)

    def place(module: str) -> str:
        return f"{module}.".split(".")[1]

    faults = {
        f"{place(name)} imports {place(imported)}"
        for name, file in modules.items()
        for imported in imported_modules(file, modules)
        if place(name) in order and place(imported) in order
        if order.index(place(imported)) < order.index(place(name))
    }

    assert faults == set()


def test_the_arrows_are_the_imports() -> None:
    """The diagram draws an arrow for each import between parts, and no other."""
    drawn = {
        (path.attrib["data-from"], path.attrib["data-to"])
        for path in ElementTree.parse(FOLDER / "components.svg").iter(f"{SVG}path")
        if "data-from" in path.attrib
    }
    parts = {member.name: part_of(member) for member in MEMBERS}
    imports = {
        (part_of(member), parts[other])
        for member in MEMBERS
        for other in imports_of_members(member, MEMBERS)
    }

    assert drawn == {(owner, other) for owner, other in imports if owner != other}


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_is_as_it_is_drawn(name: str) -> None:
    """The file is what ``python -m tools.diagrams`` writes, and the page includes it."""
    assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == DIAGRAMS[name]()
    assert f'--8<-- "docs/assets/diagrams/{name}.svg"' in TEXT


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_can_be_listened_to(name: str) -> None:
    """It has a title and a description, and is labelled by both."""
    root = ElementTree.parse(FOLDER / f"{name}.svg").getroot()
    ids = [root.find(f"{SVG}{part}").attrib["id"] for part in ("title", "desc")]

    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"].split() == ids
    assert all(root.find(f"{SVG}{part}").text for part in ("title", "desc"))


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_has_no_colour_of_its_own(name: str) -> None:
    """It has the colour of the text, which is readable in a light and in a dark scheme."""
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")

    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', text)) == {"currentColor", "none"}


def errors_below(kind: type[ProviderError]) -> set[str]:
    """Return the names of an error and of all below it."""
    return {kind.__name__}.union(*map(errors_below, kind.__subclasses__()))


def test_errors_that_the_text_names_are_there() -> None:
    """Each name of an error is that of a class."""
    named = set(re.findall(r"`(\w+Error)`", TEXT)) - {"TypeError", "ValueError"}

    assert named
    assert named <= errors_below(ProviderError)

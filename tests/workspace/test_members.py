import ast
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from .conftest import Member

SDK = "provider-contract-sdk"
KIT = "provider-contract-conformance"


def imports(module: Path, *, typing: bool) -> Iterator[str]:
    """Name the top-level packages that a module imports, also for its annotations or not."""
    waiting: list[ast.AST] = [ast.parse(module.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).partition(".")[0]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not typing:
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def imports_of_members(member: Member, members: list[Member]) -> set[str]:
    """Name the distributions of the workspace that a member's source imports, but itself."""
    owners = {other.package.name: other.name for other in members}
    modules = member.package.rglob("*.py")
    packages = {name for module in modules for name in imports(module, typing=True)}
    return {owners[name] for name in packages & owners.keys()} - {member.name}


def test_members_are_complete(member: Member) -> None:
    """A member has a README, a version, type information and tests."""
    expected = [
        member.folder / "README.md",
        member.package / "_version.py",
        member.package / "py.typed",
        member.folder / "tests",
    ]

    assert [path for path in expected if not path.exists()] == []


def test_members_are_installed_in_place(member: Member) -> None:
    """What the tests import is the working copy, under the name and version it declares."""
    code = metadata.distribution(member.name)

    assert f'"{code.version}"' in (member.package / "_version.py").read_text("utf-8")
    assert [path for path in code.files or () if path.suffix == ".py"] == []


def test_members_import_what_they_declare(member: Member, members: list[Member]) -> None:
    """A member imports no other member that it does not depend upon."""
    declared = {Requirement(line).name for line in member.project.get("dependencies", ())}

    assert imports_of_members(member, members) <= declared


def test_arrows_point_one_way(member: Member, members: list[Member]) -> None:
    """The SDK imports no member, a provider may build on another one, and the rest on the SDK."""
    allowed = set() if member.name == SDK else {SDK}
    if member.is_provider:
        allowed |= {other.name for other in members if other.is_provider}

    assert imports_of_members(member, members) <= allowed


@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
def test_an_http_library_has_one_importer(members: list[Member], library: str) -> None:
    """Another HTTP client costs the product one file; only the kit, a test of clients, has more."""
    importers = {
        module.relative_to(member.folder.parent).as_posix()
        for member in members
        for module in member.package.rglob("*.py")
        if member.name != KIT and library in imports(module, typing=False)
    }

    assert importers == {f"sdk/src/provider_sdk/_http/over_{library}.py"}


def test_providers_are_found_by_entry_point(provider: Member) -> None:
    """A provider is registered under a name that leads to a class of its own package."""
    found = provider.project["entry-points"]["provider_sdk.providers"].values()

    assert {target.partition(":")[0] for target in found} == {provider.package.name}

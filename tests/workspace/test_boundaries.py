"""Which parts of the code may know which, read from the code itself."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .conftest import MEMBERS, ROOT, Member

# Code of the workspace that belongs to no member, and may use what is public only.
GUESTS = ("benchmarks", "docs", "templates", "tests", "tools")
# Public in spite of their names: `os._exit`, methods of named tuples, the id that OpenAI's client
# found. A mutant reaches into httpx for its connections, which have no other way to be made blind.
FOREIGN = {"_exit", "_asdict", "_replace", "_fields", "_make", "_request_id"}
FOREIGN |= {"_pool", "_connection"}


def python_files(folder: Path) -> list[Path]:
    """Find the Python files below a folder, without templates and what tools left there."""
    files = folder.rglob("*.py")
    return [
        file
        for file in files
        if not {"editable", "build"} & set(file.parts) and "{{" not in str(file)
    ]


@cache
def tree_of(file: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(file.read_bytes())


def is_private(name: str) -> bool:
    """Whether a name begins with one underscore; dunder names belong to Python."""
    return name.startswith("_") and not name.startswith("__")


def defined_names(file: Path) -> Iterator[str]:
    """Name what a file defines or assigns, attributes included."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.attr if isinstance(node, ast.Attribute) else node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value  # slots


def private_attributes(file: Path) -> Iterator[tuple[int, str]]:
    """Name the private attributes that a file uses, with their lines."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            yield node.lineno, node.attr


def private_imports(file: Path) -> Iterator[tuple[int, str]]:
    """Name the private modules and names that a file imports, with their lines."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((node.lineno, n) for n in names if any(map(is_private, n.split("."))))


def owner_of(member: Member) -> str:
    """Return the name under which ``owners`` has a member."""
    return str(member.folder.relative_to(ROOT))


def owners() -> dict[str, list[Path]]:
    """Group the files of the workspace by who owns them: a member, or a folder of guests."""
    found = {owner_of(member): python_files(member.folder) for member in MEMBERS}
    return found | {name: python_files(ROOT / name) for name in GUESTS}


def test_no_private_attribute_is_used_elsewhere() -> None:
    """A private attribute is used by the distribution that defines it, and by no other."""
    files = owners()
    defined = {
        owner: {name for file in found for name in defined_names(file)}
        for owner, found in files.items()
    }
    faults = []
    for owner, found in files.items():
        others = (names for other, names in defined.items() if other != owner)
        foreign = set().union(*others) - defined[owner] - FOREIGN
        for file in found:
            uses = private_attributes(file)
            faults += [f"{file}:{line} {name}" for line, name in uses if name in foreign]

    assert faults == []


def test_no_private_module_is_imported_elsewhere() -> None:
    """A private module is imported by the distribution that it lies in, and by no other."""
    packages = {member.package.name: owner_of(member) for member in MEMBERS}
    faults = [
        f"{file}:{line} {name}"
        for owner, found in owners().items()
        for file in found
        for line, name in private_imports(file)
        if packages.get(name.partition(".")[0], owner) != owner
    ]

    assert faults == []


def modules_of(member: Member) -> dict[str, Path]:
    """Map the dotted names of a member's modules to their files."""
    source = member.package.parent
    names = {
        ".".join(file.relative_to(source).with_suffix("").parts): file
        for file in python_files(member.package)
    }
    return {name.removesuffix(".__init__"): file for name, file in names.items()}


def imported_modules(file: Path, known: dict[str, Path]) -> set[str]:
    """Name the known modules that a file imports when it runs, also within functions."""
    found: set[str] = set()
    waiting: list[ast.AST] = [tree_of(file)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else str(node.module) for name in names}
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)
    return found & known.keys()


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """Return modules that import each other in a circle, where there are any."""
    left = {name: set(imports) - {name} for name, imports in graph.items()}
    while free := [name for name, imports in left.items() if not imports & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def test_no_modules_import_each_other(member: Member) -> None:
    """Within a member every import leads down, so that each module can be read by itself."""
    modules = modules_of(member)
    graph = {name: imported_modules(file, modules) for name, file in modules.items()}

    assert circle_in(graph) == []

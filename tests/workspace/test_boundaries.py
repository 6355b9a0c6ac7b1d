"""Which parts of the code may know which, read from the code itself."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tools.site.page import DOCS, FOLDERS

from .conftest import MEMBERS, ROOT, Member

# Code of the workspace that belongs to no member, and may use what is public only.
GUESTS = ("benchmarks", "docs", "templates", "tests", "tools")
# Public in spite of their names: `os._exit`, methods of named tuples, the id that OpenAI's client
# found.
FOREIGN = {"_exit", "_asdict", "_replace", "_fields", "_make", "_request_id"}
# A mutant reaches into httpx for its connections, which have no other way to be made blind.
OF_HTTPX = {"life_provider.py": {"_transport", "_pool", "_connection"}}

# What a build left there: messages of the kit name its modules.
_GENERATED = {DOCS / folder for folder in FOLDERS}

_DOTTED = re.compile(r"[a-z]\w*(?:\.\w+)+")


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
    return name.startswith("_") and not name.startswith("__") and name != "_"


def texts_in(*nodes: ast.AST) -> Iterator[str]:
    """Yield the string constants among nodes and within them, but for pieces of f-strings."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif not isinstance(node, ast.JoinedStr):
            yield from texts_in(*ast.iter_child_nodes(node))


def defined_names(tree: ast.AST) -> Iterator[str]:
    """Yield what some code defines or assigns, attributes and slots included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.attr if isinstance(node, ast.Attribute) else node.id
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__slots__":
            yield from texts_in(node.value)


def private_attributes(tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    """Yield the private attributes that some code uses: line, name, and whether of ``self``.

    A name counts also in a pattern, in a subscript (``vars(x)["_name"]``), and as an argument
    (``getattr(x, "_name")``, ``monkeypatch.setattr(x, "_name", …)``).
    """
    for node in ast.walk(tree):
        names: list[str] = []
        of_self = False
        if isinstance(node, ast.Attribute):
            names = [node.attr]
            of_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        elif isinstance(node, ast.MatchClass):
            names = node.kwd_attrs
        elif isinstance(node, ast.Subscript):
            names = list(texts_in(node.slice))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) != "TypeVar":
            names = [text.rpartition(".")[2] for text in texts_in(*node.args)]
        yield from ((node.lineno, name, of_self) for name in names if is_private(name))


def private_imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the private modules and names that some code imports or names in a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = _DOTTED.findall(node.value)
        else:
            continue
        yield from ((node.lineno, n) for n in names if any(map(is_private, n.split("."))))


def is_leaf(file: Path) -> bool:
    """Whether a file is a harness of what no entry point declares, which no other file imports."""
    return file.name.endswith("_harness.py")


def owner_of(member: Member) -> str:
    """Return the name under which ``owners`` has a member."""
    return str(member.folder.relative_to(ROOT))


def owners() -> dict[str, list[Path]]:
    """Group the files of the workspace by who owns them: a member, or a folder of guests."""
    found = {owner_of(member): python_files(member.folder) for member in MEMBERS}
    return found | {name: python_files(ROOT / name) for name in GUESTS}


PACKAGES = {member.package.name: owner_of(member) for member in MEMBERS}


def imported_owners(file: Path) -> set[str]:
    """Return the owners of the packages that a file imports."""
    imports = {
        name.partition(".")[0]
        for node in ast.walk(tree_of(file))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    return {PACKAGES[name] for name in imports & PACKAGES.keys()}


def uses_of_foreign(tree: ast.AST, foreign: set[str], own: set[str]) -> Iterator[tuple[int, str]]:
    """Yield the uses of private names that others define.

    A name of ``self`` is the code's own if it defines the name itself; of any other object, whose
    class nobody can tell from the code, it is not.
    """
    for line, name, of_self in private_attributes(tree):
        if name in foreign and not (of_self and name in own):
            yield line, name


def test_no_private_attribute_is_used_elsewhere() -> None:
    """A private attribute is used by the distribution that defines it, and by no other."""
    files = owners()
    defined = {
        owner: {name for file in found for name in defined_names(tree_of(file))}
        for owner, found in files.items()
    }
    faults = []
    for owner, found in files.items():
        # Nothing else meets what the harness of the router imports.
        known = set().union(*(imported_owners(file) for file in found if not is_leaf(file)))
        for file in found:
            if file == Path(__file__):
                continue  # it has examples
            others = (known | imported_owners(file)) - {owner}
            foreign = set().union(*(defined[other] for other in others)) - FOREIGN
            tree, own = tree_of(file), set(defined_names(tree_of(file)))
            uses = uses_of_foreign(tree, foreign - OF_HTTPX.get(file.name, set()), own)
            faults += [f"{file}:{line} {name}" for line, name in uses]

    assert faults == []


def test_no_private_module_is_imported_elsewhere() -> None:
    """A private module is imported by the distribution that it lies in, and by no other."""
    faults = [
        f"{file}:{line} {name}"
        for owner, found in owners().items()
        for file in found
        for line, name in private_imports(tree_of(file))
        if file != Path(__file__)  # which has examples
        if PACKAGES.get(name.partition(".")[0], owner) != owner
    ]

    assert faults == []


def test_no_private_module_is_named_in_pages_and_templates() -> None:
    """What authors copy from a page or get from the scaffold uses public names only."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("*/README.md")]
    pages += [page for page in DOCS.rglob("*.md") if not _GENERATED & set(page.parents)]
    templates = [
        file for file in ROOT.glob("templates/*/{{*/**/*") if file.suffix in (".py", ".md")
    ]
    faults = [
        f"{file}: {name}"
        for file in [*pages, *templates]
        for name in _DOTTED.findall(file.read_text("utf-8"))
        if name.partition(".")[0] in PACKAGES and any(map(is_private, name.split(".")))
    ]

    assert templates
    assert faults == []


Defined = tuple[str, set[str], list[str]]
"""The owner of a class, the private names that it defines, and its bases."""


def classes_of(files: dict[str, list[Path]]) -> dict[str, list[Defined]]:
    """Map the names of classes to what is defined under them."""
    found: dict[str, list[Defined]] = {}
    for owner, paths in files.items():
        for node in (node for path in paths for node in ast.walk(tree_of(path))):
            if isinstance(node, ast.ClassDef):
                names = {name for part in node.body for name in defined_names(part)}
                bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
                defined = (owner, set(filter(is_private, names)), bases)
                found.setdefault(node.name, []).append(defined)
    return found


def inherited(classes: dict[str, list[Defined]], name: str) -> set[str]:
    """Return the names of a class and all its bases, as far as the workspace has them."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [base for _, _, bases in classes.get(name, []) for base in bases]
    return found


def test_no_private_name_of_a_base_class_is_redefined_elsewhere() -> None:
    """A subclass in another distribution replaces no private method or attribute by accident."""
    classes = classes_of(owners())
    faults = [
        f"{owner}: {name} redefines {names & theirs} of {base}"
        for name, definitions in classes.items()
        for base in inherited(classes, name) - {name}
        for other, theirs, _ in classes.get(base, [])
        for owner, names, _ in definitions
        if other != owner and other in PACKAGES.values() and names & theirs
    ]

    assert faults == []


@pytest.mark.parametrize(
    "code",
    [
        "stream._source",
        "getattr(stream, '_source')",
        "monkeypatch.setattr(stream, '_source', other)",
        "monkeypatch.setattr('provider_sdk.ChatStream._source', other)",
        "vars(stream)['_source']",
        "stream.__dict__['_source']",
        "attrgetter('_source')(stream)",
        "match stream:\n    case ChatStream(_source=source): pass",
        "class Own:\n    def take(self, stream):\n        self._source = stream._source",
    ],
)
def test_uses_of_private_attributes_are_found(code: str) -> None:
    """No way to write it, and no attribute of one's own with the same name, hides a use."""
    tree = ast.parse(code)

    assert list(uses_of_foreign(tree, {"_source"}, set(defined_names(tree))))


@pytest.mark.parametrize(
    "code",
    [
        "import provider_sdk._retry",
        "from provider_sdk import _retry",
        "from provider_sdk._http.transport import Transport",
        "import_module('provider_sdk._retry')",
        "run('import provider_sdk._retry as retry')",
        "patch('provider_sdk._retry.is_retryable')",
    ],
)
def test_private_imports_are_found(code: str) -> None:
    """A private module is found in an import, and in a text that is imported or run."""
    assert list(private_imports(ast.parse(code)))


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

"""What is wrong with a bake, as far as a machine can tell."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import yaml
from provider_conformance.reports import read_deviations

from ._bakes import command

COMMON = {
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "deviations.toml",
    "pyproject.toml",
    "tox.ini",
    "src/PACKAGE/__init__.py",
    "src/PACKAGE/_provider.py",
    "src/PACKAGE/_version.py",
    "src/PACKAGE/py.typed",
    "tests/harness.py",
    "tests/test_conformance.py",
    "tests/test_package.py",
    "tests/typing/PACKAGE_api.py",
}
CUSTOM = {
    "src/PACKAGE/_decoder.py",
    "src/PACKAGE/_dialect.py",
    "src/PACKAGE/_errors.py",
    "src/PACKAGE/_models.py",
    "tests/test_dialect.py",
    "tests/wire.py",
}
ELSEWHERE = {".github/workflows/ci.yml"}
LEFTOVERS = re.compile(r"\{\{|\{%|\{#|cookiecutter|TODO|\n\n\n\n")
# Text that must stand in files that no tool reads.
SAID = {
    ".gitignore": ("/reports/", ".tox/", ".env"),
    "CHANGELOG.md": ("## Unreleased", "`NAME`"),
    "LICENSE": ("Copyright",),
    "README.md": (
        "<!-- conformance -->\nNot proved",
        "<!-- /conformance -->",
        "--provider NAME",
        "`deviations.toml`",
    ),
    "deviations.toml": ("[[deviation]]", "because ="),
    ".github/workflows/ci.yml": ("  - run: tox\n", "upload-artifact"),
    "tox.ini": ("provider-conformance verify NAME", "mypy", "ruff check", "pytest"),
    "tests/typing/PACKAGE_api.py": ("assert_type(",),
}


def faults(project: Path, programs: Path) -> Iterator[str]:
    """Yield what is wrong with a bake, cheap things first; nothing for a valid one."""
    try:
        _project_table(project)
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        yield f"pyproject.toml: {error!r}"
        return
    yield from file_faults(project)
    yield from text_faults(project)
    yield from style_faults([project], programs)
    yield from type_faults([project], programs)
    yield from run_faults(project)


def file_faults(project: Path) -> Iterator[str]:
    """Yield files that are missing, and files that nobody expects."""
    package = package_of(project)
    expected = COMMON | (set() if project.parent.name == "providers" else ELSEWHERE)
    if is_custom(project):
        expected = expected | CUSTOM
    expected = {name.replace("PACKAGE", package) for name in expected}
    there = {path.relative_to(project).as_posix() for path in baked_files(project)}
    yield from (f"{name} is missing" for name in sorted(expected - there))
    yield from (f"{name} is a leftover" for name in sorted(there - expected))


def text_faults(project: Path) -> Iterator[str]:
    """Yield files that say too little, or show where they come from."""
    name, package = provider_name_of(project), package_of(project)
    for path in baked_files(project):
        file, text = path.relative_to(project).as_posix(), path.read_text("utf-8")
        if found := LEFTOVERS.search(text):
            yield f"{file} holds {found[0]!r}"
        for said in SAID.get(file.replace(package, "PACKAGE"), ()):
            if said.replace("NAME", name) not in text:
                yield f"{file} does not say {said!r}"
        if text and not text.endswith("\n"):
            yield f"{file} has no end of line at its end"
        if path.suffix == ".yml":
            yield from _yaml_faults(text)
        if path.name.startswith("test_") and not re.search(r"^(def )?test_\w+", text, re.M):
            yield f"{file} tests nothing"
    if read_deviations(project / "deviations.toml", date.today()):
        yield "deviations.toml excuses something"
    yield from (f"README.md: {problem}" for problem in _snippet_faults(project))


def style_faults(projects: list[Path], programs: Path) -> Iterator[str]:
    """Yield what ruff says, by the settings of each project or of the workspace around it."""
    for how in (("check", "--quiet"), ("format", "--check", "--quiet")):
        done = command(programs / "ruff", *how, *projects, cwd=projects[0])
        if done.returncode:
            yield f"ruff {how[0]}: {done.stdout}"


def type_faults(projects: list[Path], programs: Path) -> Iterator[str]:
    """Yield what mypy says of packages and their typing tests, in one run."""
    settings = (
        "../../pyproject.toml" if projects[0].parent.name == "providers" else "pyproject.toml"
    )
    sources = [path for p in projects for path in (p / "src", p / "tests/typing")]
    # A module of that name can be checked but once.
    sources += [path for p in projects if (path := p / "tests/wire.py").exists()][:1]
    python = ("--python-executable", sys.executable)
    where = ("--config-file", settings, "--cache-dir", programs.parent / "mypy")
    done = command(programs / "mypy", *where, *python, *sources, cwd=projects[0], timeout=300)
    if done.returncode:
        yield f"mypy: {done.stdout}"


def run_faults(project: Path) -> Iterator[str]:
    """Yield what a part of the kit says, and whether the tests can be collected."""
    module = (sys.executable, "-m")
    only = ("--only", "CHAT-001", "STREAM-001", "AUTH-002", "MODELS-001")
    kit = (*module, "provider_conformance", "run", "tests/harness.py", *only)
    collect = (*module, "pytest", "-q", "--collect-only", "-p", "no:asyncio", "-W", "ignore")
    for words in (kit, collect):
        done = command(*words, cwd=project, PYTHONPATH=str(project / "src"))
        if done.returncode:
            yield f"{' '.join(words[2:4])}: {done.stdout}"


def baked_files(project: Path) -> list[Path]:
    """Return the files of a bake, without wheels and what runs leave behind."""
    left = {"wheels", "__pycache__", ".tox", ".pytest_cache", ".ruff_cache", ".mypy_cache"}
    files = (path for path in sorted(project.rglob("*")) if path.is_file())
    return [path for path in files if not left & set(path.relative_to(project).parts)]


def provider_name_of(project: Path) -> str:
    """Return the name under which a bake is registered."""
    (name,) = _project_table(project)["entry-points"]["provider_sdk.providers"]
    return name


def package_of(project: Path) -> str:
    """Return the name of a bake's package."""
    return "provider_" + provider_name_of(project).replace("-", "_")


def is_custom(project: Path) -> bool:
    """Whether a bake speaks a protocol of its own."""
    return "msgspec" in str(_project_table(project)["dependencies"])


def _project_table(project: Path) -> dict:
    return tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]


def _yaml_faults(text: str) -> Iterator[str]:
    try:
        yaml.safe_load(text)
    except yaml.YAMLError as error:
        yield f"the workflow is not YAML: {error}"


def _snippet_faults(project: Path) -> Iterator[str]:
    snippets = re.findall(r"```python\n(.*?)```", (project / "README.md").read_text("utf-8"), re.S)
    if not snippets:
        yield "no snippet shows how to use the provider"
    for snippet in snippets:
        try:
            ast.parse(snippet)
        except SyntaxError as error:
            yield str(error)

"""Finds a harness by the name of its provider, by its file, or by module and attribute."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from provider_sdk import ENTRY_POINT_GROUP

from provider_conformance._harness import Harness
from provider_conformance._reading import read_toml
from provider_conformance._text import clip, text_of
from provider_conformance.lab._guards import no_exit

PACKAGE_OF_A_HARNESS = "harness_of_"
"""Prefix of the name of the package that the folder of a harness is imported as."""

_NO_WORD = re.compile(r"\W")
_SITE_FOLDERS = {"site-packages", "dist-packages"}


class HarnessNotFoundError(LookupError):
    """There is no harness under a name; the message says where it was looked for."""


def find_harness(target: str, root: Path | None = None) -> tuple[Harness, Path | None]:
    """Return a harness and the file that it was loaded from.

    Args:
        target: a provider's name (``hf``), a file (``tests/harness.py``) or ``module:NAME``. A
            name that no member declares may be that of a file ``tests/<name>_harness.py``.
        root: the checkout in which names of providers are looked up; by default the working
            directory.

    Raises:
        HarnessNotFoundError: there is no such harness, or it cannot be imported.
    """
    if target.endswith(".py"):
        return _with_origin(_load_file(Path(target)), Path(target), target)
    if not is_name(target):
        return _with_origin(*_load_module(target), target)
    declared = list(declared_providers(root or Path.cwd()))
    folders = [folder for name, folder in declared if name == target]
    if len(folders) > 1:
        raise HarnessNotFoundError(
            f"{' and '.join(map(str, folders))} both declare the provider {target!r}; rename one"
        )
    if not folders and (file := undeclared_harness(target, root or Path.cwd())):
        return _with_origin(_load_file(file), file, os.path.relpath(file))
    if not folders:
        known = ", ".join(sorted({name for name, _ in declared})) or "none"
        raise HarnessNotFoundError(
            f"no member of this checkout declares the provider {target!r} (found: {known}); "
            "name a file such as tests/harness.py instead"
        )
    file = _harness_file(folders[0] / "tests", target)
    return _with_origin(_load_file(file), file)


def _harness_file(folder: Path, name: str) -> Path:
    """Return the file with a provider's harness; several providers of a member have one each."""
    own = folder / f"harness_{_NO_WORD.sub('_', name)}.py"
    return own if own.is_file() else folder / "harness.py"


def is_name(target: str) -> bool:
    """Whether a target is a provider's name, and not a file or ``module:NAME``."""
    return not target.endswith(".py") and ":" not in target


def is_declared(harness: Harness) -> bool:
    """Whether a harness was found by the name of a provider that a member declares."""
    return not harness.target


def declared_providers(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the folder of every provider that a member of the checkout declares."""
    for project in _projects(root):
        for name in _declared_in(project):
            yield name, project.parent


def undeclared_harness(name: str, root: Path) -> Path | None:
    """Return the harness of what has this name and no entry point, such as a router.

    Raises:
        HarnessNotFoundError: several members have one.
    """
    file = Path("tests") / f"{_NO_WORD.sub('_', name)}_harness.py"
    found = [each for project in _projects(root) if (each := project.parent / file).is_file()]
    if len(found) > 1:
        raise HarnessNotFoundError(f"{' and '.join(map(str, found))} have one name; rename one")
    return found[0] if found else None


def _projects(root: Path) -> list[Path]:
    patterns = ("pyproject.toml", "*/pyproject.toml", "providers/*/pyproject.toml")
    return sorted(project for pattern in patterns for project in root.glob(pattern))


def _declared_in(project: Path) -> list[str]:
    """Return the names of the providers that a member declares."""
    found: Any
    try:
        found = read_toml(project)
    except OSError as error:
        problem = f"{project} cannot be read: {error.strerror}"
    except ValueError as error:
        problem = f"{project} is not TOML: {error}"
    else:
        for key in ("project", "entry-points", ENTRY_POINT_GROUP):
            found = found.get(key) if isinstance(found, dict) else None
        return list(found) if isinstance(found, dict) else []
    raise HarnessNotFoundError(problem)


def _load_file(file: Path) -> Harness:
    if not file.is_file():
        raise HarnessNotFoundError(f"there is no harness at {file}")
    # A harness may import the files beside it as `wire` or as `.wire`, as under pytest. So its
    # folder is on the path and a package too, under a name of its own, because another harness
    # may have a file of the same name.
    folder = file.parent.resolve()
    place = sha256(bytes(folder)).hexdigest()[:12]
    package = ModuleSpec(
        f"{PACKAGE_OF_A_HARNESS}{folder.parent.name}_{place}", None, is_package=True
    )
    package.submodule_search_locations = [str(folder)]
    sys.modules[package.name] = importlib.util.module_from_spec(package)
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location(f"{package.name}.{file.stem}", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        with _import_errors(str(file)):
            spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return _harness_named(module, "HARNESS", str(file))


def _load_module(target: str) -> tuple[Harness, Path | None]:
    name, _, attribute = target.partition(":")
    if not name or name.startswith("."):
        raise HarnessNotFoundError(f"{target} does not name a module; write module:NAME")
    with _import_errors(name):
        module = importlib.import_module(name)
    file = Path(getattr(module, "__file__", None) or "")
    harness = _harness_named(module, attribute or "HARNESS", target)
    return harness, file if file.suffix == ".py" else None


def _with_origin(
    harness: Harness, source: Path | None, target: str = ""
) -> tuple[Harness, Path | None]:
    neighbours = sorted(_modules_loaded_below(source.parent.resolve())) if source else ()
    return replace(harness, target=target, neighbours=neighbours), source


def _modules_loaded_below(folder: Path) -> Iterator[Path]:
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "")
        if name == "__main__" or file.suffix != ".py" or not file.is_relative_to(folder):
            continue
        if folder.name not in _SITE_FOLDERS and not _SITE_FOLDERS & {
            *file.relative_to(folder).parts
        }:
            yield file


@contextmanager
def _import_errors(what: str) -> Iterator[None]:
    # To import a harness runs code of others. Whatever it raises is told in one sentence, and
    # sys.exit(0) or os._exit(0) must not look like a successful run.
    with no_exit() as exits:
        try:
            yield
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit too; it is told below
            problem = _import_problem(error)
        else:
            problem = ""
    if exits:
        problem = exits[0]
    if problem:
        raise HarnessNotFoundError(f"{what} cannot be loaded: {problem}")


def _import_problem(error: BaseException) -> str:
    where, frame = "", error.__traceback__
    while frame is not None and not isinstance(error, SyntaxError):
        where = f" ({Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno})"
        frame = frame.tb_next
    return f"{type(error).__name__}: {clip(text_of(error))}{where}"


def _harness_named(module: ModuleType, attribute: str, where: str) -> Harness:
    with _import_errors(where):
        harness = getattr(module, attribute, None)
    if not isinstance(harness, Harness):
        raise HarnessNotFoundError(f"{where} has no Harness called {attribute}")
    return harness

"""The copy of a provider that users get: the class of an installed distribution's entry point."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from provider_sdk import ENTRY_POINT_GROUP

from provider_conformance._harness import Harness
from provider_conformance._text import clip, text_of
from provider_conformance.lab._guards import no_exit


class NotInstalledError(ValueError):
    """A harness does not prove the class that users get; the message says what to do."""


@dataclass(frozen=True, slots=True)
class InstalledCopy:
    """An installed provider.

    Attributes:
        file: where its class is, relative to the environment's folder of packages, or to the
            source of an editable installation.
    """

    distribution: str
    version: str
    editable: bool
    file: str

    def __str__(self) -> str:
        how = "editable" if self.editable else "installed"
        return f"{self.distribution} {self.version}, {how}, {self.file}"


def copy_for_users(harness: Harness, name: str) -> InstalledCopy:
    """Return the installed copy of the provider that users get by this name.

    Raises:
        NotInstalledError: it is not installed, or the harness proves another class or copy.
    """
    found = _entry_points(name)
    if not found:
        raise NotInstalledError(
            f"the provider {name!r} is not installed: no distribution declares it in the "
            f"entry-point group {ENTRY_POINT_GROUP}; install its folder by `pip install -e`"
        )
    if len(found) > 1:
        owners = " and ".join(sorted(_owner(point) for point in found))
        raise NotInstalledError(f"{owners} both declare the provider {name!r}; uninstall one")
    (point,) = found
    if not _is_same(_loaded(point), harness.provider):
        raise NotInstalledError(
            f"users of {name!r} get {point.value} of {_owner(point)}, and the harness proves "
            f"{_described(harness.provider)}; name that class in the harness, or give the "
            "harness's file as the target to check another one"
        )
    if copy := _copy_of(point):
        return copy
    raise NotInstalledError(
        f"{_described(harness.provider)} is not in the installed {_owner(point)}, which users get; "
        "install it again, and remove other copies from PYTHONPATH"
    )


def installed_copy(harness: Harness) -> InstalledCopy | None:
    """Return the installed copy that a harness proves, or ``None`` if users get another class."""
    module = str(getattr(harness.provider, "__module__", ""))
    for point in _entry_points():
        is_near = point.module.partition(".")[0] == module.partition(".")[0]
        if is_near and _is_same(_loaded(point), harness.provider):
            return _copy_of(point)
    return None


def distribution_of(harness: Harness) -> Distribution | None:
    """Return the distribution that declares a harness's class, if one does."""
    copy = installed_copy(harness)
    return Distribution.from_name(copy.distribution) if copy else None


def _entry_points(name: str | None = None) -> list[EntryPoint]:
    found = entry_points(group=ENTRY_POINT_GROUP)
    found = found if name is None else found.select(name=name)
    return list({(point.value, _owner(point)): point for point in found}.values())


def _owner(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed distribution"


def _loaded(point: EntryPoint) -> Any:
    # To load an entry point runs code of others. Whatever it raises is told in one sentence, and
    # sys.exit(0) must not look like success.
    found: Any = None
    with no_exit() as exits:
        try:
            found = point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit too; it is told below
            problem = f"{type(error).__name__}: {clip(text_of(error))}"
        else:
            problem = ""
    if problem := exits[0] if exits else problem:
        raise NotInstalledError(f"{point.value} of {_owner(point)} cannot be loaded: {problem}")
    return found


def _is_same(one: Any, other: Any) -> bool:
    """Whether two classes have the same qualified name and the same file."""
    if one is other:
        return True
    names = [getattr(thing, "__qualname__", None) for thing in (one, other)]
    return names[0] is not None and names[0] == names[1] and _file_of(one) == _file_of(other)


def _file_of(thing: Any) -> Path:
    module = sys.modules.get(str(getattr(thing, "__module__", "")))
    return Path(getattr(module, "__file__", None) or "").resolve()


def _described(provider: Any) -> str:
    name = getattr(provider, "__qualname__", type(provider).__qualname__)
    return f"{getattr(provider, '__module__', '?')}:{name} ({_file_of(provider)})"


def _copy_of(point: EntryPoint) -> InstalledCopy | None:
    file = _file_of(_loaded(point))
    distribution = point.dist
    if distribution is None:
        return None
    for root in _editable_roots(distribution):
        if file.is_relative_to(root):
            name = file.relative_to(root).as_posix()
            return InstalledCopy(distribution.name, distribution.version, True, name)
    for path in distribution.files or ():
        if path.name == file.name and Path(str(path.locate())).resolve() == file:
            return InstalledCopy(distribution.name, distribution.version, False, path.as_posix())
    return None


def _editable_roots(distribution: Distribution) -> Iterator[Path]:
    for path in distribution.files or ():
        if path.suffix == ".pth":
            lines = map(str.strip, path.read_text("utf-8").splitlines())
            yield from (Path(line).resolve() for line in lines if line and Path(line).is_dir())
    try:
        direct = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return
    if direct.get("dir_info", {}).get("editable"):
        yield Path(url2pathname(urlsplit(direct["url"]).path)).resolve()

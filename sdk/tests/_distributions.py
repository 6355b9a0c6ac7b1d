"""Installed distributions that declare providers, made of files in a folder."""

import importlib
import sys
from pathlib import Path

GROUP = "provider_sdk.providers"
MODULE = "from provider_sdk.testing import FakeProvider as Base\nclass {0}(Base): name = {0!r}\n"


class Site:
    """A folder on the path, as an installer leaves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._modules = set(sys.modules)

    def install(self, distribution: str, *, version: str = "1.0", **points: str) -> Path:
        """Install a distribution whose modules define the classes; return its metadata."""
        for value in points.values():
            module, _, name = value.partition(":")
            self.write(module, MODULE.format(name))
        lines = [f"{name} = {value}" for name, value in points.items()]
        return self.declare(distribution, "\n".join([f"[{GROUP}]", *lines, ""]), version=version)

    def declare(self, distribution: str, points: str | bytes, *, version: str = "1.0") -> Path:
        """Write the metadata of a distribution; ``points`` are its entry points, whole."""
        info = self.folder / f"{distribution}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {distribution}\nVersion: {version}\n")
        written = points.encode() if isinstance(points, str) else points
        (info / "entry_points.txt").write_bytes(written)
        importlib.invalidate_caches()
        return info

    def write(self, module: str, source: str) -> None:
        """Write, or replace, a module that is not imported yet."""
        (self.folder / f"{module}.py").write_text(source)
        importlib.invalidate_caches()

    def forget(self) -> None:
        """Forget what was imported from the folder, or from those beside it."""
        for name in set(sys.modules) - self._modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file and self.folder.parent in Path(file).parents:
                del sys.modules[name]

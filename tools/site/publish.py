"""``python -m tools.site.publish VERSION [--push]``: put the site of a version on ``gh-pages``.

The version becomes the newest, to which the address of the site leads. Other versions stay. Without
``--push``, only the branch of this clone changes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.site.generate import write_pages
from tools.site.page import ROOT

_CONFIG = ["--config-file", "mkdocs.versions.yml"]
_NEWEST = "latest"


def main(arguments: Sequence[str]) -> int:
    """Build and publish; return the exit code of the first command that failed, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tools.site.publish")
    parser.add_argument("version", help="such as v1.2.0")
    parser.add_argument("--push", action="store_true", help="push the branch to origin")
    options = parser.parse_args(arguments)
    write_pages()
    return publish(options.version, ROOT, push=options.push)


def publish(version: str, root: Path, *, push: bool = False) -> int:
    """Build the site from a clone whose generated pages are written; see ``main``."""
    # Each pushes its own change: from the second version on, the default does not change.
    pushing = ["--push"] if push else []
    return _mike(root, "deploy", *pushing, "--update-aliases", version, _NEWEST) or _mike(
        root, "set-default", *pushing, _NEWEST
    )


def _mike(root: Path, command: str, *arguments: str) -> int:
    # mike has no `python -m`, and looks for mkdocs on the path.
    folder = Path(sys.executable).parent
    path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
    full = [str(folder / "mike"), command, *_CONFIG, *arguments]
    return subprocess.run(full, cwd=root, env={**os.environ, "PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

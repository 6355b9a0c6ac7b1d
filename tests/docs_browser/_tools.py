"""The tools that the tests need: a browser, and the rules of accessibility."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from tools.site.page import ROOT

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_AXE = "axe-core@4.14.1"
_AXE_FILE = "package/axe.min.js"


class MissingToolError(Exception):
    """A tool is not there; the message says how to install it."""


def browser_file() -> str:
    """Return the path of Chromium.

    Raises:
        MissingToolError: it is not installed.
    """
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise MissingToolError(
            "Chromium is missing; install it, on Debian with: apt-get install chromium"
        )
    return found


def browser_arguments() -> list[str]:
    """Return the arguments of Chromium: as root it does not start with its sandbox."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def axe_script() -> str:
    """Return the program of axe, which is fetched from npm once for each environment of tox.

    Raises:
        MissingToolError: npm cannot fetch it.
    """
    folder = Path(os.environ.get("TOX_ENV_DIR", ROOT / ".tox")) / "axe" / _AXE.partition("@")[2]
    if not (folder / _AXE_FILE).is_file():
        _fetch_axe(folder)
    return (folder / _AXE_FILE).read_text("utf-8")


def _fetch_axe(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise MissingToolError("npm is missing; run: tox -e docs-browser, which brings its own")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", _AXE, "--silent", "--pack-destination", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    packed = next(folder.glob("*.tgz"), None)
    if ran.returncode or packed is None:
        raise MissingToolError(f"npm could not fetch {_AXE}: {ran.stderr.strip()[-300:]}")
    with tarfile.open(packed) as tar:
        tar.extract(_AXE_FILE, folder, filter="data")

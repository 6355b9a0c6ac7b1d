"""The last steps, after the files are written."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from provider_scaffold._checkout import CHECKOUT, needed_members, wheel_name
from provider_scaffold._protocols import PROTOCOLS

_CUSTOM_ONLY = (
    *(f"src/*/_{module}.py" for module in ("dialect", "decoder", "errors", "models")),
    *("tests/wire.py", "tests/test_dialect.py"),
)
_ELSEWHERE_ONLY = (".github",)


def finish(protocol: str, *, member: bool, wheels: str) -> None:
    """Remove the files that the answers do not need, and add wheels outside a checkout.

    Args:
        wheels: the folder to copy the wheels from; if empty, they are built.
    """
    for pattern in (*_CUSTOM_ONLY * (protocol != "custom"), *_ELSEWHERE_ONLY * member):
        for path in Path.cwd().glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if not member:
        folder = Path("wheels")
        folder.mkdir(exist_ok=True)
        members = needed_members(PROTOCOLS[protocol])
        if wheels:
            _copy_wheels(Path(wheels), folder, members)
        else:
            _build_wheels(folder, members)


def _copy_wheels(source: Path, folder: Path, members: Sequence[str]) -> None:
    for member in members:
        shutil.copy(source / wheel_name(member), folder)


def _build_wheels(folder: Path, members: Sequence[str]) -> None:
    print("Building wheels of the SDK, the kit and the command from the checkout ...", flush=True)
    try:
        done = subprocess.run(_build(folder, members), capture_output=True, text=True, check=False)
    except OSError as error:
        _stop(str(error), members)
    if done.returncode:
        _stop(_first_error(done.stderr), members)


def _stop(reason: str, members: Sequence[str]) -> NoReturn:
    # A bake without wheels cannot pass; cookiecutter removes it when this hook fails.
    command = shlex.join(_build(Path(tempfile.gettempdir()) / "wheels", members))
    sys.exit(
        f"The wheels that the provider needs could not be built ({reason}), so nothing was baked; "
        f"bake again when this command succeeds: {command}"
    )


def _first_error(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines[-1:] or ["pip says nothing"])[0]


def _build(folder: Path, members: Sequence[str]) -> list[str]:
    # The members are on no index: name each by its path, and fetch nothing else for them.
    python = sys.executable if find_spec("pip") else "python3"
    sources = [str(CHECKOUT / member) for member in members]
    return [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), *sources]

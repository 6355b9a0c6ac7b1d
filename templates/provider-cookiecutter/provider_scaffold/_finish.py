"""What is left to do when the files are written."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from provider_scaffold._checkout import CHECKOUT, WHEELS, wheel_name

_CUSTOM_ONLY = ("src/*/_dialect.py", "src/*/_answers.py", "tests/wire.py", "tests/test_dialect.py")
_ELSEWHERE_ONLY = (".github",)


def finish(protocol: str, *, member: bool) -> None:
    """Remove what the answers rule out, and bring the checkout's wheels where it is not near."""
    for pattern in (*_CUSTOM_ONLY * (protocol != "custom"), *_ELSEWHERE_ONLY * member):
        for path in Path.cwd().glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if not member:
        _bring_wheels(Path("wheels"))


def _bring_wheels(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    if built := os.environ.get("PROVIDER_SCAFFOLD_WHEELS"):
        for member in WHEELS:
            shutil.copy(Path(built) / wheel_name(member), folder)
        return
    print("Building wheels of the SDK, the kit and the command from the checkout ...", flush=True)
    done = subprocess.run(_build(folder), capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip says nothing"])[-1]
        print(
            f"The bake is complete but for its wheels, which could not be built ({last}); "
            f"repeat it there with: {shlex.join(_build(folder))}",
            file=sys.stderr,
        )


def _build(folder: Path) -> list[str]:
    # No index has the members: each is named by its path, and nothing else is fetched for them.
    python = sys.executable if find_spec("pip") else "python3"
    members = [str(CHECKOUT / member) for member in WHEELS]
    return [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), *members]

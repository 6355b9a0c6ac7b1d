"""Building wheels, and environments that hold nothing but what is named."""

import subprocess
import sys
from pathlib import Path
from venv import EnvBuilder

from build import ProjectBuilder
from pyproject_hooks import quiet_subprocess_runner


def build_wheel(project: Path, folder: Path) -> Path:
    """Build the wheel of a project with the tools of this environment."""
    builder = ProjectBuilder(project, runner=quiet_subprocess_runner)
    return Path(builder.build("wheel", folder))


def environment_of(folder: Path, *wheels: Path) -> Path:
    """Install wheels, and what they need, into a new environment; return its programs."""
    EnvBuilder(with_pip=False).create(folder)
    programs = folder / "bin"
    pip = [sys.executable, "-m", "pip", "--python", programs / "python"]
    install = ["--disable-pip-version-check", "install", "--quiet", *wheels]
    done = subprocess.run([*pip, *install], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return programs

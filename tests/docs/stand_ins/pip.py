"""Stands for pip: asks no index, and fails for what could not be installed from here.

All members of the workspace that something needs must be installed with it: no index has them.
They are there already. What else is installed by its path really is, into the folder ``packages``
of the home folder. What is installed by its name must be one of a few.
"""

import os
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

FROM_AN_INDEX = {"tox", "cookiecutter", "keyring"}


def main(words: list[str]) -> str | None:
    """Return what is wrong with a call."""
    if words[:1] != ["install"]:
        return f"the snippet calls pip with {words}, of which nothing is known"
    files = [word for before, word in pairwise(words) if before == "-r"]
    missing = [name for name in files if not Path(name).is_file()]
    wanted = [word for word in words[1:] if not word.startswith("-") and word not in files]
    folders = {word: Path(word.partition("[")[0]) for word in wanted if word.startswith(".")}
    named = {re.split(r"[\[=<>]", word)[0] for word in wanted if word not in folders}
    if strangers := named - FROM_AN_INDEX:
        return f"{', '.join(sorted(strangers))} should not be installed by name"
    missing += [word for word, path in folders.items() if not (path / "pyproject.toml").is_file()]
    if missing:
        return f"{', '.join(missing)}: not there"
    projects = [
        tomllib.loads((path / "pyproject.toml").read_text("utf-8"))["project"]
        for path in folders.values()
    ]
    lacking = _needed(projects) - {project["name"] for project in projects}
    if lacking:
        return f"{', '.join(sorted(lacking))} must be installed with it"
    return _install([word for word, path in folders.items() if not _is_member(path)])


def _is_member(path: Path) -> bool:
    place = path.resolve().relative_to(Path.cwd())
    return place.parts[0] in {"sdk", "cli", "conformance", "providers"}


def _install(folders: list[str]) -> str | None:
    if not folders:
        return None
    alone = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-compile"]
    into = ["--target", str(Path.home() / "packages")]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-m", "pip", "install", *alone, *into, *folders]
    ended = subprocess.run(command, env=environment, check=False)
    return f"pip ended with exit code {ended.returncode}" if ended.returncode else None


def _needed(projects: list[dict[str, object]]) -> set[str]:
    requirements = [
        re.split(r"[\s\[=<>;]", requirement)[0]
        for project in projects
        for requirement in project.get("dependencies", [])
    ]
    return {name for name in requirements if name.startswith("provider-contract")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

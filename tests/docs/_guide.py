"""Reads the steps of the guide from its page, and performs them as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown import Markdown

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "adding_providers.md"
WAYS = {
    "hand": {"By the scaffold"},
    "scaffold": {"By hand", "A service that speaks OpenAI's protocol", "Read a failure"},
}
"""The ways to make the project, and the headings whose steps each leaves out.

What leads to the project is done in both ways, and what stands beside it in the first only.
"""

_FENCE = re.compile(r'```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?$')
_ANYTHING = "…"


@dataclass(frozen=True)
class Step:
    """One fence of the guide: a file to write, commands to run, or a session of Python.

    Attributes:
        kind: what to do with it.
        section: the nearest heading.
        title: the name of the file.
        text: the content of the fence.
    """

    kind: str
    section: str
    title: str
    text: str

    @property
    def commands(self) -> list[tuple[str, list[str]]]:
        """Each command to run, with the lines that a reader is told to see."""
        if self.kind != "console":
            return []
        found: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if found and found[-1][0].endswith("\\"):
                found[-1] = (f"{found[-1][0]}\n{line}", [])
            elif line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
        return found


def page_text() -> str:
    """Return the page with the files that it shows, as the site does it."""
    snippets = {"base_path": [str(ROOT), str(ROOT / "docs")], "check_paths": True}
    reader = Markdown(
        extensions=["pymdownx.snippets"], extension_configs={"pymdownx.snippets": snippets}
    )
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return "\n".join(reader.preprocessors["snippet"].run(lines)) + "\n"


def steps(text: str, way: str = "") -> list[Step]:
    """Return the steps in the order of the page; with a way, without those that it leaves out."""
    left_out = WAYS[way] if way else frozenset()
    found = list(_steps(text))
    assert left_out <= {step.section for step in found}, "a heading of WAYS has no steps"
    return [step for step in found if step.section not in left_out]


def _steps(text: str) -> Iterator[Step]:
    section, kind, title = "", "", ""
    content: list[str] | None = None
    for line in text.splitlines():
        if content is None:
            if line.startswith("#"):
                section = line.lstrip("# ")
            elif opened := _FENCE.match(line):
                title, content = opened["title"] or "", []
                kind = "file" if title else opened["language"]
        elif line == "```":
            if kind in ("file", "console", "pycon"):
                yield Step(kind, section, title, "\n".join(content).rstrip("\n") + "\n")
            content = None
        else:
            content.append(line)


class Reader:
    """Somebody with a fresh home who does what the guide says, in one shell.

    No index is asked: what the guide installs from one is what this environment has.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._state = home / ".shell"
        self._state.write_text(f"cd {ROOT}\n")
        kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(home / "tmp")}
        (home / "tmp").mkdir()
        pip = {
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it as the value of build_isolation
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        programs = sysconfig.get_path("scripts")
        self._environment = {
            **kept,
            **pip,
            "HOME": str(home),
            "PATH": f"{programs}{os.pathsep}{kept['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @property
    def folder(self) -> Path:
        """Where the reader's shell is."""
        return Path(self._shell("pwd")[1].strip())

    def perform(self, step: Step) -> None:
        """Do a step, and compare what is seen with what the guide shows.

        Raises:
            AssertionError: it differs, or a command failed.
        """
        if step.kind == "file":
            path = self.folder / step.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
        elif step.kind == "pycon":
            script = self._home / "session.txt"
            script.write_text(step.text, encoding="utf-8")
            self._require(step, f"python -m doctest {script}", [])
        else:
            for command, shown in step.commands:
                self._require(step, command, shown)

    def _require(self, step: Step, command: str, shown: list[str]) -> None:
        code, output = self._shell(command)
        said = f"{step.section}: {command}\n{output}"
        assert code == 0, said
        missing = first_missing(shown, output)
        assert missing is None, f"{said}\nThe guide shows, and it was not there: {missing}"
        for packages in self._home.glob("*/env/lib/python*/site-packages"):
            self._complete(packages)

    def _shell(self, command: str) -> tuple[int, str]:
        script = (
            f". {self._state}\n{command}\ncode=$?\n"
            f'{{ export -p; printf "cd %q\\n" "$PWD"; }} > {self._state}\nexit $code\n'
        )
        done = subprocess.run(
            ["bash", "-c", script],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout

    def _complete(self, packages: Path) -> None:
        """Let the reader's environment see the packages of this one, after its own."""
        here = sysconfig.get_path("purelib")
        (packages / "index.pth").write_text(f"import site; site.addsitedir({here!r})\n")


def first_missing(shown: list[str], output: str) -> str | None:
    """Return the first line that is shown and does not follow the one before it in the output.

    White space is compared as one space, and ``…`` stands for anything.
    """
    lines = iter([" ".join(line.split()) for line in output.splitlines()])
    for wanted in shown:
        parts = [re.escape(part) for part in " ".join(wanted.split()).split(_ANYTHING)]
        pattern = re.compile(".*".join(parts))
        if not any(pattern.fullmatch(line) for line in lines):
            return wanted
    return None

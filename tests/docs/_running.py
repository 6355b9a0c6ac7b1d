"""Runs the snippets of a page, and compares what they write with what the page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ._fences import Fence
from ._world import KEY, NAMES, Place, World

_RUNNER = Path(__file__).parent / "stand_ins" / "run_python.py"
_MARK = "\x1e"
_PLACEHOLDER = re.compile(r"\b(\w*(?:KEY|TOKEN))=[^\s\"']*(?:…|\.\.\.)")
_WILD = re.compile(r"…|\.\.\.")
_VARYING = (
    (re.compile(r"\b\d{6}-[a-z0-9]{5}\b"), "ID"),
    (
        re.compile(r"\b\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?"),
        "DAY",
    ),
    (re.compile(r"\b\d+\.\d+ s\b"), "0.0 s"),
    (re.compile(r'("duration_s": ?)[\d.]+'), r"\g<1>0"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "DIGEST"),
    (re.compile(r"[ \t]+"), " "),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a snippet: nothing if it did what the page says."""

    problem: str = ""


def run_page(fences: list[Fence], folder: Path, places: Mapping[str, Place]) -> dict[int, Outcome]:
    """Run the fences of a page in their order; return the outcome of each by its line."""
    world = World(folder, places)
    found: dict[int, Outcome] = {}
    for chain in _chains(fences):
        first = chain[0]
        for fence in chain:
            if (named := fence.note("services")) is not None:
                world.answering = tuple(named.split()) if named != "all" else NAMES
        if (name := first.note("file")) is not None:
            world.write(name, first.content())
            found[first.line] = Outcome(_problem_of_settings(name, world))
        elif first.is_run and first.language == "python":
            found |= _run_python(chain, world)
        elif first.is_run and first.language == "pycon":
            found[first.line] = Outcome(_run_session(first, world))
        elif first.is_run:
            found[first.line] = Outcome(_run_shell(first, world))
    return found


def _problem_of_settings(name: str, world: World) -> str:
    if not name.endswith("settings.json"):
        return ""
    ended = world.run(["ollama-cli", "config", "list"])
    return ended.stdout if ended.returncode else ""


def _chains(fences: list[Fence]) -> Iterator[list[Fence]]:
    """Yield each fence with those that continue it; others may stand between them."""
    continuing = [fence for fence in fences if fence.note("continues") is not None]
    starts = [fence for fence in fences if fence.is_run and fence.language == "python"]
    starts = [fence for fence in starts if fence not in continuing]
    for fence in fences:
        if fence in continuing:
            continue
        later = [start.line for start in starts if start.line > fence.line]
        end = min(later, default=10**9)
        mine = [each for each in continuing if fence.line < each.line < end]
        yield [fence, *(mine if fence in starts else [])]


def _run_python(chain: list[Fence], world: World) -> dict[int, Outcome]:
    for fence in chain:
        if problem := _prepare(fence, world):
            return {fence.line: Outcome(problem)}
    codes = [(fence.place, _PLACEHOLDER.sub(rf"\1={KEY}", fence.code)) for fence in chain]
    ended = world.run(["python", "-W", "error", str(_RUNNER)], json.dumps(codes))
    pieces = ended.stdout.split(_MARK)
    found = {}
    for number, fence in enumerate(chain):
        written = pieces[number] if number < len(pieces) else "not reached\n"
        is_whole = number < len(pieces) - 1
        found[fence.line] = Outcome(
            _difference(fence.shown, written, world)
            if is_whole
            else f"it ended with exit code {ended.returncode}:\n{written}"
        )
    return found


def _run_session(fence: Fence, world: World) -> str:
    world.write("session.txt", fence.code)
    ended = world.run(["python", "-m", "doctest", "session.txt"])
    return ended.stdout if ended.returncode else ""


def _prepare(fence: Fence, world: World) -> str:
    if not (commands := fence.note("first")):
        return ""
    ended = world.run(["bash", "-e", "-c", commands])
    return f"what is run first failed:\n{ended.stdout}" if ended.returncode else ""


def _run_shell(fence: Fence, world: World) -> str:
    first = fence.note("first") or ""
    code = _PLACEHOLDER.sub(r'\1="$KEY"', fence.code)
    if fence.language == "sh":
        return _run_script(f"{first}\n{code}", fence, world)
    steps = list(console_steps(code))
    if not steps:
        return "there is no line that begins with '$ '"
    script = [f"set -e\n{first}\nset +e" if first else "", f"printf '{_MARK}0{_MARK}'"]
    script += [f"{command}\nprintf '{_MARK}%d{_MARK}' $?" for command, _ in steps]
    terminal = fence.note("terminal") is not None
    ended = world.run(["bash", "-c", "\n".join(script)], on_terminal=terminal)
    told = ended.stdout.split(_MARK)
    outputs, codes = told[2::2], told[3::2]
    for (command, shown), written, code in zip(steps, outputs, codes, strict=False):
        if problem := _judge(shown, written, int(code), world):
            return f"$ {command}\n{problem}"
    if len(codes) < len(steps):
        return f"not all commands were run:\n{ended.stdout}"
    return ""


def _run_script(code: str, fence: Fence, world: World) -> str:
    ended = world.run(["sh", "-e", "-c", code])
    if ended.returncode != int(fence.note("exits") or 0):
        return f"it ended with exit code {ended.returncode}:\n{ended.stdout}"
    return _difference(fence.shown, ended.stdout, world)


def _judge(shown: str, written: str, code: int, world: World) -> str:
    fails = re.search(r"^Error: ", shown, re.MULTILINE) is not None
    if (code != 0) != fails:
        return f"it ended with exit code {code}:\n{written}"
    return _difference(shown or None, written, world)


def console_steps(code: str) -> Iterator[tuple[str, str]]:
    r"""Yield each command after ``$``, with the output shown after it.

    A command goes on after a backslash, and on lines that begin with ``> ``.
    """
    command: list[str] = []
    shown: list[str] = []
    for line in code.splitlines():
        if line.startswith("$ "):
            if command:
                yield "\n".join(command), "".join(shown)
            command, shown = [line[2:]], []
        elif command and not shown and (line.startswith("> ") or command[-1].endswith("\\")):
            command.append(line.removeprefix("> "))
        else:
            shown.append(f"{line}\n")
    if command:
        yield "\n".join(command), "".join(shown)


def _difference(shown: str | None, written: str, world: World) -> str:
    if shown is None or matches(shown, world.as_shown(written)):
        return ""
    return f"the page shows\n{shown}\nand it wrote\n{world.as_shown(written)}"


def matches(shown: str, written: str) -> bool:
    """Whether an output is what a page shows; an ellipsis stands for any text."""
    parts = [re.escape(part) for part in _WILD.split(_steady(shown))]
    return re.fullmatch(".*?".join(parts), _steady(written), re.DOTALL) is not None


def _steady(text: str) -> str:
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())

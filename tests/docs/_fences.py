"""The fences of the pages, with what an author wrote beside them for the test alone.

A comment before a fence, which no reader sees, says how it is run:

``<!-- snippet: continues -->``
    The Python code goes on in the namespace of the fence before it.
``<!-- snippet: file ~/hook.py -->``
    The content is not run but written to that file, for the fences that follow.
``<!-- snippet: services claude hf -->``
    From here on, only these services answer, and only their credentials are set.
``<!-- snippet: first`` *shell commands* ``-->``
    These commands are run before those of the fence.
``<!-- snippet: terminal -->``
    It is run on a terminal, which knows no escape sequences.
``<!-- snippet: exits 8 -->``
    The last command of the fence ends with this code.
``<!-- snippet: tested by tests/docs/test_guide.py -->``
    That test does what it says; ``all tested by`` goes for the rest of the page, too.
``<!-- snippet: not run, asks -->``
    It is not run, for a reason of ``REASONS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

RUN = ("python", "pycon", "sh", "console")
DATA = ("json", "toml")
OTHER = ("text", "markdown", "jinja", "mermaid", "html")
LANGUAGES = (*RUN, *DATA, *OTHER)

REASONS = {
    "asks": "asks a person at a terminal, or opens an editor",
    "fragment": "part of a program that the page shows, or links to, as a whole",
    "long": "takes minutes, or installs from an index; a tox environment does it",
    "outside": "needs a service, a model or an account that no scripted service stands for",
}
"""Why a snippet may be left out."""

GENERATED = ("docs/reference", "docs/conformance/checks", "docs/matrix")
_SKIPPED_FOLDERS = {"examples", "node_modules", "overrides", "site"}

_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})(?P<info>[^\n`]*)$")
_INCLUDE = re.compile(r"--8<--\n([^:\n]+)(?::[\w-]+)?\n--8<--\n")
_COMMENT = re.compile(r"^ *<!-- snippet: (.*?) *-->", re.DOTALL | re.MULTILINE)
_VERBS = (
    "continues",
    "file",
    "services",
    "first",
    "exits",
    "terminal",
    "tested by",
    "all tested by",
    "not run,",
)
_ELSEWHERE = ("tested by", "all tested by")


class NoteError(ValueError):
    """A note beside a fence says nothing that the test understands."""


@dataclass(frozen=True)
class Fence:
    """One fence of a page.

    Attributes:
        page: the path of the page, from the root.
        line: the number of the line on which it opens.
        language: the word after the backquotes; empty if there is none.
        code: its content, without the indentation that the fence itself has.
        notes: what was written beside it: a verb, and what follows.
        shown: the content of a ``text`` fence right after it, which it is to print.
    """

    page: str
    line: int
    language: str
    code: str
    notes: tuple[tuple[str, str], ...] = ()
    shown: str | None = None

    @property
    def place(self) -> str:
        """Where it is, as an editor opens it."""
        return f"{self.page}:{self.line}"

    def note(self, verb: str) -> str | None:
        """Return what stands after the verb, or None without such a note."""
        return dict(self.notes).get(verb)

    @property
    def tested_by(self) -> str | None:
        """The test that does what it says, if that is not the one of all snippets."""
        named = [self.note(verb) for verb in _ELSEWHERE]
        return next((name for name in named if name), None)

    @property
    def is_included(self) -> bool:
        """Whether its content is that of a file, which has a test of its own."""
        return self.code.startswith("--8<--")

    def content(self) -> str:
        """Return its content; where a file is included, that of the file."""
        return _INCLUDE.sub(lambda found: (ROOT / found[1]).read_text("utf-8"), self.code)

    @property
    def is_tried(self) -> bool:
        """Whether something is done with it: it is executed, or written to a file."""
        return self.is_run or self.note("file") is not None

    @property
    def is_run(self) -> bool:
        """Whether it is executed."""
        quiet = {"not run,", "file", *_ELSEWHERE}.intersection(dict(self.notes))
        return self.language in RUN and not quiet and not self.is_included


def pages() -> list[str]:
    """Return the hand-written pages: all of ``docs``, and every README and CONTRIBUTING."""
    found = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), *ROOT.glob("*/README.md")]
    found += [*ROOT.glob("providers/*/README.md"), *ROOT.glob("templates/*/README.md")]
    names = sorted({path.relative_to(ROOT).as_posix() for path in found})
    return [name for name in names if not _is_left_out(name)]


def _is_left_out(name: str) -> bool:
    in_folder = _SKIPPED_FOLDERS.intersection(Path(name).parts)
    return bool(in_folder) or name.startswith(tuple(f"{folder}/" for folder in GENERATED))


def fences_of(page: str) -> list[Fence]:
    """Return the fences of a page, in order."""
    return fences_in((ROOT / page).read_text(encoding="utf-8"), page)


def fences_in(text: str, page: str = "page.md") -> list[Fence]:
    """Return the fences of a text, in order.

    Raises:
        NoteError: a note is not understood, or no fence follows it.
    """
    found: list[Fence] = []
    lines = text.splitlines()
    number, prose_from = 0, 0
    inherited: tuple[tuple[str, str], ...] = ()
    while number < len(lines):
        if (opened := _FENCE.match(lines[number])) is None:
            number += 1
            continue
        end = _end_of(lines, number, opened)
        code = _without_indent(lines[number + 1 : end], len(opened["indent"]))
        before = "\n".join(lines[prose_from:number])
        notes = _notes(before, page)
        inherited += tuple(note for note in notes if note[0] == "all tested by")
        fence = Fence(page, number + 1, opened["info"].strip(), code, (*inherited, *notes))
        follows = fence.language == "text" and not before.strip()
        if follows and found and found[-1].is_run:
            found[-1] = _with_output(found[-1], code)
        found.append(fence)
        number = prose_from = end + 1
    if _COMMENT.search("\n".join(lines[prose_from:])):
        raise NoteError(f"{page}: no fence follows the last note")
    return found


def _end_of(lines: list[str], start: int, opened: re.Match[str]) -> int:
    closing = opened["indent"] + opened["ticks"]
    for number in range(start + 1, len(lines)):
        if lines[number].rstrip() == closing:
            return number
    raise NoteError(f"a fence opens on line {start + 1} and does not end")


def _without_indent(lines: list[str], indent: int) -> str:
    return "".join(f"{line[indent:]}\n" for line in lines)


def _with_output(fence: Fence, shown: str) -> Fence:
    return Fence(fence.page, fence.line, fence.language, fence.code, fence.notes, shown)


def _notes(before: str, page: str) -> tuple[tuple[str, str], ...]:
    return tuple(_read_notes(before, page))


def _read_notes(before: str, page: str) -> Iterator[tuple[str, str]]:
    for said in _COMMENT.findall(before):
        for verb in _VERBS:
            if said == verb or said.startswith((f"{verb} ", f"{verb}\n")):
                yield verb, said[len(verb) :].strip()
                break
        else:
            raise NoteError(f"{page}: the note {said.splitlines()[0]!r} is not known")

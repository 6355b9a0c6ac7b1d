"""Pictures of programs that go on after keys were pressed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.site.terminal import Keys, Line, Run, draw, record

NOTHING = {"PATH": "/usr/bin:/bin", "HOME": "/"}
# The terminal may answer before `read` has begun, so that `read` cannot hide the answer.
_ASKS_WHERE = r"""stty -echo -icanon; printf '\033[6n'; read -r -d R place
stty echo icanon; echo "at ${place#*[}"; read -r _"""


def texts(lines: list[Line]) -> list[str]:
    """Return the text of each line, without what is blank at its end."""
    return ["".join(run.text for run in line).rstrip() for line in lines]


def test_keys_go_to_the_program_that_runs() -> None:
    """Each is pressed when the program has answered the one before."""
    program = Keys("while read -r word; do echo you said: $word; done\r", "done")

    lines = record([program, Keys("one\r", "said: one"), Keys("two\r", "said: two")], 60, NOTHING)

    assert texts(lines)[1:] == ["one", "you said: one", "two", "you said: two", ""]


def test_the_cursor_is_shown_where_a_program_waits() -> None:
    """It is a block of its own; at the prompt of the shell nothing waits."""
    *_, last = record([Keys("printf 'name: '; read -r _\r", "name: ")], 60, NOTHING)
    at_the_prompt = record(["true"], 60, NOTHING)

    assert last[-1] == Run(6, " ", "default", False, False, False, "white")
    assert all(run.background == "default" for line in at_the_prompt for run in line)


def test_a_program_may_ask_where_the_cursor_is(tmp_path: Path) -> None:
    """The terminal answers, as a real one does."""
    (tmp_path / "ask").write_text(_ASKS_WHERE)

    lines = record(["cd", Keys("bash ask\r", "at ")], 60, {**NOTHING, "HOME": str(tmp_path)})

    assert texts(lines)[-2] == "at 5;1"


def test_reversed_text_is_drawn_on_its_colour() -> None:
    """Its colours change places, and what is coloured behind is drawn, also without a letter."""
    command = r"printf '\033[7mbar\033[0m\033[44m  \033[0m\n'"

    _, line = record([command], 60, NOTHING)

    assert line[:2] == [
        Run(0, "bar", "background", False, False, False, "white"),
        Run(3, "  ", "default", False, False, False, "blue"),
    ]
    drawn = draw([line], 60, "t")
    assert '<rect x="18.0" y="34" width="25.2" height="20" fill="#e6e8ee"/>' in drawn
    assert drawn.count("<text ") == 1


def test_a_program_that_ends_early_is_noticed() -> None:
    """The error shows the terminal; a picture of it is not made."""
    with pytest.raises(RuntimeError, match=r"(?s)shell ended.*echo early"):
        record([Keys("echo early; exit\r", "late")], 60, NOTHING)

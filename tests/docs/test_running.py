"""The test of the snippets notices what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ._fences import NoteError, fences_in
from ._running import console_steps, matches, run_page
from ._world import Place, World, services


@pytest.fixture(scope="module")
def places() -> Iterator[Mapping[str, Place]]:
    """A scripted service for every provider."""
    with services() as found:
        yield found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, places: Mapping[str, Place]) -> World:
    """A home folder with a checkout."""
    return World(tmp_path_factory.mktemp("world"), places)


def page(*fences: str) -> str:
    """Return a page of fences, each a language, a line break and its content."""
    return "\n\n".join(f"```{fence}\n```" for fence in fences)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (page("python\n1 / 0"), "ZeroDivisionError"),
        (page("python\nprint(1)", "text\n2"), "and it wrote\n1"),
        (page("pycon\n>>> 1 + 1\n3"), "Expected"),
        (page("python\nimport warnings\nwarnings.warn('old')"), "UserWarning: old"),
        (page("sh\nfalse\ntrue"), "exit code 1"),
        (page("console\n$ echo one\ntwo"), "and it wrote\none"),
        (page("console\n$ exit 3"), "not all commands"),
        (page("console\n$ false"), "exit code 1"),
        (page("console\n$ echo yes\nError: no"), "exit code 0"),
        (page("console\nls"), "begins with '$ '"),
        (page("console\n$ pip install provider-contract-sdk"), "by name"),
        (page("console\n$ pip install ./cli"), "must be installed with it"),
        (page("console\n$ tox -e none"), "no environment none"),
        (page("sh\nollama-cli --nonsense"), "no such option"),
        ("<!-- snippet: first\nfalse\n-->\n" + page("console\n$ true"), "not all commands"),
        (
            "<!-- snippet: file ~/.config/ollama-cli/settings.json -->\n" + page('json\n{"a": 1}'),
            "a",
        ),
    ],
)
def test_a_wrong_snippet_is_noticed(
    text: str, problem: str, tmp_path: Path, places: Mapping[str, Place]
) -> None:
    """What fails, or writes something else, has a problem that says so."""
    fences = fences_in(text)
    found = run_page(fences, tmp_path, places)

    assert problem.lower() in found[fences[0].line].problem.lower()


def test_namespaces_are_apart_unless_a_snippet_continues(
    tmp_path: Path, places: Mapping[str, Place]
) -> None:
    """A snippet knows the names of the one before it only if it says so."""
    text = page("python\none = 1", "python\nprint(one)")
    (tmp_path / "apart").mkdir()
    (tmp_path / "together").mkdir()

    apart = run_page(fences_in(text), tmp_path / "apart", places)
    noted = text.replace("```python\nprint", "<!-- snippet: continues -->\n```python\nprint")
    together = run_page(fences_in(noted), tmp_path / "together", places)

    assert [bool(outcome.problem) for outcome in apart.values()] == [False, True]
    assert [outcome.problem for outcome in together.values()] == ["", ""]


def test_nothing_leaves_the_machine(world: World) -> None:
    """A program that connects to another host is refused."""
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 5)"

    assert "snippets stay on this machine" in world.run(["python", "-c", code]).stdout


def test_a_checkout_is_a_copy(world: World) -> None:
    """What a snippet writes is written to a copy."""
    world.run(["sh", "-c", "echo changed >tox.ini"])

    assert (world.work / "tox.ini").read_text() == "changed\n"
    assert "testenv" in (Path(__file__).parents[2] / "tox.ini").read_text()


def test_an_ellipsis_stands_for_any_text() -> None:
    """And nothing else does."""
    assert matches("one … three\n...\nfive", "one two three\nfour\nfour\nfive\n")
    assert not matches("one … three", "one two three four")
    assert matches("261129-dav0k 2026-11-29 0.05 s", "261130-abcde 2026-11-30 3.21 s")


def test_commands_have_their_output() -> None:
    """A command may go on in further lines; what follows is its output."""
    code = "$ one \\\n  two\nout\n$ for x in a; do\n> echo $x\n> done\na\n$ three\n"

    assert list(console_steps(code)) == [
        ("one \\\n  two", "out\n"),
        ("for x in a; do\necho $x\ndone", "a\n"),
        ("three", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<!-- snippet: skipped -->\n" + page("sh\ntrue"),
        page("sh\ntrue") + "\n<!-- snippet: continues -->",
        "```sh\ntrue\n",
    ],
)
def test_a_note_that_is_not_understood_is_an_error(text: str) -> None:
    """So is one without a fence, and a fence without an end."""
    with pytest.raises(NoteError):
        fences_in(text)

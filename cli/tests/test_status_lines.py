"""The line that is shown after an answer."""

import asyncio
import os
import time
from dataclasses import replace

import pytest
from ollama_cli.settings.files import Settings
from ollama_cli.status_lines.facts import Facts, Spent
from ollama_cli.status_lines.lines import StatusLine, cut

from ._processes import ends, pids_in
from ._schemas import checked
from ._settings import write_settings
from ._shell import TOKEN

FACTS = Facts(
    provider="hf",
    model="org/one",
    served_by="novita",
    session_id="s1",
    turn=Spent(90, 10, "reported", 0.001),
    session=Spent(900, 100, "mixed"),
    context_window=1000,
    duration_s=1.5,
    health={"ollama": "it cannot be reached", "hf": None},
)


@pytest.fixture
def line(monkeypatch, tmp_path):
    """Write an executable status line, and return what shows it."""
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(tmp_path))
    folder = tmp_path / "status_lines"
    folder.mkdir(mode=0o700)

    def make(script, name="mine"):
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o700)
        return StatusLine(Settings({"status_line": name}))

    return make


def chosen(*names) -> StatusLine:
    """Return what shows these."""
    return StatusLine(Settings({"status_line": list(names)}))


async def test_none_is_chosen() -> None:
    """Without the setting there is no line, and nothing to do."""
    line = StatusLine(Settings())

    assert await line.render(FACTS) is None


async def test_tokens() -> None:
    """The built-in line tells tokens and costs, and what was not reported."""
    line = await chosen("tokens").render(FACTS, 100)

    assert line == "90 in, 10 out, $0.0010; 10 % of 1000; session 1000 (mixed)"


async def test_tokens_that_are_not_known() -> None:
    """Nothing is invented."""
    assert await chosen("tokens").render(Facts(), 100) == "tokens are not known"


async def test_health() -> None:
    """It tells what became of those that were asked."""
    line = chosen("health")

    assert await line.render(FACTS, 100) == "ollama failed: it cannot be reached; hf ok"
    assert await line.render(Facts(), 100) == "nobody was asked"


async def test_executable_is_told_the_facts(line, tmp_path) -> None:
    """Its standard input is the published JSON, and its first line is shown."""
    file = tmp_path / "told"

    shown = await line(f"cat >{file}; echo one; echo two").render(FACTS, 80)

    told = checked("status-line-input", file.read_text())
    assert shown == "one"
    assert told["turn"]["total_tokens"] == 100
    assert told["context_share"] == 0.1
    assert told["health"][0] == {
        "provider": "ollama",
        "ok": False,
        "reason": "it cannot be reached",
    }


async def test_facts_that_are_not_known_follow_the_schema(line, tmp_path) -> None:
    """They are null."""
    file = tmp_path / "told"

    await line(f"cat >{file}").render(Facts(), 80)

    checked("status-line-input", file.read_text())


async def test_several_on_one_line(line) -> None:
    """They stand in the order of the setting."""
    line("echo mine")

    assert await chosen("health", "mine").render(Facts(), 80) == "nobody was asked | mine"


async def test_silent_one_shows_nothing(line) -> None:
    """A script may have nothing to say."""
    assert await line("true").render(FACTS, 80) is None


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("printf 'a\\033[31mb\\033]0;x\\007\\tc\\rd'", "ab cd"),
        ("printf '\\342\\200\\256x'", "x"),
        ("printf 'a\\377b'", "a\ufffdb"),
        ("echo one; echo two", "one"),
        ("head -c 1000000 /dev/zero | tr '\\0' x", "x" * 80),
        ("exit 3", "[mine: it exited with 3]"),
        ("sleep 100", "[mine: it did not end within 1 s]"),
    ],
)
async def test_misbehaving_executable(line, script, shown) -> None:
    """Escapes, length, failures and time are bounded; what is wrong stands in its place."""
    start = time.monotonic()

    assert await line(script).render(FACTS, 80) == shown
    assert time.monotonic() - start < 3


async def test_hung_executable_leaves_nothing(line, tmp_path) -> None:
    """It ends with its children."""
    file = tmp_path / "pids"

    await line(f"echo $$ >{file}; sleep 100 & echo $! >>{file}; wait").render(FACTS, 80)

    assert all(ends(pid) for pid in pids_in(file, 2))


async def test_missing_executable() -> None:
    """It says where it was looked for."""
    shown = await chosen("nowhere").render(FACTS, 300)

    assert shown is not None
    assert shown.startswith("[nowhere: there is no such executable in ")


async def test_executable_without_permission(line, tmp_path) -> None:
    """A file that cannot be executed is told."""
    found = line("echo x")
    (tmp_path / "status_lines" / "mine").chmod(0o600)

    assert "mine is not an executable file]" in (await found.render(FACTS, 300) or "")


async def test_executable_that_others_can_write_is_not_run(line, tmp_path) -> None:
    """Somebody else could have written it."""
    found = line("echo x")
    (tmp_path / "status_lines" / "mine").chmod(0o777)

    assert await found.render(FACTS, 300) == "[mine: others can write to it]"


async def test_no_credential_is_inherited(monkeypatch, line) -> None:
    """A status line gets none."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    assert await line('echo "token:$HF_TOKEN"').render(FACTS, 80) == "token:"


async def test_it_runs_once_a_second(line, tmp_path) -> None:
    """A chat that asks often is shown the same again."""
    found = line(f"echo x >>{tmp_path / 'runs'}; wc -l <{tmp_path / 'runs'}")

    first = [await found.render(FACTS, 80) for _ in range(5)]
    time.sleep(1.1)  # noqa: ASYNC251 - nothing else is running

    assert first == ["1"] * 5
    assert await found.render(FACTS, 80) == "2"


async def test_calls_meanwhile_do_not_run_it_again(line, tmp_path) -> None:
    """A slow one is never there twice."""
    found = line(f"echo x >>{tmp_path / 'runs'}; sleep 0.3; echo done")

    await asyncio.gather(*(found.render(FACTS, 80) for _ in range(5)))

    assert (tmp_path / "runs").read_text() == "x\n"


async def test_built_in_lines_always_show_what_is_new() -> None:
    """They cost nothing."""
    line = chosen("tokens")
    await line.render(Facts(), 80)

    assert await line.render(replace(FACTS, session=None, context_window=None), 80) == (
        "90 in, 10 out, $0.0010"
    )


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("日本語", 5, "日本"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("abc", 0, ""),
    ],
)
def test_line_fits(text, width, shown) -> None:
    """It is cut by columns, of which some characters take two and some none."""
    assert cut(text, width) == shown


@pytest.mark.parametrize("on_terminal", [True, False])
def test_it_follows_an_answer_on_a_terminal(shell, tmp_path, on_terminal) -> None:
    """Standard error has it there, and standard output never."""
    folder = write_settings(tmp_path, status_line="tokens").parent
    if not on_terminal:
        result = shell.run("--provider", "hf", "Why?", OLLAMA_CLI_CONFIG_DIR=str(folder))
        assert (result.stdout, result.stderr) == ("Blue.\n", "")
        return
    terminal, inner = os.openpty()
    try:
        result = shell.run(
            "--provider", "hf", "Why?", stderr=inner, OLLAMA_CLI_CONFIG_DIR=str(folder)
        )
        shown = os.read(terminal, 1000).decode()
    finally:
        os.close(inner)
        os.close(terminal)
    assert result.stdout == "Blue.\n"
    assert shown.startswith("3 in, 2 out")


async def test_a_removed_folder_does_no_harm(monkeypatch, tmp_path, line) -> None:
    """The current folder may be gone."""
    found = line("echo x")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert await found.render(FACTS, 80) == "x"
    os.chdir(tmp_path)

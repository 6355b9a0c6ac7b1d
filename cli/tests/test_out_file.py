"""``--out``: the whole answer in a file, or the file as it was."""

import json
import os
import stat
from pathlib import Path

import pytest
from provider_sdk import StreamInterruptedError
from provider_sdk.testing import FakeProvider


@pytest.fixture
def ask(invoke, fake):
    """Ask a provider that answers with these replies."""

    def ask(reply, *arguments):
        fake(FakeProvider(reply))
        return invoke("--provider", "fake", "Why?", *map(str, arguments))

    return ask


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in a folder of its own."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work" / "answer.md"


def names(file: Path) -> list[str]:
    """Return the names in its folder."""
    return sorted(path.name for path in file.parent.iterdir())


def test_answer_is_in_the_file(ask, file) -> None:
    """It is what standard output would hold, which stays empty; a line tells the size."""
    result = ask(["Bl", "ue é🌍"], "--out", file)

    assert file.read_text("utf-8") == "Blue é🌍\n"
    assert result.stdout == ""
    assert result.stderr == f"Wrote 12 bytes to {file}\n"
    assert names(file) == ["answer.md"]


def test_file_is_replaced(ask, file) -> None:
    """A longer file before leaves nothing behind, and its permissions stay."""
    file.write_text("old " * 100)
    file.chmod(0o640)
    ask("Blue.", "--out", file)

    assert file.read_text() == "Blue.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_new_file_has_the_usual_permissions(ask, file) -> None:
    """It can be read by all whom the umask allows, like one that ``>`` makes."""
    before = os.umask(0o027)
    try:
        ask("Blue.", "--out", file)
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_json_goes_to_the_file(ask, file, output_format) -> None:
    """With a JSON format the file holds that, and the line is JSON too."""
    result = ask("Blue.", "--out", file, "--format", output_format)

    assert json.loads(file.read_text().splitlines()[-1])["text"] == "Blue."
    assert result.stdout == ""
    assert json.loads(result.stderr)["message"].startswith("wrote ")


def test_code_goes_to_the_file(ask, file) -> None:
    """With -x the file holds the code alone."""
    ask("x\n```sh\nls\n```\n", "--out", file, "-x")

    assert file.read_text() == "ls\n"


def test_dash_is_standard_output(ask, file) -> None:
    """``--out -`` writes no file."""
    result = ask("Blue.", "--out", "-")

    assert (result.stdout, result.stderr) == ("Blue.\n", "")


def test_broken_answer_leaves_the_file(ask, file) -> None:
    """What had arrived is in a file beside it, and a line says where."""
    file.write_text("old")
    result = ask(["Bl", StreamInterruptedError("cut")], "--out", file)

    partial = next(name for name in names(file) if name != "answer.md")
    assert result.exit_code == 8
    assert file.read_text() == "old"
    assert (file.parent / partial).read_text() == "Bl\n"
    assert f"what arrived is in {file.parent / partial}" in result.stderr


def test_failure_before_the_answer_leaves_no_file(ask, file) -> None:
    """If nothing arrived there is nothing beside it."""
    result = ask(StreamInterruptedError("cut"), "--out", file)

    assert names(file) == []
    assert "Wrote" not in result.stderr


def test_empty_answer_empties_the_file(ask, file) -> None:
    """An answer without text is complete too."""
    file.write_text("old")
    ask("", "--out", file)

    assert file.read_text() == ""


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "it is a folder"),
        ("new/", "it does not name a file"),
        ("missing/answer.md", "no file can be made in its folder"),
        ("x" * 400, "too long"),
    ],
)
def test_what_is_no_file_is_refused_at_once(invoke, fake, file, name, problem) -> None:
    """Nothing is asked, and so nothing is paid for."""
    service = fake(FakeProvider("Blue."))
    result = invoke("--provider", "fake", "Why?", "--out", f"{file.parent}/{name}")

    assert result.exit_code == 2
    assert problem in result.stderr
    assert service.calls == []
    assert names(file) == []


def test_link_is_followed(ask, file) -> None:
    """The file that it leads to is replaced, and it stays a link."""
    link = file.with_name("link")
    link.symlink_to(file)
    ask("Blue.", "--out", link)

    assert link.is_symlink()
    assert file.read_text() == "Blue.\n"


def test_device_is_written_at_once(ask) -> None:
    """It is not replaced."""
    ask("Blue.", "--out", "/dev/null")

    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_full_disk_is_an_error(shell) -> None:
    """/dev/full takes nothing."""
    result = shell.run("--provider", "hf", "Why?", "--out", "/dev/full")

    assert result.returncode == 1
    assert (
        result.stderr == "Error: the result cannot be written: /dev/full: No space left on device\n"
    )


def test_name_with_escapes_is_shown_clean(ask, file) -> None:
    """What is said about the file does not steer the terminal."""
    result = ask("Blue.", "--out", file.with_name("a\x1b[2Jb"))

    assert "\x1b" not in result.stderr
    assert "ab" in result.stderr


def test_interrupt_leaves_the_file(shell, router, file) -> None:
    """Ctrl-C in the midst of an answer keeps what arrived beside it, and exits with 130."""
    import signal
    import time

    from ._shell import finish

    file.write_text("old")

    @router.chat
    def answer(exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("Bl")
        exchange.wait_until_closed()

    with shell.start("--provider", "hf", "Why?", "--out", str(file)) as process:
        while len(names(file)) < 2 or not partial_of(file).stat().st_size:
            assert process.poll() is None
            time.sleep(0.02)  # the service is in this process, and needs its turn
        process.send_signal(signal.SIGINT)
        result = finish(process)

    assert result.returncode == 130
    assert file.read_text() == "old"
    assert partial_of(file).read_text() == "Bl\n"
    assert str(partial_of(file)) in result.stderr


def partial_of(file: Path) -> Path:
    """Return the other file in its folder."""
    return next(path for path in file.parent.iterdir() if path != file)


def test_file_is_named_as_it_was_given(ask, file, monkeypatch) -> None:
    """A relative name stays one."""
    monkeypatch.chdir(file.parent)

    assert ask("Blue.", "--out", "answer.md").stderr == "Wrote 6 bytes to answer.md\n"

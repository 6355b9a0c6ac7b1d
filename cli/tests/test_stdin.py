"""Standard input: its end, its encodings, and waiting for it."""

import codecs
import json
import os
import socket
from pathlib import Path

import pytest

from ._router import Router
from ._shell import Shell, finish
from .test_streams import pipe, without_blocking

ASK = ("--provider", "hf", "Sum:")


def asked(router: Router) -> str:
    """Return the prompt of the one call."""
    (exchange,) = router.exchanges
    return exchange.body["messages"][-1]["content"]


def write_all(writing: int, data: bytes) -> None:
    """Write data, then the end."""
    with os.fdopen(os.dup(writing), "wb") as file:
        file.write(data)
    os.close(writing)


def test_input_that_does_not_block_is_read(shell: Shell, router: Router) -> None:
    """A non-blocking pipe is read to its end, although it is empty at first."""
    with pipe() as (reading, writing):
        without_blocking(reading)
        with shell.start(*ASK, stdin=reading, python=("-X", "importtime")) as process:
            for line in process.stderr:
                if line.endswith("ollama_cli.inputs.stdin\n"):
                    break
            write_all(writing, b"one\n" * 50_000)
            process.communicate()

    assert process.returncode == 0
    assert asked(router) == "Sum:\n\n" + ("one\n" * 50_000).rstrip()


def test_socket_is_read(shell: Shell, router: Router) -> None:
    """A socket is read as a pipe is; some parents give their children sockets."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        with shell.start(*ASK, stdin=theirs) as process:
            ours.sendall(b"one")
            ours.shutdown(socket.SHUT_WR)
            result = finish(process)

    assert (result.returncode, asked(router)) == (0, "Sum:\n\none")


@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
def test_input_that_does_not_end_is_2(shell: Shell, router: Router, output_format: str) -> None:
    """An open silent pipe is bounded by ``--timeout``, and nothing is sent."""
    with pipe() as (reading, _):
        result = shell.run(*ASK, "--timeout", "0.2", "--format", output_format, stdin=reading)

    message = result.stderr
    if output_format != "text":
        message = json.loads(message)["error"]["message"]
    assert result.returncode == 2
    assert "standard input did not end within 0.2 s (--timeout)" in message
    assert router.exchanges == []


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_silence_is_explained(shell: Shell, router: Router, output_format: str) -> None:
    """After some silence standard error says what the command waits for; input still counts."""
    with (
        pipe() as (reading, writing),
        shell.start(*ASK, "--format", output_format, stdin=reading) as process,
    ):
        note = process.stderr.readline()
        write_all(writing, b"late")
        result = finish(process)

    assert "waiting for standard input to end" in note
    assert output_format == "text" or json.loads(note)["type"] == "warning"
    assert (result.returncode, result.stderr, asked(router)) == (0, "", "Sum:\n\nlate")


def test_wrong_provider_is_told_before_waiting(shell: Shell) -> None:
    """A provider that does not exist is no reason to wait for input."""
    with pipe() as (reading, _):
        result = shell.run("--provider", "hff", "Sum:", stdin=reading)

    assert result.returncode == 2
    assert "'hff'" in result.stderr


TEXT = "na\u00efve \U0001f30d"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TEXT.encode(), id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + TEXT.encode(), id="utf-8-with-mark"),
        pytest.param(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), id="utf-16-little"),
        pytest.param(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), id="utf-16-big"),
        pytest.param(codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), id="utf-32-little"),
        pytest.param(codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), id="utf-32-big"),
    ],
)
def test_input_is_decoded_by_its_mark(shell: Shell, router: Router, data: bytes) -> None:
    """Input is UTF-8, or what its byte order mark says, as tools on Windows write it."""
    with pipe() as (reading, writing):
        write_all(writing, data)
        result = shell.run(*ASK, stdin=reading)

    assert (result.returncode, asked(router)) == (0, f"Sum:\n\n{TEXT}")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"caf\xe9", "standard input is not UTF-8 text (byte 3 is 0xe9)"),
        (codecs.BOM_UTF8 + b"caf\xe9", "standard input is not UTF-8 text (byte 6 is 0xe9)"),
        (codecs.BOM_UTF16_LE + b"abc", "standard input is not UTF-16-LE text (byte 4 is 0x63)"),
        (b"a\0b", "standard input is not text: character 1 is NUL"),
        ("abc".encode("utf-16-le"), "UTF-16 needs a byte order mark"),
    ],
    ids=["latin-1", "latin-1-with-mark", "half-utf-16", "nul", "utf-16-without-mark"],
)
def test_input_that_is_no_text_is_2(invoke, data: bytes, problem: str) -> None:
    """Input that is not text is refused, and the error says where and why."""
    result = invoke("--provider", "fake", "Why?", input=data)

    assert result.exit_code == 2
    assert problem in result.stderr


def test_endless_input_is_2(shell: Shell) -> None:
    """Input without end is refused at its limit, which the error states."""
    with Path("/dev/zero").open("rb") as zeros:
        result = shell.run(*ASK, stdin=zeros)

    assert result.returncode == 2
    assert "longer than 16777216 bytes (16 MiB)" in result.stderr


def test_input_that_cannot_be_read_is_2(shell: Shell, tmp_path) -> None:
    """Standard input that is open for writing only is an error of usage."""
    with (tmp_path / "file").open("wb") as unreadable:
        result = shell.run(*ASK, stdin=unreadable)

    assert result.returncode == 2
    assert result.stderr == "Error: standard input cannot be read: Bad file descriptor\n"

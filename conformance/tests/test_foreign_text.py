"""What is not the kit's own text or object reaches every report, and harms none."""

import io
import json
import logging
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from provider_conformance import Report, Result, run
from provider_conformance.__main__ import main
from provider_conformance._text import clean, repr_of, text_of
from provider_conformance.commands._say import say
from provider_conformance.reports import junit, origin_of, table, write_reports
from provider_conformance.zoo import HARNESS, ReferenceProvider

from ._broken import command, write_broken

ODD = "a\x00\x1b]0;title\x07\x9b2J\r\b\x85\u2028\u202e\ud800\udfff\ufffe\uffff\x7fz"
ONLY = ["CHAT-001", "MODELS-001"]


class Unprintable:
    """Raises whatever is asked of it."""

    def refuse(self, *arguments):
        """Refuse, whatever is asked."""
        raise RuntimeError("no")

    __str__ = __repr__ = __eq__ = __bool__ = __len__ = __hash__ = refuse


class UnprintableError(Exception, Unprintable):
    """An exception that cannot be shown."""

    __str__ = __repr__ = Unprintable.refuse


class OddlyPrinted(str):
    """A text that does odd things when it is used."""

    __slots__ = ()
    replace = splitlines = encode = Unprintable.refuse


class ShownOddly:
    """Returns such a text."""

    def __str__(self):
        return OddlyPrinted("odd")


def checked(body):
    """Return the results of a provider that runs a function in place of a chat."""

    class Broken(ReferenceProvider):
        async def chat(self, *args, **options):
            return body()

    report = run(replace(HARNESS, provider=Broken), seed=1, only=ONLY, driver="respx")
    return {result.id: result for result in report.results}


def raising(error):
    """Return a function that raises."""

    def body():
        raise error

    return body


class OddError(BaseException):
    """An exception that ``except Exception`` lets through."""


FOREIGN = {
    "GeneratorExit": raising(GeneratorExit()),
    "SystemExit": raising(SystemExit(0)),
    "KeyboardInterrupt": raising(KeyboardInterrupt()),
    "BaseException": raising(OddError("odd")),
    "BaseExceptionGroup": raising(BaseExceptionGroup("odd", [GeneratorExit()])),
    "StopAsyncIteration": raising(StopAsyncIteration()),
    "an exception that cannot be shown": raising(UnprintableError()),
    "an exception with a lone surrogate": raising(ValueError("\ud800")),
    "an exception with an endless text": raising(ValueError("x" * 10**6)),
    "an object that cannot be shown": Unprintable,
    "an oddly shown object": ShownOddly,
}


@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN)
def test_whatever_a_provider_does_is_a_result(body):
    """Neither an exception nor an object of a provider ends a run in the calling process."""
    results = checked(body)
    assert {id: result.status for id, result in results.items()} == {
        "PC-CHAT-001": "fail",
        "PC-MODELS-001": "pass",
    }
    assert len(results["PC-CHAT-001"].message) < 10_000


def test_exit_is_a_result_in_the_calling_process():
    """``os._exit`` in a provider fails its check, also where no process can be risked."""
    import os

    assert "os._exit(0)" in checked(lambda: os._exit(0))["PC-CHAT-001"].message


def test_interrupt_by_the_user_ends_the_run(tmp_path):
    """Ctrl-C in the calling process is no finding about a provider."""
    body = "os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(1)"
    file = write_broken(tmp_path, body)
    code = (
        "import signal, sys; from provider_conformance import find_harness, run\n"
        # Whoever starts the tests in the background may have had the signal ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "run(find_harness(sys.argv[1])[0], only=['CHAT-001'])"
    )
    ended = subprocess.run([sys.executable, "-c", code, file], stderr=subprocess.PIPE, check=False)
    assert b"\nKeyboardInterrupt\n" in ended.stderr


def test_run_within_a_loop_raises_what_its_thread_raises(tmp_path):
    """A mistake in the call is raised in the caller's thread, if that has a running loop."""
    import asyncio

    (tmp_path / "odd.json").write_text("1")
    harness = replace(HARNESS, cassettes=tmp_path)

    async def within():
        return run(harness, "replay", 1)

    with pytest.raises(ValueError, match=r"odd\.json is not a cassette"):
        asyncio.run(within())


def test_log_record_that_cannot_be_shown_fails_no_call(monkeypatch):
    """A log call with an odd argument goes on, as it does outside the kit."""
    monkeypatch.setattr(logging, "raiseExceptions", False)

    class Logs(ReferenceProvider):
        async def chat(self, *args, **options):
            logging.getLogger("odd").warning("%s", UnprintableError())
            return await super().chat(*args, **options)

    assert run(replace(HARNESS, provider=Logs), seed=1, only=ONLY).failed == []


@pytest.mark.parametrize("value", [Unprintable(), UnprintableError(), ShownOddly(), "\ud800"])
def test_every_object_can_be_shown(value):
    """Text and ``repr`` of any object are plain texts."""
    assert {type(text_of(value)), type(repr_of(value))} == {str}


def test_clean_text_can_be_stored_and_shown():
    """Nothing is left that a file, XML or a terminal cannot take, and the rest is as it was."""
    text = clean(f"<é🙂\t\n>{ODD}")
    assert text.startswith("<é🙂\t\n>a\\x00\\x1b]0;title")
    assert text.endswith("\\ufffe\\uffff\\x7fz")
    assert text.replace("\n", "").replace("\t", "").isprintable()
    ElementTree.fromstring(f"<a>{text.replace('<', '')}</a>")


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\u202e", "\\u202e"),
        ("\u200b", "\\u200b"),
        ("\xad", "\\xad"),
        ("\u2063", "\\u2063"),
        ("\U000e0041", "\\U000e0041"),
        ("\u200d", "\u200d"),
        ("\U000e0100", "\U000e0100"),
    ],
    ids=ascii,
)
def test_hidden_text_is_shown(character, shown):
    """What hides text becomes visible; what joins and varies characters stays."""
    assert clean(f"a{character}b") == f"a{shown}b"


def odd_report():
    """Return a report in which every text that may be foreign is odd."""
    results = [
        Result("PC-CHAT-001", "fail", "MUST", f"title {ODD}", f"message {ODD}", f"respx{ODD}"),
        Result("PC-CHAT-002", "warn", "MUST", "title", f"message {ODD}", "respx"),
        Result("PC-CHAT-003", "error", "MUST", "title", f"message {ODD}", "respx"),
    ]
    return Report(f"odd {ODD}", "mock", 1, results)


def test_every_report_can_hold_odd_text(tmp_path):
    """JSON, JUnit, HTML and badge of odd texts are written, well-formed and in UTF-8."""
    write_reports(odd_report(), origin_of(HARNESS, None), tmp_path)
    files = {file.suffix: file.read_text("utf-8") for file in tmp_path.iterdir()}
    assert set(files) == {".json", ".xml", ".html", ".svg"}
    assert ElementTree.fromstring(files[".xml"]).attrib["tests"] == "3"
    ElementTree.fromstring(files[".svg"])
    assert "\x1b" not in "".join(files.values())


def test_junit_stays_well_formed():
    """JUnit shows what XML cannot hold as escapes."""
    case = ElementTree.fromstring(junit(odd_report()))[0]
    assert "\\ufffe\\uffff" in case[0].text
    assert "\\ufffe\\uffff" in case.attrib["name"]


def test_table_has_no_terminal_escapes():
    """The printed table shows control characters as escapes."""
    assert table(odd_report()).replace("\n", "").isprintable()


def test_lines_for_a_person_have_no_terminal_escapes(capsys):
    """Whatever a command prints, a terminal takes none of it for a control."""
    say(f"name {ODD}")
    assert capsys.readouterr().out.rstrip("\n").isprintable()


def test_terminal_that_knows_few_characters_is_no_problem():
    """What an encoding lacks is shown as escapes."""
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with redirect_stdout(narrow):
        say("· 1 → 2")
    assert narrow.buffer.getvalue() == b"\\xb7 1 \\u2192 2\n"


def test_name_of_a_provider_is_shown_safely(tmp_path, capsys):
    """A name with escapes reaches neither the terminal nor the names of files."""
    file = write_broken(tmp_path, "", "odd.py")
    name = "x" * 300 + ODD.replace("\ud800\udfff", "")  # JSON makes one character of the two
    text = file.read_text().replace("    async def", f"    name = {name!r}\n\n    async def")
    file.write_text(text)
    call = [str(file), "--reports", str(tmp_path / "r")]
    assert main(["run", *call, "--seed", "1"]) == 0
    assert main(["verify", *call]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_surrogate_in_an_answer_keeps_the_run(tmp_path):
    """A lone surrogate in what a provider returns costs no result and no report."""
    body = "raise ValueError('\\ud800')"
    ended = command("run", write_broken(tmp_path, body), "--reports", tmp_path / "r", "--seed", "1")
    assert ended.returncode == 1
    report = json.loads((tmp_path / "r" / "reference.json").read_bytes())
    assert "\\ud800" in "".join(result["message"] for result in report["results"])


def test_closed_pipe_changes_no_verdict(tmp_path):
    """The exit code of a red run is 1, although nobody reads what it prints."""
    file = write_broken(tmp_path, "raise ValueError")
    call = [sys.executable, "-m", "provider_conformance", "run", str(file)]
    running = subprocess.Popen([*call, "--only", "CHAT-001"], stdout=subprocess.PIPE)
    running.stdout.close()
    assert running.wait() == 1


@pytest.mark.parametrize("value", [None, 7, ["A", 1], "ACME_KEY"])
def test_odd_declaration_ends_no_run(value):
    """Names of variables of another type are a finding of checks, and not the end of a run."""

    class Odd(ReferenceProvider):
        api_key_env = value

    assert len(run(replace(HARNESS, provider=Odd), seed=1, only=ONLY).results) == 2

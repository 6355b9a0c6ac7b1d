"""What services and rows say cannot reach the terminal as control characters."""

import json
import unicodedata

import pytest
from provider_conformance.wires import Failure

EVIL = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202eabc\u2028\r\x00"
ALLOWED = "\n\t"


def controls_in(text):
    """Return the characters in a text that could do something to a terminal."""
    return sorted(
        {char for char in text if unicodedata.category(char) in ("Cc", "Cf")} - set(ALLOWED)
    )


@pytest.fixture
def hostile(serve):
    """Return a batch whose ids and prompts are hostile, and its service."""
    batch, service = serve()
    rows = [{"id": f"{row}{EVIL}", "prompt": f"[row {row}] {EVIL}"} for row in range(3)]
    batch.input.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return batch, service


def test_answers_keep_what_was_said_but_as_json(hostile):
    """The output holds ids and answers to the letter, and no control character."""
    batch, _ = hostile
    done = batch.run()
    assert done.returncode == 0
    assert [answer["id"] for answer in batch.answers()] == [f"{row}{EVIL}" for row in range(3)]
    assert all(EVIL.split()[0] in answer["text"] for answer in batch.answers())
    assert not set(batch.output.read_text()) & set("\x1b\x07\x00\r\u009b\u2028")
    assert controls_in(done.stdout + done.stderr) == []


def test_streamed_rows_hold_no_control_character(hostile):
    """Rows on standard output may be looked at in a terminal."""
    batch, _ = hostile
    done = batch.run("--out", "-", "--run", str(batch.folder / "run"))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 3
    assert not set(done.stdout) & set("\x1b\x07\x00\r\u009b\u2028")


@pytest.mark.parametrize("how", ["text", "json", "stream-json"])
def test_failures_are_told_without_control_characters(hostile, how):
    """What a service says of a failed row is shown harmlessly, in every format."""
    batch, service = hostile
    service.service.reply_always(Failure("bad_request", f"no {EVIL} way"), "chat")
    done = batch.run("--format", how)
    assert done.returncode == 9
    assert controls_in(done.stdout + done.stderr) == []
    for words in (("status",), ("report",)):
        told = batch.verb(*words)
        assert controls_in(told.stdout + told.stderr) == []


def test_input_with_a_hostile_id_twice_is_told_harmlessly(hostile):
    """An id in a refusal is shown without its control characters."""
    batch, _ = hostile
    batch.input.write_text(batch.input.read_text() * 2)
    done = batch.run()
    assert done.returncode == 2
    assert controls_in(done.stderr) == []

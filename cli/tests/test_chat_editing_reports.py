"""What the terminal reports without a key is no text; keys that look alike go on."""

import pytest
from ollama_cli.chat.screen.editing.receiving import Receiver
from prompt_toolkit.keys import Keys

from ._chat_input import typist

REPORTS = {
    "focus": "\x1b[I",
    "blur": "\x1b[O",
    "mouse": "\x1b[<0;11;2M",
    "mouse-released": "\x1b[<0;11;2m",
    "mouse-urxvt": "\x1b[32;11;2M",
    "mouse-x10": "\x1b[M !!",
    "background": "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "color": "\x1b]4;255;rgb:ffff/ffff/ffff\x07",
    "attributes": "\x1b[?62;22c",
    "cursor": "\x1b[24;80R",
    "mode": "\x1b[?2026;2$y",
    "size": "\x1b[8;24;80t",
    "theme": "\x1b[?997;1n",
    "version": "\x1bP>|tmux 3.3a\x1b\\",
    "capability": "\x1bP1+r544e=78\x1b\\",
    "a-key-without-meaning": "\x1b[1;3S",
}


def received(*pieces: str) -> list[Keys | str]:
    """Return the keys of what arrived."""
    keys: list[Keys | str] = []
    receiver = Receiver(lambda press: keys.append(press.key))
    for piece in pieces:
        receiver.feed(piece)
    receiver.flush()
    return keys


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
async def test_a_report_types_nothing(report) -> None:
    """The input stays as it is, and what is typed right before and after is there."""
    async with typist() as chat:
        await chat.type(f"a{report}b")

        assert chat.text == "ab"


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
def test_a_report_may_arrive_in_two_parts(report) -> None:
    """Wherever it is parted, as a network may do, nothing is typed."""
    for place in range(1, len(report)):
        assert received("a" + report[:place], report[place:] + "b") == ["a", "b"], place


@pytest.mark.parametrize(
    ("sequence", "keys"),
    [
        ("\x1b[A", [Keys.Up]),
        ("\x1bOA", [Keys.Up]),
        ("\x1b[3~", [Keys.Delete]),
        ("\x1b[1;5D", [Keys.ControlLeft]),
        ("\x1b[[A", [Keys.F1]),
        ("\x1b\x1b[D", [Keys.Escape, Keys.Left]),
        ("\x1b]", [Keys.Escape, "]"]),
        ("\x1bP", [Keys.Escape, "P"]),
        ("\x1b[", [Keys.Escape, "["]),
    ],
)
def test_keys_go_on(sequence, keys) -> None:
    """A key whose sequence begins alike is taken, also if it arrives in two parts."""
    for place in range(len(sequence)):
        assert received(sequence[:place], sequence[place:]) == keys, place

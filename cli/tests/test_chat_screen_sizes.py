"""The chat on a terminal whose size changes, and characters that are not one column wide."""

import asyncio
import sys

import pytest

from ._screen_view import ENTER, Shown, screen

pytestmark = pytest.mark.asyncio

LINES = [f"line {number} of an answer that goes on" for number in range(40)]


async def stream(shown: Shown, *, then: object = None) -> None:
    """Write lines in pieces; in the middle, do something."""
    for number, line in enumerate(LINES):
        for word in line.split(" "):
            sys.stdout.write(word if word.startswith("line") else f" {word}")
            await asyncio.sleep(0.002)
        if number == 20 and callable(then):
            await shown.shows(line)
            then()
        sys.stdout.write("\n")


@pytest.mark.parametrize("columns", [100, 60, 40])
async def test_resizing_while_text_arrives(columns: int) -> None:
    """Wider or narrower: each line is there once, and the input below them."""
    async with screen(80) as shown:
        shown.press("typed")
        await stream(shown, then=lambda: shown.resize(columns))
        await shown.shows(LINES[-1])

        assert shown.lines() == [*LINES, "", "> typed"]


async def test_a_terminal_that_breaks_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """If rows become several because they are too long now, none of them is left behind."""
    monkeypatch.setenv("TERM", "xterm-kitty")
    async with screen(80, reflows=True) as shown:
        sys.stdout.write("a finished line\n" + "live " * 14)
        with shown.view.working("a provider with a long name, so that it is broken", bool):
            shown.press("a long message, which has more columns than there will be")
            await shown.shows("will be")
            await shown.shows("Ctrl-C stops")
            shown.resize(30)
            await shown.until(lambda: shown.lines()[-1] == "  e")

            lines = shown.lines()
            assert lines[0] == "a finished line"
            assert [line.strip() for line in lines[1:4]] == [
                *("live live live live live live",) * 2,
                "live live",
            ]
            assert lines[4] == ""
            assert lines[5].startswith("a provider")
            assert lines[6] == "> a long message, which has mo"


async def test_a_terminal_that_may_cut_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """If nobody knows what the terminal does, no finished line is erased."""
    monkeypatch.setenv("TERM", "xterm-256color")
    async with screen(80) as shown:
        sys.stdout.write("".join(f"finished {number}\n" for number in range(5)) + "live " * 15)
        with shown.view.working("hf", bool):
            shown.press("a long message, which has more columns than there will be")
            await shown.shows("will be")
            shown.resize(30)
            await shown.until(lambda: shown.lines()[-1] == "  e")

            assert shown.lines()[:5] == [f"finished {number}" for number in range(5)]


async def test_resizing_at_rest() -> None:
    """Resizing again and again while nothing is done adds no line."""
    async with screen(80) as shown:
        sys.stdout.write("an answer\n")
        shown.press("typed")
        shown.view.status("hf, a model")
        await shown.shows("typed")
        await shown.shows("hf, a model")
        for columns in (60, 100, 30, 80, 20, 80):
            shown.resize(columns)
            await asyncio.sleep(0.02)
        await shown.until(lambda: shown.lines() == ["an answer", "", "> typed", "hf, a model"])


async def test_a_terminal_that_becomes_very_short() -> None:
    """On few rows the input is still there, and everything again when there is room."""
    async with screen(80, 24) as shown:
        shown.view.status("hf, a model")
        shown.press("typed")
        await shown.shows("hf, a model")
        shown.resize(80, 4)
        await shown.until(lambda: shown.lines() == ["> typed"])
        shown.resize(80, 24)
        await shown.shows("hf, a model")


@pytest.mark.parametrize("text", ["日本語", "e\u0301a\u0308", "\U0001f600", "नमस्ते", "שלום"])
async def test_characters_of_other_widths(text: str) -> None:
    """Wide and combining characters in the open line, the message and the status are all shown."""
    async with screen(40) as shown:
        sys.stdout.write(f"{text}|")
        shown.view.status(f"{text}|")
        shown.press(text)
        for _ in range(3):
            await shown.until(lambda: shown.written.count(text[0]) >= 3)
        sys.stdout.write(f"{text}|\n")
        await shown.until(lambda: f"{text}|{text}|\r\n" in shown.written)
        shown.press(ENTER)
        entry = await shown.view.next_entry()

        assert entry is not None
        assert entry.text == text


async def test_wide_characters_at_the_edge() -> None:
    """A wide character that does not fit into a row begins the next one."""
    async with screen(21) as shown:
        sys.stdout.write("日" * 15)
        await shown.shows("日")

        # The second column of a wide character is empty in the emulator.
        assert [line.replace(" ", "") for line in shown.lines()[:2]] == ["日" * 10, "日" * 5]

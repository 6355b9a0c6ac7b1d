"""The chat on a terminal: what keys do while it waits, works or asks."""

import asyncio
import sys

import pytest
from ollama_cli.chat.entries import Entry

from ._screen_view import CTRL_C, CTRL_D, screen

pytestmark = pytest.mark.asyncio


async def test_messages_wait_while_something_is_done() -> None:
    """A message that is entered while the chat is busy waits, is shown, and is taken next."""
    async with screen() as shown:
        with shown.view.working("hf", lambda: None):
            shown.press("first\rsecond\r")
            await shown.shows("queued: second")
            assert "queued: first" in shown.text()
        first = await shown.view.next_entry()
        second = await shown.view.next_entry()

        assert [first and first.text, second and second.text] == ["first", "second"]
        await shown.until(lambda: "queued" not in shown.text())
        assert shown.lines()[:3] == ["> first", "", "> second"]


async def test_what_is_done_is_said() -> None:
    """While the chat is busy, a line says with what, for how long, and how to stop it."""
    async with screen() as shown:
        with shown.view.working("hf", lambda: None):
            await shown.shows("hf, 0 s; Ctrl-C stops")
            await shown.shows("hf, 1 s; Ctrl-C stops")
        await shown.until(lambda: "Ctrl-C" not in shown.text())


async def test_interrupting_stops_what_is_done() -> None:
    """Ctrl-C while the chat is busy stops that, and keeps what was typed."""
    stopped = []
    async with screen() as shown:
        with shown.view.working("hf", lambda: stopped.append(True)):
            shown.press("half")
            await shown.shows("half")
            shown.press(CTRL_C)
            await shown.shows("hf, 0 s; stopping")

        assert stopped == [True]
        assert shown.lines()[-1] == "> half"


async def test_interrupting_puts_waiting_messages_back() -> None:
    """Ctrl-C puts the messages that wait before what is in the input."""
    async with screen() as shown:
        with shown.view.working("hf", lambda: None):
            shown.press("first\rsecond\rhalf")
            await shown.shows("> half")
            shown.press(CTRL_C)
            await shown.shows("> first")

            assert shown.lines()[-3:] == ["> first", "  second", "  half"]
            assert "queued" not in shown.text()


async def test_interrupting_clears_the_input() -> None:
    """Ctrl-C while nothing is done clears the input, and does not leave."""
    async with screen() as shown:
        shown.press("text")
        await shown.shows("text")
        shown.press(CTRL_C)
        await shown.until(lambda: shown.text() == ">")

        assert (await shown.enter("more")).text == "more"


async def test_interrupting_nothing_says_how_to_leave() -> None:
    """Ctrl-C at an empty input says how to leave, until the next key."""
    async with screen() as shown:
        shown.press(CTRL_C)
        await shown.shows("Ctrl-D or /quit leaves the chat")
        shown.press("a")
        await shown.until(lambda: "Ctrl-D" not in shown.text())


async def test_leaving() -> None:
    """Ctrl-D at an empty input ends the entries."""
    async with screen() as shown:
        shown.press(CTRL_D)

        assert await asyncio.wait_for(shown.view.next_entry(), 5) is None


async def test_no_leaving_with_a_text() -> None:
    """Ctrl-D with a text in the input does not leave."""
    async with screen() as shown:
        shown.press("text" + CTRL_D)

        assert (await shown.enter("!")).text == "text!"


async def test_leaving_stops_what_is_done() -> None:
    """Ctrl-D while the chat is busy stops that first."""
    stopped = asyncio.Event()
    async with screen() as shown:
        with shown.view.working("hf", stopped.set):
            shown.press("waits\r" + CTRL_D)
            await asyncio.wait_for(stopped.wait(), 5)

        assert await shown.view.next_entry() is None


async def test_putting_back() -> None:
    """An entry that could not be used is in the input again."""
    async with screen() as shown:
        shown.view.put_back(Entry.of("/modle x"))
        await shown.shows("> /modle x")

        assert (await shown.enter("!")).text == "/modle x!"


async def test_putting_back_does_not_disturb() -> None:
    """What was typed meanwhile stays."""
    async with screen() as shown:
        shown.press("new")
        await shown.shows("new")
        shown.view.put_back(Entry.of("old"))

        assert (await shown.enter("!")).text == "new!"


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("Y", True), ("n", False)])
async def test_a_question_is_answered(key: str, answer: bool) -> None:
    """A question stands in place of the input, and a key answers it."""
    async with screen() as shown:
        asked = asyncio.create_task(shown.view.confirm("Attach it?"))
        await shown.shows("Attach it? [y/N]")
        assert ">" not in shown.text()
        await shown.answer(key)

        assert await asyncio.wait_for(asked, 5) is answer
        await shown.until(lambda: shown.text() == ">")


@pytest.mark.parametrize("key", ["\r", CTRL_C, CTRL_D])
async def test_a_question_is_declined(key: str) -> None:
    """Enter, Ctrl-C and Ctrl-D mean no, and stop nothing else."""
    stopped = []
    async with screen() as shown:
        with shown.view.working("hf", lambda: stopped.append(True)):
            asked = asyncio.create_task(shown.view.confirm("Attach it?"))
            await shown.shows("Attach it? [y/N]")
            shown.press(key)

            assert await asyncio.wait_for(asked, 5) is False
    assert stopped == []


async def test_a_question_says_nothing_of_work() -> None:
    """While it waits, no provider is waited for, and Ctrl-C does not stop anything."""
    async with screen() as shown:
        with shown.view.working("hf", lambda: None):
            await shown.shows("hf, 0 s; Ctrl-C stops")
            asked = asyncio.create_task(shown.view.confirm("Attach it?"))
            await shown.shows("Attach it? [y/N]")
            assert "Ctrl-C stops" not in shown.text()
            await shown.answer("n")

            assert await asyncio.wait_for(asked, 5) is False
            await shown.shows("Ctrl-C stops")


async def test_a_question_at_the_end() -> None:
    """If the chat ends while a question hides the cursor, the cursor is there afterwards."""
    async with screen() as shown:
        asked = asyncio.create_task(shown.view.confirm("Attach it?"))
        await shown.shows("Attach it? [y/N]")
        assert shown.written.rfind("\x1b[?25l") > shown.written.rfind("\x1b[?25h")
        asked.cancel()

    assert shown.written.rfind("\x1b[?25h") > shown.written.rfind("\x1b[?25l")


async def test_a_question_is_not_answered_by_accident() -> None:
    """Who is typing a message when a question comes goes on typing it."""
    async with screen() as shown:
        shown.press("wh")
        await shown.shows("wh")
        asked = asyncio.create_task(shown.view.confirm("Attach it?"))
        await shown.shows("Attach it? [y/N]")
        shown.press("y")
        await asyncio.sleep(0.1)
        assert not asked.done()
        shown.press(CTRL_C)

        assert await asked is False
        await shown.shows("> why")


async def test_a_question_is_not_answered_before_it_is_read() -> None:
    """Who types on right after Enter goes on typing, although a question comes in between."""
    async with screen() as shown:
        await shown.enter("first")
        asked = asyncio.create_task(shown.view.confirm("Attach it?"))
        await shown.shows("Attach it? [y/N]")
        shown.press("you")
        await asyncio.sleep(0.1)
        assert not asked.done()
        shown.press(CTRL_C)

        assert await asked is False
        await shown.shows("> you")


async def test_the_menu_has_the_rows_below_the_input() -> None:
    """The menu takes the rows of the status line, covers nothing, and gives them back."""
    async with screen() as shown:
        sys.stdout.write("an answer\n")
        shown.view.status("the status line")
        await shown.shows("the status line")
        shown.press("/mo")
        await shown.shows("Does move.")
        await shown.until(lambda: "the status line" not in shown.text())
        assert shown.lines()[:3] == ["an answer", "", "> /mo"]
        assert [line.split()[0] for line in shown.lines()[3:]] == ["/model", "/modify", "/move"]

        shown.press(CTRL_C)
        await shown.shows("the status line")
        assert shown.lines() == ["an answer", "", ">", "the status line"]


async def test_the_editor_is_asked_for_twice(tmp_path, monkeypatch) -> None:
    """The second editor, which waits for the end of the first, gets what that has left."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf x >>"$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    async with screen() as shown:
        shown.press("a" + 2 * "\x18\x05")
        await shown.shows("> axx")

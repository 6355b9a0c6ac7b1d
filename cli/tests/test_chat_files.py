"""Files and images in the chat: ``@path``, ``/file`` and ``/image``."""

import asyncio
import os
import threading
from pathlib import Path

import click
import pytest
from ollama_cli.chat.attaching import Asking, prompt_of
from ollama_cli.chat.entries import Entry, Piece
from provider_sdk import ProviderUnavailableError, StreamInterruptedError
from provider_sdk.testing import FakeProvider

from ._chat import Pausing, ScriptedView, chat_of, pasted
from ._hooks import hook, python, setting
from ._router import PATIENCE_S

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def service(fake) -> FakeProvider:
    """A provider that answers whatever it is asked."""
    return fake(FakeProvider("Yes.", repeat=True))


@pytest.fixture
def file(talk, tmp_path: Path):
    """Write a file in the working folder of the chat."""

    def write(name: str, content: str | bytes = "x") -> Path:
        path = Path.cwd() / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def sent(service: FakeProvider, number: int = 0) -> str:
    """Return the text of the last message of a call."""
    return service.calls[number].messages[-1].text


def back(view: ScriptedView) -> list[str]:
    """Return the texts that were put back into the input."""
    return [entry.text for entry in view.back]


def test_mentioned_file_is_attached(talk, service, file) -> None:
    """``@path`` in what was typed attaches the file, and a line names it."""
    file("notes.txt", "a\nb")

    view = talk("Sum up @notes.txt, please")

    assert sent(service) == "Sum up @notes.txt, please\n\nFile notes.txt:\n```\na\nb\n```"
    assert view.last.startswith("Attached: notes.txt (3 bytes)\n")
    assert view.questions == []


def test_pasted_text_mentions_nothing(talk, service, file) -> None:
    """A paste with ``@path`` in it is sent as it is."""
    file("notes.txt", "canary")

    file("typed.txt", "x")

    talk(pasted("see @notes.txt", typed="What is this, @typed.txt? "))

    assert "File typed.txt" in sent(service)
    assert "canary" not in sent(service)


def test_sign_after_a_paste_is_part_of_its_word(talk, service, file) -> None:
    """An address of which the first half was pasted mentions no file."""
    file("notes.txt", "canary")

    talk(Entry((Piece("me", typed=False), Piece("@notes.txt")), "[pasted]@notes.txt"))

    assert sent(service) == "me@notes.txt"


@pytest.mark.parametrize("name", [".env", ".hidden", "../outside.txt"])
def test_file_that_people_may_not_expect_is_asked_about(talk, service, file, name) -> None:
    """After a yes the file is attached."""
    file(name, "canary")

    view = talk(f"Read @{name}", answers=[True])

    assert "canary" in sent(service)
    assert view.questions[0].startswith(f"Attach {name}, although it ")


@pytest.mark.parametrize("name", [".env", ".hidden", "../outside.txt"])
def test_refused_file_sends_nothing(talk, service, file, name) -> None:
    """After a no, one line says so, and the message is back in the input."""
    file(name, "canary")

    view = talk(f"Read @{name}", answers=[False])

    assert service.calls == []
    assert f"{name} is not attached, because it " in view.last
    assert view.last.endswith(f"to attach it all the same: /file {name}\n")
    assert view.last.count("\n") == 1
    assert back(view) == [f"Read @{name}"]


@pytest.mark.parametrize("name", [".env", ".hidden", "../outside.txt"])
def test_script_attaches_no_file_that_people_may_not_expect(talk, service, file, name) -> None:
    """A line of a pipe may be somebody else's text, and nobody can be asked."""
    file(name, "canary")
    file("a.txt", "fine")

    def script(chat) -> None:
        chat.view.is_typed = False

    view = talk(script, f"/file {name}", f"/image {name}", "/file a.txt", "Read", answers=[True])

    assert view.questions == []
    assert view.text.count(f"{name} is not attached, because it ") == 2
    assert (
        view.text.count("nobody can be asked; to attach it to the first message, give it by") == 2
    )
    assert "fine" in sent(service)
    assert "canary" not in sent(service)


def test_files_before_a_refused_one_are_not_kept(talk, service, file) -> None:
    """The next message has no file of a message that was not sent."""
    file("a.txt", "canary")
    file(".env", "x")

    talk("@a.txt and @.env", "Hello", answers=[False])

    assert sent(service) == "Hello"


def test_ctrl_c_while_it_asks_is_no(talk, service, file) -> None:
    """Whoever stops the question sends nothing; the message is back, and the chat goes on."""
    file(".env", "canary")

    class Stopping(ScriptedView):
        async def confirm(self, question: str) -> bool:
            self.questions.append(question)
            assert self._stop is not None
            self._stop()
            try:
                await asyncio.sleep(3600)
            finally:
                withdrawn.set()
            return True

    withdrawn = asyncio.Event()

    async def is_withdrawn(_) -> None:
        await asyncio.wait_for(withdrawn.wait(), PATIENCE_S)

    view = Stopping(["Read @.env and @.hidden", is_withdrawn, "Hello"])
    file(".hidden", "canary")
    asyncio.run(chat_of(view).run())

    assert [call.messages[-1].text for call in service.calls] == ["Hello"]
    assert view.questions == ["Attach .env, although it may hold a key?"]
    assert back(view) == ["Read @.env and @.hidden"]
    assert "stopped\n" in view.shown[1]


def test_nothing_is_asked_or_told_after_ctrl_c(talk, service) -> None:
    """What a thread still finds after Ctrl-C is of no use to anybody."""
    view = ScriptedView([], answers=[True])
    chat = chat_of(view)

    async def stops() -> None:
        async with view.open(chat):
            asking = Asking(chat)
            asking.stop()
            await asyncio.to_thread(asking.tell, "Attached: a.txt")
            with pytest.raises(click.UsageError):
                await asyncio.to_thread(asking.permit, ".env", "it is hidden")
        await chat.world.aclose()

    asyncio.run(stops())

    assert view.questions == []
    assert view.text == ""


def test_typing_goes_on_while_files_are_read(talk, service, file) -> None:
    """Files are read in another thread than that of the chat."""
    file("a.txt")
    chat = chat_of(ScriptedView([]))
    threads = []

    def note(_: str) -> None:
        threads.append(threading.current_thread())

    async def look() -> None:
        chat.note = note  # what is shown is shown by the chat's own thread
        before = {each.name for each in threading.enumerate()}
        await prompt_of(Entry.of("@a.txt"), chat)
        await chat.world.aclose()
        assert {each.name for each in threading.enumerate()} - before

    asyncio.run(look())
    assert threads == [threading.main_thread()]


def test_chosen_file_goes_with_the_next_message_only(talk, service, file) -> None:
    """``/file`` attaches once; nothing is asked about a file that was named so."""
    file(".env", "A=1")

    view = talk("/file .env", "Explain", "More")

    assert view.shown[1] == "Attached: .env (3 bytes)\n"
    assert "File .env:\n```\nA=1\n```" in sent(service, 0)
    assert sent(service, 1) == "More"
    assert view.questions == []


def test_file_alone_lists_what_is_attached(talk, service, file) -> None:
    """Files and images are a line each, with their sizes."""
    file("a.txt", "abc")
    file("b.png", PNG)

    view = talk("/file", "/file a.txt", "/image b.png", "/file")

    assert view.shown[1] == "nothing is attached\n"
    assert view.last == "attached: a.txt (3 bytes)\nattached: b.png (48 bytes)\n"


def test_dash_takes_all_away(talk, service, file) -> None:
    """After ``/file -`` nothing goes with the next message."""
    file("a.txt", "canary")

    view = talk("/file a.txt", "/file -", "Hello")

    assert view.shown[2] == "nothing is attached\n"
    assert sent(service) == "Hello"


@pytest.mark.parametrize(
    "place", ["my notes.txt", "'my notes.txt'", '"my notes.txt"', "my\\ notes.txt", "file://{}"]
)
def test_path_may_be_quoted_escaped_or_dropped(talk, service, file, place) -> None:
    """A path is taken as a terminal pastes a file that is dropped on it."""
    path = file("my notes.txt", "canary")

    talk(f"/file {place.format(str(path).replace(' ', '%20'))}", "Read")

    assert "canary" in sent(service)


def test_home_folder_may_be_short(talk, service, file, monkeypatch) -> None:
    """``~`` is the home folder."""
    monkeypatch.setenv("HOME", str(file("a.txt", "canary").parent))

    talk("/file ~/a.txt", "Read")

    assert "canary" in sent(service)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("/file missing", "missing cannot be read: No such file or directory"),
        ("/file .", ". cannot be read: it is not a file"),
        ("/file pipe", "pipe cannot be read: it is not a file"),
        ("/file " + "x" * 5000, "cannot be read: File name too long"),
        ("/file a\0b", "cannot be read: "),
        ("/file a.bin", "a.bin is not UTF-8 text"),
        ("/file big", "big is too long"),
        ("/image a.txt", "a.txt is not an image: PNG, JPEG, GIF and WebP are known"),
        ("/image", "write /image FILE or /image URL"),
    ],
    ids=["missing", "folder", "pipe", "long", "nul", "binary", "big", "no image", "nothing"],
)
def test_file_that_cannot_be_used_is_one_line(talk, service, file, entry, message) -> None:
    """The line says what is wrong, and nothing is attached."""
    file("a.bin", b"\xff\x00\x01")
    file("a.txt", "text")
    file("big", b"x" * ((16 << 20) + 1))
    os.mkfifo("pipe")

    view = talk(entry, "/file")

    assert message in view.shown[1]
    assert view.shown[1].count("\n") == 1
    assert view.last == "nothing is attached\n"


def test_all_files_together_have_a_limit(talk, service, file) -> None:
    """What is attached already counts."""
    file("a", b"x" * (10 << 20))
    file("b", b"x" * (10 << 20))

    view = talk("/file a", "/file b", "@b")

    assert "b is too long: all files together" in view.shown[2]
    assert "b is too long: all files together" in view.shown[3]
    assert service.calls == []


def test_file_is_attached_once(talk, service, file) -> None:
    """A file that is attached, chosen again, and mentioned is sent once."""
    file("a.txt")

    view = talk("/file a.txt", "/file ./a.txt", "Read @a.txt")

    assert "goes with the next message already" in view.shown[2]
    assert sent(service).count("File ") == 1


def test_image_is_sent_as_an_image(talk, service, file) -> None:
    """``/image`` reads the file; the message has it before the text."""
    file("a.png", PNG)

    talk("/image a.png", "What is this?")

    image, text = service.calls[0].messages[-1].content
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    assert text["text"] == "What is this?"


def test_address_of_an_image_is_passed_on(talk, service) -> None:
    """Nothing is fetched here: the service reads the address."""
    view = talk("/image https://example.com/a.png", "What is this?")

    assert view.shown[1] == "Attached: https://example.com/a.png (an address)\n"
    image, _ = service.calls[0].messages[-1].content
    assert image["image_url"] == {"url": "https://example.com/a.png"}


def test_address_is_shown_without_credentials(talk, service) -> None:
    """A password and what follows the question mark are sent, and shown nowhere."""
    url = "https://me:canary@example.com/a.png?signature=canary"

    view = talk(f"/image {url}", "/file", "/status", "What is this?")

    assert view.shown[2] == "attached: https://example.com/a.png?... (an address)\n"
    assert "canary" not in view.text
    image, _ = service.calls[0].messages[-1].content
    assert image["image_url"] == {"url": url}


def test_very_long_path_is_shown_in_short(talk, service) -> None:
    """An image that was pasted as text instead of a path does not fill the screen."""
    view = talk("/image data:image/png;base64," + "A" * 5000)

    assert "cannot be read" in view.last
    assert len(view.last) < 300


def test_attached_file_stays_if_nothing_was_sent(talk, fake, file, settings) -> None:
    """After a hook has denied a message, its file goes with the next one."""
    deny = python("import sys; sys.exit(2 if 'bad' in sys.stdin.read() else 0)")
    settings(hooks=setting("UserPromptSubmit", hook(deny)))
    service = fake(FakeProvider("A"))
    file("a.txt", "canary")

    view = talk("/file a.txt", "bad", "good")

    assert back(view) == ["bad"]
    assert len(service.calls) == 1
    assert "canary" in sent(service)


def test_attached_file_stays_after_a_failure(talk, fake, file) -> None:
    """A message that nobody answered is not kept, so its file stays for the next one."""
    service = fake(FakeProvider(ProviderUnavailableError("down"), "A"))
    file("a.txt", "canary")

    talk("/file a.txt", "One", "Two")

    assert "canary" in sent(service, 1)


def test_attached_file_is_gone_after_a_part_of_an_answer(talk, fake, file) -> None:
    """An answer that was cut short is kept with its question, and so is the file."""
    cut = StreamInterruptedError("cut")
    service = fake(FakeProvider(["Bl", cut], "A"))
    file("a.txt", "canary")

    talk("/file a.txt", "One", "Two")

    assert sent(service, 1) == "Two"


def test_attached_file_is_gone_after_an_interruption(talk, fake, file) -> None:
    """Whoever stops an answer that was begun has sent the file."""
    service = fake(Pausing("Bl", "ue."))
    file("a.txt", "canary")

    view = talk("/file a.txt", "One", "Two", stop_at="Bl")

    assert view.shown[2] == "Bl\nstopped\n"
    assert sent(service, 1) == "Two"


def test_file_for_the_next_message_stays_while_the_last_is_asked_again(talk, service, file) -> None:
    """``/retry`` sends what it sent before, and no more."""
    file("a.txt", "one")
    file("b.txt", "two")

    talk("/file a.txt", "First", "/file b.txt", "/retry", "Next")

    assert ["one" in sent(service, number) for number in range(3)] == [True, True, False]
    assert ["two" in sent(service, number) for number in range(3)] == [False, False, True]


def test_name_of_a_file_writes_nothing_to_the_terminal(talk, service, file) -> None:
    """Control characters of names are shown nowhere, neither in questions."""
    file(".a\x1b[2Jb")

    view = talk("@.a\x1b[2Jb", "/file .a\x1b[2Jb", "/file", answers=[True])

    assert "\x1b" not in view.text + "".join(view.questions)


@pytest.mark.parametrize("length", [12, 300, 5_000])
def test_key_in_place_of_a_file_is_not_shown(talk, service, length) -> None:
    """What was pasted by mistake does not stand in the error, whatever its length."""
    view = talk(f"/file sk-proj-{'k' * length}")

    assert "looks like a key" in view.last
    assert "kkkk" not in view.text

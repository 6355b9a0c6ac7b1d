"""Completion in the input of the chat."""

import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.chat.history import History
from ollama_cli.chat.screen.editing.paths import MOST_FOUND, files, mention_in
from ollama_cli.inputs.mentions import with_mentions

from ._chat_input import BACKSPACE, DOWN, ENTER, ESC, OFFERS, UP, FixedOffers, Typist, typist

TAB = "\t"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The working folder, with some files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    for name in ("src/app.py", "src/api.py", "README.md", "read me.txt", ".hidden", "Über.md"):
        (tmp_path / name).write_text("")
    return tmp_path


def offered(chat: Typist) -> list[str]:
    """Return what the menu offers."""
    state = chat.editor.buffer.complete_state
    return [each.display_text for each in state.completions] if state else []


async def after(*keys: str, offers: FixedOffers = OFFERS) -> list[str]:
    """Return what the menu offers after these keys."""
    async with typist(offers=offers) as chat:
        await chat.type(*keys)
        await chat.until(lambda: offered(chat))
        return offered(chat)


async def test_commands_are_offered_while_typing() -> None:
    """A slash at the beginning opens the menu, with what each command does."""
    async with typist() as chat:
        await chat.type("/")
        await chat.until(lambda: "Choose who answers." in chat.screen)

        assert offered(chat) == ["/help", "/model", "/mode"]


@pytest.mark.parametrize("keys", ["a /", " /", "a\x1b\r/"])
async def test_a_slash_elsewhere_offers_nothing(keys) -> None:
    """A slash that is not the first character is text."""
    async with typist() as chat:
        await chat.type(keys, TAB, "x")

        assert offered(chat) == []


async def test_tab_completes_the_common_part() -> None:
    """Tab adds what all that is offered have in common, then goes through them."""
    async with typist() as chat:
        await chat.type("/m")
        await chat.until(lambda: len(offered(chat)) == 2)
        await chat.type(TAB)
        assert chat.text == "/mode"
        await chat.until(lambda: len(offered(chat)) == 2)
        await chat.type(TAB)

        assert chat.text in ("/mode", "/model")


async def test_tab_without_a_menu_completes() -> None:
    """Tab completes what was closed by Esc before."""
    async with typist() as chat:
        await chat.type("/he")
        await chat.until(lambda: offered(chat))
        await close(chat)
        await chat.type(TAB)
        await chat.until(lambda: chat.text == "/help")


async def close(chat: Typist) -> None:
    """Close the menu by Esc."""
    await chat.send(ESC)
    await chat.until(lambda: not offered(chat))


async def test_enter_takes_the_selected_one() -> None:
    """Enter on a selection closes the menu and sends nothing; the next Enter sends."""
    async with typist() as chat:
        await chat.type("/")
        await chat.until(lambda: offered(chat))
        await chat.type(DOWN, ENTER)
        assert (chat.text, offered(chat), chat.sent) == ("/help", [], [])
        await chat.type(ENTER)

        assert [entry.text for entry in chat.sent] == ["/help"]


async def test_enter_without_a_selection_sends() -> None:
    """An open menu in which nothing is selected does not keep Enter from sending."""
    async with typist() as chat:
        await chat.type("/mode")
        await chat.until(lambda: offered(chat))
        await chat.type(ENTER)

        assert [entry.text for entry in chat.sent] == ["/mode"]


async def test_escape_closes_the_menu() -> None:
    """Esc closes the menu, and takes back what was selected."""
    async with typist() as chat:
        await chat.type("/")
        await chat.until(lambda: offered(chat))
        await chat.type(DOWN)
        assert chat.text == "/help"
        await close(chat)

        assert chat.text == "/"


async def test_the_menu_follows_what_is_deleted() -> None:
    """Backspace opens the menu again, with what fits now."""
    async with typist() as chat:
        await chat.type("/hx", BACKSPACE)
        await chat.until(lambda: offered(chat) == ["/help"])
        await chat.type(BACKSPACE)
        await chat.until(lambda: len(offered(chat)) == 3)


async def test_values_are_found_by_some_letters() -> None:
    """What may follow a command is found by letters that occur in it."""
    assert await after("/model gpt120") == ["openai/gpt-oss-120b"]


async def test_a_value_is_completed() -> None:
    """Tab replaces the letters by the value."""
    async with typist() as chat:
        await chat.type("/model gpt120")
        await chat.until(lambda: offered(chat))
        await chat.type(TAB, ENTER, ENTER)

        assert [entry.text for entry in chat.sent] == ["/model openai/gpt-oss-120b"]


async def test_values_that_changed_are_offered() -> None:
    """After something was sent, values are asked for anew."""
    values: dict[str, Mapping[str, str]] = {"model": {"first": ""}}
    async with typist(offers=FixedOffers({"model": ""}, values)) as chat:
        await chat.type("/model f")
        await chat.until(lambda: offered(chat) == ["first"])
        values["model"] = {"fresh": ""}
        await chat.type(ENTER, "/model f")
        await chat.until(lambda: offered(chat) == ["fresh"])


async def test_names_with_control_characters_are_not_offered() -> None:
    """A name that would do something to the terminal is left out, and a description is cleaned."""
    offers = FixedOffers({"model": "\x1b[2Jlook"}, {"model": {"bad\x1b[2J": "", "good": "a\nb"}})
    assert await after("/model ", offers=offers) == ["good"]
    async with typist(offers=offers) as chat:
        await chat.type("/")
        await chat.until(lambda: "look" in chat.screen)


async def test_offers_that_fail_offer_nothing() -> None:
    """If values cannot be had, the input goes on without."""
    asked = []

    class Failing(FixedOffers):
        def values_of(self, command: str) -> Mapping[str, str]:
            asked.append(command)
            raise OSError("gone")

    async with typist(offers=Failing({"model": ""}, {})) as chat:
        await chat.type("/model x")
        await chat.until(lambda: asked)
        await chat.type(TAB, ENTER)

        assert [entry.text for entry in chat.sent] == ["/model x"]


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ("@", ["read me.txt", "README.md", "src/", "Über.md"]),
        ("Look at @r", ["read me.txt", "README.md"]),
        ("Look at @R", ["README.md"]),
        ("(@src/a", ["api.py", "app.py"]),
        ("@.", [".hidden"]),
        ("@./s", ["src/"]),
        ('@"read m', ["read me.txt"]),
        ("one\x1b\r@s", ["src/"]),
    ],
)
async def test_files_are_offered(keys, names) -> None:
    """After an ``@`` at the beginning of a word the files that fit are offered."""
    assert await after(keys) == names


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ("/file s", ["src/"]),
        ("/image src/a", ["api.py", "app.py"]),
        ("/file rea", ["read me.txt", "README.md"]),
        ("/FILE .h", [".hidden"]),
    ],
)
async def test_files_are_offered_after_commands_that_take_one(keys, names) -> None:
    """After ``/file`` and ``/image`` a path is completed without an ``@``."""
    assert await after(keys) == names


async def test_path_after_a_command_needs_no_quotes() -> None:
    """What is completed is the path as it is, also with spaces."""
    async with typist() as chat:
        await chat.type("/file read")
        await chat.until(lambda: offered(chat))
        await chat.type(DOWN)

        assert chat.text == "/file read me.txt"


async def test_an_absolute_path_is_completed(folder) -> None:
    """A path may begin anywhere in the file system."""
    assert await after(f"@{folder}/src/") == ["api.py", "app.py"]


async def test_no_file_is_offered_elsewhere() -> None:
    """An ``@`` within a word, and one that does not begin a path, opens nothing."""
    async with typist() as chat:
        await chat.type("me@s", TAB, " @@s", TAB, " @nothing", TAB)
        await chat.type("x")

        assert offered(chat) == []


async def test_a_folder_is_gone_into() -> None:
    """Enter on a folder offers what is in it."""
    async with typist() as chat:
        await chat.type("@s")
        await chat.until(lambda: offered(chat) == ["src/"])
        await chat.type(DOWN, ENTER)
        assert chat.text == "@src/"
        await chat.until(lambda: offered(chat) == ["api.py", "app.py"])


async def test_spaces_are_quoted() -> None:
    """A name with spaces is mentioned in quotes, which the chat understands."""
    async with typist() as chat:
        await chat.type("@read")
        await chat.until(lambda: offered(chat))
        await chat.type(DOWN, ENTER)

        assert chat.text == '@"read me.txt"'


async def test_old_entries_open_no_menu() -> None:
    """Going through the history is not kept up by a menu."""
    history = History(None)
    async with typist(history) as chat:
        await chat.type("first", ENTER, "/mode", ENTER)
        await chat.type(UP)
        assert chat.text == "/mode"
        await chat.type(UP)

        assert (chat.text, offered(chat)) == ("first", [])


def test_hostile_names_are_left_out(folder) -> None:
    """Names with control characters, line breaks and bytes that are not text are not offered."""
    for name in (b"x\x1b[2J", b"x\n", b"x\xff", "x\u202e".encode(), b'x " y', b"x ok"):
        (folder / os.fsdecode(name)).write_text("")

    assert found("@x") == ['@"x ok"']


def test_a_huge_folder_is_cut(folder) -> None:
    """Of a folder with very many files some are offered."""
    for number in range(MOST_FOUND + 50):
        (folder / "src" / f"n{number}").touch()

    assert len(found("@src/n")) == MOST_FOUND


def test_what_cannot_be_read_has_no_files(folder) -> None:
    """A folder that is missing, and a path that cannot be one, offer nothing."""
    assert found("@missing/") == found("@README.md/") == found("@a\0/b") == []


class Hanging:
    """A folder that is not read before it is released.

    Attributes:
        asked: set when it is to be read.
        released: lets it be read.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.released = threading.Event()


@pytest.fixture
def hanging(monkeypatch) -> Iterator[Hanging]:
    """Let the folder ``src`` hang."""
    folder = Hanging()
    scandir = os.scandir

    def slow(path: str) -> object:
        if path.endswith("src"):
            folder.asked.set()
            folder.released.wait()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", slow)
    yield folder
    folder.released.set()


async def test_a_folder_that_hangs_keeps_no_key_waiting(hanging) -> None:
    """While a folder is being read, what is typed arrives, and other folders are offered."""
    async with typist() as chat:
        await chat.type("@src/a")
        await chat.until(hanging.asked.is_set)
        await chat.type(" and more")
        assert chat.text == "@src/a and more"
        await chat.type(" @R")
        await chat.until(lambda: offered(chat) == ["README.md"])


async def test_tab_waits_for_a_slow_folder(hanging) -> None:
    """Tab that comes before the files are known completes as soon as they are."""
    async with typist() as chat:
        await chat.type("@src/ap", TAB)
        await chat.until(hanging.asked.is_set)
        assert chat.text == "@src/ap"
        hanging.released.set()
        await chat.until(lambda: chat.text == "@src/api.py")


def found(text: str) -> list[str]:
    """Return what the mention at the end of a text may become."""
    mention = mention_in(text)
    assert mention is not None
    return [each.mention for each in files(mention)]


class Mentioned:
    """Takes the paths that are mentioned."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def add_mentioned(self, path: str) -> bool:
        """Keep a path."""
        self.paths.append(path)
        return True


@given(st.text(st.sampled_from("a b@\"'.,()é"), min_size=1, max_size=6))
def test_what_is_offered_is_what_is_attached(tmp_path_factory, name) -> None:
    """A completed mention is read by the chat as the file that was offered."""
    folder = tmp_path_factory.mktemp("files")
    if name.strip(".") == "":
        return
    (folder / name).touch()
    begun = f'@"{folder}/{name[:1]}' if name[0] not in '"' else f"@{folder}/"
    for mention in found(begun):
        attached = Mentioned()
        with_mentions(f"see {mention} now", attached)
        assert attached.paths == [f"{folder}/{name}"]

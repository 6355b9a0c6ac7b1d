"""The status line of the chat: in the background, built in or the user's own."""

import asyncio
import time

import pytest
from ollama_cli.settings.files import Settings
from ollama_cli.status_lines.built_in import answer as answer_line
from ollama_cli.status_lines.facts import Facts, Spent
from ollama_cli.status_lines.lines import StatusLine
from provider_sdk.testing import FakeProvider

from ._chat_terminal import CTRL_C, ChatTerminal
from ._hooks import hook, setting
from ._processes import ends, is_running, pids_in
from ._project import trust_project, write_project
from ._settings import write_settings

FACTS = Facts(
    provider="hf",
    model="meta-llama/Llama-3.3-70B-Instruct",
    served_by="novita",
    turn=Spent(90, 10, "reported", 0.001),
    session=Spent(900, 100, "reported", 0.02),
    context_window=1000,
    duration_s=1.5,
    first_s=0.5,
)


@pytest.fixture
def script(tmp_path, settings):
    """Write an executable status line, and choose it."""

    def write(text: str) -> None:
        file = settings(status_line="mine").parent / "status_lines" / "mine"
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o700)

    return write


async def shown(chat) -> None:
    """Wait until there is a new status line."""
    before = len(chat.view.statuses)
    async with asyncio.timeout(10):
        while len(chat.view.statuses) == before:  # noqa: ASYNC110 - a view has no event for it
            await asyncio.sleep(0.01)


def test_it_says_who_will_be_asked(talk, fake) -> None:
    """Before the first answer, the provider and its model are known."""
    fake(FakeProvider())

    view = talk(shown)

    assert view.statuses == ["fake · fake-model"]


def test_it_says_who_answered_and_what_that_took(talk, fake) -> None:
    """After an answer, tokens and speed are added."""
    fake(FakeProvider("Blue."))

    view = talk(shown, "Why?", shown)

    parts = view.statuses[-1].split(" · ")
    assert parts[:2] == ["fake", "fake-model"]
    assert parts[2].endswith(" tokens")
    assert parts[3].endswith(" tokens/s")


def test_it_says_so_although_a_required_hook_fails(talk, fake, settings) -> None:
    """The answer was given all the same."""
    fake(FakeProvider("Blue."))
    settings(hooks=setting("PostResponse", hook("exit 1", required=True)))

    view = talk("Why?", shown)

    assert " tokens" in view.statuses[-1]


def test_it_says_who_will_be_asked_instead(talk, fake) -> None:
    """Another provider that is chosen in the chat is shown at once."""
    fake(FakeProvider("Blue."))
    fake(FakeProvider(default_model="red"), "other")

    view = talk("Why?", shown, "/provider other", shown)

    assert view.statuses[-1].startswith("other · red")


def test_it_is_not_awaited(talk, fake, script) -> None:
    """The next message is answered while one hangs."""
    service = fake(FakeProvider("Blue.", "Wet."))
    script("sleep 60")
    start = time.monotonic()

    view = talk("One", "Two")

    assert len(service.calls) == 2
    assert view.statuses == []
    assert time.monotonic() - start < 10


def test_one_that_hangs_is_ended_and_named(talk, fake, script, tmp_path) -> None:
    """What is wrong stands in its place, and nothing of it is left."""
    fake(FakeProvider("Blue."))
    pids = tmp_path / "pids"
    script(f"echo $$ >{pids}; sleep 60 & echo $! >>{pids}; wait")

    view = talk("One", shown)

    assert view.statuses[-1] == "[mine: it did not end within 1 s]"
    assert all(ends(pid) for pid in pids_in(pids, 2))


def test_leaving_ends_one_that_hangs(talk, fake, script, tmp_path) -> None:
    """It does not outlive the chat."""
    fake(FakeProvider("Blue."))
    pids = tmp_path / "pids"
    script(f"echo $$ >{pids}; sleep 60 & echo $! >>{pids}; wait")

    talk("One", lambda _: asyncio.to_thread(pids_in, pids, 2))

    assert all(ends(pid) for pid in pids_in(pids, 2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "printf 'a\\033[31mb\\033]0;title\\007\\342\\200\\256c\\rd\\033[2Je'; echo; echo two",
            "abcde",
        ),
        ("true", ""),
    ],
    ids=["much", "nothing"],
)
def test_what_it_prints_is_harmless(talk, fake, script, text, expected) -> None:
    """The view gets one line without escapes, as after a question without a chat."""
    fake(FakeProvider("Blue."))
    script(text)

    view = talk("One", shown)

    assert view.statuses[-1] == expected


def test_answers_in_quick_succession_run_it_for_the_last(talk, fake, script, tmp_path) -> None:
    """It is not run more often than once a second, and what stands there in the end is new."""
    fake(FakeProvider(*["Blue."] * 5))
    runs = tmp_path / "runs"
    script(f"cat >>{runs}; wc -l <{runs} | tr -d ' '")

    view = talk(shown, "One", "Two", "Three", "Four", shown)

    assert view.statuses == ["1", "2"]
    assert '"turn": null' not in runs.read_text().splitlines()[-1]


def test_one_that_is_chosen_meanwhile_is_shown(talk, fake, settings) -> None:
    """A setting that changes counts from the next message."""
    fake(FakeProvider("Blue.", "Wet."))

    view = talk("One", lambda _: settings(status_line="health"), "Two", shown)

    assert view.statuses[-1] == "fake ok"


def test_an_empty_list_shows_none(talk, fake, settings) -> None:
    """Who wants no line gets none."""
    fake(FakeProvider("Blue."))
    settings(status_line=[])

    view = talk("One", shown)

    assert set(view.statuses) == {""}


def test_project_that_changes_shows_its_line_no_longer(talk, fake, tmp_path, monkeypatch) -> None:
    """It is not run, and the built-in line stands there again."""
    fake(FakeProvider("Blue.", "Wet."))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    project = tmp_path / "home" / "work"
    write_project(project, {".ollama/status_lines/x": "#!/bin/sh\necho theirs"}, status_line="x")
    (project / ".ollama/status_lines/x").chmod(0o755)
    monkeypatch.chdir(project)
    trust_project(project)

    view = talk(
        "One",
        shown,
        lambda _: write_project(project, {".ollama/new.md": "x"}),
        "Two",
        shown,
    )

    assert view.statuses[0] == "theirs"
    assert view.statuses[-1].startswith("fake · fake-model")


def test_a_view_of_lines_shows_none_that_is_not_chosen(talk, fake) -> None:
    """There a status line would be one more line after each answer."""
    fake(FakeProvider("Blue."))

    view = talk("One", lambda _: asyncio.sleep(0.1), keeps_status=False)

    assert view.statuses == []


@pytest.mark.parametrize(
    "line",
    [
        "hf · meta-llama/Llama-3.3-70B-Instruct · by novita · 100 tokens (10 %) · $0.0200 · "
        "10 tokens/s",
        "hf · Llama-3.3-70B-Instruct · by novita · 100 tokens (10 %) · $0.0200 · 10 tokens/s",
        "hf · Llama-3.3-70B-Instruct · 100 tokens (10 %) · $0.0200 · 10 tokens/s",
        "hf · Llama-3.3-70B-Instruct · 100 tokens (10 %) · $0.0200",
        "hf · Llama-3.3-70B-Instruct · 100 tokens (10 %)",
        "Llama-3.3-70B-Instruct · 100 tokens (10 %)",
        "Llama-3.3-70B-Instruct · 10 %",
        "Llama-3.3-70B-Instruct",
    ],
)
def test_what_matters_least_is_left_out(line) -> None:
    """On a terminal that is just wide enough it stands whole, and one column less has less."""
    assert answer_line(FACTS, len(line)) == line
    assert len(answer_line(FACTS, len(line) - 1)) < len(line) or " · " not in line


async def test_built_in_line_leaves_room_for_a_program(script, tmp_path, monkeypatch) -> None:
    """It says less if another line needs a part of the width."""
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(tmp_path / "settings"))
    script("echo mine")

    line = StatusLine(Settings({"status_line": ["answer", "mine"]}))

    assert await line.render(FACTS, 50) == "Llama-3.3-70B-Instruct · 100 tokens (10 %) | mine"


def test_model_that_names_who_served_it() -> None:
    """It is not said twice."""
    facts = Facts(provider="hf", model="org/one:novita", served_by="novita")

    assert answer_line(facts, 80) == "hf · org/one:novita"


@pytest.mark.parametrize(("chosen", "lines"), [("tokens", 1), (None, 0)])
def test_chat_in_lines_shows_a_chosen_line(chatting, service, tmp_path, chosen, lines) -> None:
    """On a terminal it follows the answer, as after a question without a chat."""
    write_settings(tmp_path, status_line=chosen)
    with ChatTerminal(chatting, "--plain") as terminal:
        answer = service.answer()
        terminal.ask("Why?", answer)
        answer.say("Blue.").end()
        terminal.wait_for("Blue.")
        terminal.enter("/quit")
        assert terminal.finish() == 0

    assert terminal.text().count("3 in, 2 out") == lines


def test_typing_goes_on_while_a_line_hangs(chatting, service, tmp_path) -> None:
    """What is typed is on the screen before the line is ended."""
    pids, folder = tmp_path / "pids", write_settings(tmp_path, status_line="mine").parent
    (folder / "status_lines").mkdir(mode=0o700)
    file = folder / "status_lines" / "mine"
    file.write_text(f"#!/bin/sh\necho $$ >>{pids}\nexec sleep 60\n")
    file.chmod(0o700)
    with ChatTerminal(chatting) as terminal:
        terminal.ready()
        pid = pids_in(pids)[0]
        terminal.send("typed")
        terminal.wait_for("typed")
        assert is_running(pid)
        terminal.send(CTRL_C)
        terminal.wait_for("did not end within 1 s")
        terminal.leave()


def test_estimated_tokens_are_marked() -> None:
    """Nobody takes them for the figures of the service."""
    assert answer_line(Facts(provider="hf", turn=Spent(9, 1, "estimated")), 80).endswith(
        "~10 tokens"
    )


@pytest.mark.parametrize(
    ("facts", "speed"),
    [
        (Facts(turn=Spent(1, 10, "reported"), duration_s=2.5, first_s=0.5), 5.0),
        (Facts(turn=Spent(1, 10, "reported"), duration_s=2.5), 4.0),
        (Facts(turn=Spent(1, 10, "reported"), duration_s=2.5, first_s=2.4999), 4.0),
        (Facts(turn=Spent(1, 0, "reported"), duration_s=2.5), None),
        (Facts(duration_s=2.5), None),
    ],
)
def test_speed(facts, speed) -> None:
    """It is that of the writing; what came at once was made before."""
    assert facts.tokens_per_s == speed

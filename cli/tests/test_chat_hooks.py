"""Hooks in the chat: what they are told, what they deny, and that they fire once."""

import asyncio
import json
import signal
import subprocess

import pytest
from ollama_cli.hooks import DeniedByHookError
from provider_sdk import ProviderOverloadedError, StreamInterruptedError
from provider_sdk.testing import FakeProvider

from ._chat_terminal import CTRL_D, ChatTerminal
from ._hooks import hook, says, setting
from ._processes import ends, pids_in
from ._settings import write_settings


@pytest.fixture
def log(tmp_path):
    """Return a hook that notes what it is told, and what was noted of an event."""
    file = tmp_path / "log"

    class Log:
        hook = hook(f"cat >>{file}")

        def of(self, event: str) -> list[dict]:
            told = map(json.loads, file.read_text().splitlines()) if file.exists() else ()
            return [each for each in told if each["event"] == event]

    return Log()


def all_events(*hooks: dict) -> dict:
    """Return hooks at each event that a session begins or ends with."""
    return {**setting("SessionStart", *hooks), **setting("SessionEnd", *hooks)}


def asked(service) -> list[str]:
    """Return the newest message of each call."""
    return [call.messages[-1].text for call in service.calls]


def test_session_starts_and_ends_once(talk, settings, fake, log) -> None:
    """However many messages there are, and also if the input just ends."""
    fake(FakeProvider("Blue.", "Wet."))
    settings(hooks=all_events(log.hook))

    talk("One", "Two")

    assert [told["source"] for told in log.of("SessionStart")] == ["new"]
    assert [told["exit_code"] for told in log.of("SessionEnd")] == [0]


def test_session_ends_once_at_quit(talk, settings, fake, log) -> None:
    """Leaving by the slash command tells them the same."""
    fake(FakeProvider())
    settings(hooks=all_events(log.hook))

    talk("/quit", "Never read")

    assert len(log.of("SessionEnd")) == 1


def test_continued_session_is_resumed(talk, settings, fake, log) -> None:
    """Hooks are told whether there are earlier turns."""
    fake(FakeProvider("Blue."))
    talk("One")
    settings(hooks=all_events(log.hook))

    talk(newest=True)

    assert [told["source"] for told in log.of("SessionStart")] == ["resume"]


def test_start_without_hooks_can_not_be_stopped(talk, fake) -> None:
    """So Ctrl-C that is pressed early means what is typed, and does not end the chat."""
    fake(FakeProvider())

    view = talk()

    assert "hooks" not in view.worked


def test_context_of_the_start_goes_with_the_first_message(talk, settings, fake) -> None:
    """And with no other."""
    service = fake(FakeProvider("Blue.", "Wet."))
    settings(hooks=setting("SessionStart", hook(says('{"additional_context": "Monday"}'))))

    talk("One", "Two")

    assert asked(service) == ["One\n\nMonday", "Two"]


def test_context_waits_for_a_message_that_is_answered(talk, settings, fake) -> None:
    """A failure does not lose it."""
    service = fake(FakeProvider(ProviderOverloadedError("busy"), "Wet."))
    settings(hooks=setting("SessionStart", hook(says('{"additional_context": "Monday"}'))))

    talk("One", "Two")

    assert asked(service) == ["One\n\nMonday", "Two\n\nMonday"]


def test_context_that_is_in_the_conversation_is_not_added_again(talk, settings, fake) -> None:
    """A question whose answer broke is kept with it."""
    service = fake(FakeProvider(["Bl", StreamInterruptedError("cut")], "Wet."))
    settings(hooks=setting("SessionStart", hook(says('{"additional_context": "Monday"}'))))

    talk("One", "Two")

    sent = [message.text for message in service.calls[1].messages]
    assert (sent[0], sent[-1]) == ("One\n\nMonday", "Two")


def test_denied_start_ends_the_chat(talk, settings, fake, log) -> None:
    """No message is taken, the hooks are told of the end, and the exit code is 7."""
    fake(FakeProvider())
    denies = setting("SessionStart", hook("echo 'not today' >&2; exit 2"))
    settings(hooks={**denies, **setting("SessionEnd", log.hook)})

    with pytest.raises(DeniedByHookError, match="not today") as caught:
        talk("One")

    assert caught.value.exit_code == 7
    assert [told["exit_code"] for told in log.of("SessionEnd")] == [7]


def test_session_that_is_denied_leaves_the_one_before(talk, settings, fake, log, tmp_path) -> None:
    """It has ended for the hooks, so they are told that it begins again."""
    service = fake(FakeProvider("Blue.", "Wet."))
    runs = tmp_path / "runs"
    second = hook(f'echo >>{runs}; [ $(wc -l <{runs}) -ne 2 ] || {{ echo "enough" >&2; exit 2; }}')
    settings(hooks={**setting("SessionStart", log.hook, second), **setting("SessionEnd", log.hook)})

    view = talk("One", "/clear", "Two")

    assert "Error: denied by a hook: enough\n" in view.shown[2]
    assert [message.text for message in service.calls[1].messages] == ["One", "Blue.", "Two"]
    assert [each["source"] for each in log.of("SessionStart")] == ["new", "new", "resume"]
    assert len(log.of("SessionEnd")) == 2


def test_hooks_start_although_nobody_can_be_asked(talk, settings, fake, log) -> None:
    """A chat whose provider has no name that is known begins all the same."""
    settings(hooks=all_events(log.hook))

    view = talk(provider="nobody")

    assert "Error: " in view.text
    assert [told["provider"] for told in log.of("SessionStart")] == [None]
    assert len(log.of("SessionEnd")) == 1


@pytest.mark.parametrize("event", ["UserPromptSubmit", "PreRequest"])
def test_denied_message_goes_back_into_the_input(talk, settings, fake, event) -> None:
    """One line says why, nothing is sent, and the chat goes on."""
    service = fake(FakeProvider("Blue."))
    refuses = hook("""grep -q secret && { echo "it's secret" >&2; exit 2; }; exit 0""")
    settings(hooks=setting(event, refuses))

    view = talk("a secret", "Why?")

    assert asked(service) == ["Why?"]
    assert [entry.text for entry in view.back] == ["a secret"]
    assert view.shown[1] == "Error: denied by a hook: it's secret\n"
    assert view.last == "Blue.\n"


def test_required_hook_that_fails_after_the_answer_is_a_line(talk, settings, fake) -> None:
    """The answer is kept, the message does not go back, and the chat goes on."""
    service = fake(FakeProvider("Blue.", "Wet."))
    settings(hooks=setting("PostResponse", hook("exit 1", required=True)))

    view = talk("One", "Two")

    assert view.back == []
    assert "is required and failed: it exited with 1" in view.shown[1]
    assert [message.text for message in service.calls[1].messages] == ["One", "Blue.", "Two"]


def test_answer_that_a_required_hook_deplores_is_the_last(talk, settings, fake) -> None:
    """What is done with the last answer finds it."""
    fake(FakeProvider("Blue."))
    settings(hooks=setting("PostResponse", hook("exit 1", required=True)))

    view = talk("One")

    assert view.chat.newest.answer.response.text == "Blue."


def test_required_hook_that_fails_at_the_end_decides_the_exit_code(talk, settings, fake) -> None:
    """As after a question without a chat."""
    fake(FakeProvider())
    settings(hooks=setting("SessionEnd", hook("exit 1", required=True)))

    with pytest.raises(DeniedByHookError, match="is required and failed"):
        talk()


def test_error_is_told(talk, settings, fake, log) -> None:
    """Each failure is told once, and the chat goes on."""
    fake(FakeProvider(ProviderOverloadedError("busy"), "Wet."))
    settings(hooks=setting("Error", log.hook))

    talk("One", "Two")

    assert [told["error"]["type"] for told in log.of("Error")] == ["ProviderOverloadedError"]


def test_answer_is_told_once_per_message(talk, settings, fake, log) -> None:
    """What was told of an earlier answer is not told again."""
    fake(FakeProvider("Blue.", "Wet."))
    settings(hooks=setting("PostResponse", log.hook))

    talk("One", "Two")

    assert [told["text"] for told in log.of("PostResponse")] == ["Blue.", "Wet."]


def test_ctrl_c_stops_a_hook_that_hangs(talk, settings, fake, tmp_path) -> None:
    """Nothing of it is left, nothing is sent, and the chat goes on."""
    service = fake(FakeProvider("Blue."))
    pids = tmp_path / "pids"
    hangs = hook(f"grep -q hang && {{ echo $$ >{pids}; sleep 60 & echo $! >>{pids}; wait; }}")
    settings(hooks=setting("UserPromptSubmit", hangs))
    pressing = []

    async def press(chat) -> None:
        await asyncio.to_thread(pids_in, pids, 2)
        chat.view.stop()

    view = talk(
        lambda chat: pressing.append(asyncio.create_task(press(chat))),
        "hang",
        "Why?",
    )

    assert "stopped\n" in view.shown[1]
    assert all(ends(pid) for pid in pids_in(pids, 2))
    assert asked(service) == ["Why?"]


def test_hook_that_hangs_is_bounded(talk, settings, fake) -> None:
    """Its time is up, a line says so, and the message is sent."""
    service = fake(FakeProvider("Blue."))
    settings(hooks=setting("UserPromptSubmit", hook("sleep 60", timeout=0.2)))

    view = talk("Why?")

    assert "did not end within 0.2 s" in view.last
    assert asked(service) == ["Why?"]


def test_no_hook_runs_with_the_option(talk, settings, fake, log) -> None:
    """Neither at the beginning, nor for a message, nor at the end."""
    fake(FakeProvider("Blue."))
    settings(hooks={**all_events(log.hook), **setting("PreRequest", log.hook)})

    talk("Why?", no_hooks=True)

    assert [log.of(event) for event in ("SessionStart", "PreRequest", "SessionEnd")] == [[]] * 3


@pytest.mark.parametrize(
    ("leave", "code"),
    [
        (lambda terminal: terminal.send(CTRL_D), 0),
        (lambda terminal: terminal.enter("/quit"), 0),
        (lambda terminal: terminal.kill(signal.SIGTERM), 143),
        (lambda terminal: terminal.hang_up(), 129),
    ],
    ids=["Ctrl-D", "quit", "SIGTERM", "closed terminal"],
)
@pytest.mark.parametrize("options", [(), ("--plain",)], ids=["screen", "lines"])
def test_session_ends_once_however_it_is_left(chatting, tmp_path, leave, code, options) -> None:
    """The hooks are told the exit code."""
    file = tmp_path / "log"
    write_settings(tmp_path, hooks=setting("SessionEnd", hook(f"cat >>{file}")))

    with ChatTerminal(chatting, *options) as terminal:
        terminal.ready()
        terminal.wait_for("Answers: hf")
        leave(terminal)
        assert terminal.process.wait(20) == code

    (told,) = map(json.loads, file.read_text().splitlines())
    # A terminal that is closed is the end of the input, too, and that may be noticed first.
    assert told["exit_code"] in ((0, code) if code == 129 else (code,))


def test_signal_does_not_cut_what_hooks_do_at_the_end(chatting, tmp_path) -> None:
    """They are told of the end once, and may finish; a second signal would end them."""
    begun, done = tmp_path / "begun", tmp_path / "done"
    slow = hook(f"touch {begun}; sleep 0.5; touch {done}")
    write_settings(tmp_path, hooks=setting("SessionEnd", slow))

    with ChatTerminal(chatting, "--plain") as terminal:
        terminal.wait_for("Answers: hf")
        terminal.send(CTRL_D)
        terminal.read_until(begun.exists)
        terminal.kill(signal.SIGTERM)

    assert done.exists()


def test_session_ends_once_at_the_end_of_input(chatting, service, tmp_path) -> None:
    """A pipe that ends leaves the chat as Ctrl-D does."""
    file = tmp_path / "log"
    write_settings(tmp_path, hooks=all_events(hook(f"cat >>{file}")))

    result = chatting.run("chat", stdin=subprocess.DEVNULL)

    assert result.returncode == 0
    told = list(map(json.loads, file.read_text().splitlines()))
    assert [each["event"] for each in told] == ["SessionStart", "SessionEnd"]
    assert told[-1]["exit_code"] == 0


def test_denied_start_exits_with_7(chatting, tmp_path) -> None:
    """The reason is one line."""
    denies = hook("echo 'not today' >&2; exit 2")
    write_settings(tmp_path, hooks=setting("SessionStart", denies))

    result = chatting.run("chat", stdin=subprocess.DEVNULL)

    assert (result.returncode, result.stdout) == (7, "")
    assert result.stderr.count("denied by a hook: not today") == 1


@pytest.mark.parametrize("options", [(), ("--plain",)], ids=["screen", "lines"])
def test_leaving_while_the_start_is_told_is_no_error(chatting, tmp_path, options) -> None:
    """Ctrl-D stops a hook of the beginning that hangs, and the exit code is 0."""
    file = tmp_path / "begun"
    slow = hook(f"touch {file}; sleep 30", timeout=60)
    write_settings(tmp_path, hooks=setting("SessionStart", slow))

    with ChatTerminal(chatting, *options) as terminal:
        terminal.read_until(file.exists)
        assert terminal.leave() == 0

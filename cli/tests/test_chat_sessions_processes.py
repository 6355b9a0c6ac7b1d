"""Chats and other processes: kills lose no turn, and several may use one session at once."""

import json
import random
import signal
import subprocess
import time

import pytest

from ._router import Exchange, Router
from ._shell import Shell, finish

HF = ("--provider", "hf")


class Talk:
    """A chat in a process of its own.

    Args:
        shell: starts the command.
        arguments: those of ``chat``.
    """

    def __init__(self, shell: Shell, *arguments: str) -> None:
        self.process = shell.start("chat", *arguments, stdin=subprocess.PIPE)

    def say(self, text: str) -> str:
        """Send a line, and return the line that comes."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def leave(self) -> str:
        """End the input; return what was told besides answers."""
        result = finish(self.process)
        assert result.returncode == 0, result.stderr
        return result.stderr

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.communicate()


def contents(own: Shell) -> list[str]:
    """Return the texts of the newest session."""
    listed = json.loads(own.run("sessions", "--format", "json").stdout)["sessions"]
    shown = own.run("sessions", "show", listed[0]["id"], "--format", "json").stdout
    return [each["content"] for each in json.loads(shown)["messages"]]


def last_request(router: Router) -> list[str]:
    """Return the texts of the last request."""
    return [each["content"] for each in router.exchanges[-1].body["messages"]]


def test_killed_chat_is_resumed_with_every_turn(own, router) -> None:
    """What was answered is there; a question whose answer had only begun is not."""
    first = Talk(own, *HF)
    assert [first.say("1"), first.say("2")] == ["Blue.\n", "Blue.\n"]

    @router.chat
    def write_on(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("Begun\n")
        exchange.wait_until_closed()

    first.say("3")
    first.kill()
    router.chat(blue)
    second = Talk(own, "-c")
    second.say("4")
    second.leave()

    assert last_request(router) == ["1", "Blue.", "2", "Blue.", "4"]
    assert contents(own) == ["1", "Blue.", "2", "Blue.", "4", "Blue."]


def blue(exchange: Exchange) -> None:
    """Answer a stream."""
    exchange.begin_stream()
    exchange.send_text("Blue.")
    exchange.end_stream()


@pytest.mark.parametrize("seed", range(3))
def test_kill_at_any_moment_loses_no_answer(own, seed) -> None:
    """Every answer that was shown to its end is stored once, beside its question, and no other."""
    dice = random.Random(seed)
    shown: list[str] = []
    for life in range(4):
        talk = Talk(own, *HF, *(["-c"] if shown else []))
        for number in range(dice.randrange(1, 4)):
            shown.append(f"{life}.{number}")
            assert talk.say(shown[-1]) == "Blue.\n"
        assert talk.process.stdin is not None
        talk.process.stdin.write("unanswered\n")
        talk.process.stdin.flush()
        time.sleep(dice.uniform(0, 0.05))
        talk.kill()

    stored = contents(own)
    assert [text for text in stored[::2] if text != "unanswered"] == shown
    assert set(stored[1::2]) == {"Blue."}
    assert len(stored) % 2 == 0


def test_two_chats_on_one_session(own, router) -> None:
    """Each sends what the other has added, and no turn is stored twice or lost."""
    first = Talk(own, *HF)
    first.say("1")
    second = Talk(own, *HF, "-c")
    for number in range(2, 6, 2):
        assert second.say(f"{number}") == "Blue.\n"
        assert first.say(f"{number + 1}") == "Blue.\n"
    told = first.leave() + second.leave()

    assert told == ""
    assert last_request(router)[::2] == ["1", "2", "3", "4", "5"]
    assert contents(own)[::2] == ["1", "2", "3", "4", "5"]


def test_question_beside_a_chat(own, router) -> None:
    """``run -c`` in another terminal goes on in the chat's session, and the chat knows it."""
    chat = Talk(own, *HF)
    chat.say("1")
    own.run(*HF, "-c", "2")
    chat.say("3")
    chat.leave()

    assert last_request(router) == ["1", "Blue.", "2", "Blue.", "3"]
    assert contents(own)[::2] == ["1", "2", "3"]


def test_stopped_answer_is_resumed_as_far_as_it_came(own, router) -> None:
    """Ctrl-C stores what had arrived, and the next process sends it."""
    chat = Talk(own, *HF)

    @router.chat
    def write_on(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("Begun\n")
        exchange.wait_until_closed()

    assert chat.say("1") == "Begun\n"
    chat.process.send_signal(signal.SIGINT)
    finish(chat.process)
    router.chat(blue)
    own.run(*HF, "-c", "2")

    assert last_request(router) == ["1", "Begun\n", "2"]

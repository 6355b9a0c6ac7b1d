"""A service whose answers the test conducts, piece by piece."""

import socket
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Event
from typing import Any

from ._router import PATIENCE_S, Exchange, Router, answer_blue


class Answer:
    """An answer to one call, which goes on when the test says so.

    Attributes:
        asked: set when the call has come.
        closed: set when the client has closed the connection; to notice it takes ``wait_closed``.
        body: what was asked.
    """

    def __init__(self) -> None:
        self.asked = Event()
        self.closed = Event()
        self.body: dict[str, Any] = {}
        self._steps: SimpleQueue[Callable[[Exchange], object]] = SimpleQueue()
        self._streams = False
        self._over = False

    def say(self, *texts: str) -> "Answer":
        """Send pieces of the answer."""
        for text in texts:
            self._do(lambda exchange, text=text: exchange.send_text(text))
        return self

    def think(self, text: str) -> "Answer":
        """Send a piece of the reasoning."""
        return self._do(lambda exchange: exchange.send_reasoning(text))

    def end(self) -> "Answer":
        """Send the end."""
        self._do(Exchange.end_stream)
        return self._finish()

    def cut(self) -> "Answer":
        """Close the connection before the end."""

        def close(exchange: Exchange) -> None:
            exchange.connection.shutdown(socket.SHUT_RDWR)

        self._do(close)
        return self._finish()

    def refuse(self, status: int, message: str = "no") -> "Answer":
        """Answer with an error."""
        self._steps.put(lambda exchange: exchange.reply(status, {"error": {"message": message}}))
        return self._finish()

    def wait_closed(self) -> "Answer":
        """Wait for the client to close the connection."""
        self._do(Exchange.wait_until_closed)
        self._steps.put(lambda _: self.closed.set())
        return self._finish()

    def stay_silent(self) -> "Answer":
        """Send nothing until the client closes the connection."""
        self._steps.put(Exchange.wait_until_closed)
        self._steps.put(lambda _: self.closed.set())
        return self._finish()

    def wait_asked(self) -> "Answer":
        """Return when the call has come."""
        assert self.asked.wait(PATIENCE_S), "nothing was asked"
        return self

    @property
    def heard(self) -> list[tuple[str, str]]:
        """Who said what, in the messages that were sent."""
        return [(each["role"], text_of(each)) for each in self.body["messages"]]

    def play(self, exchange: Exchange) -> None:
        """Do what the test says, to the end."""
        self.body = exchange.body
        self.asked.set()
        try:
            while not self._over or not self._steps.empty():
                self._steps.get(timeout=PATIENCE_S)(exchange)
        except ConnectionError:  # the client may leave whenever it likes
            self.closed.set()

    def _do(self, step: Callable[[Exchange], object]) -> "Answer":
        def begun(exchange: Exchange) -> None:
            if not self._streams:
                self._streams = True
                exchange.begin_stream()
            step(exchange)

        self._steps.put(begun)
        return self

    def _finish(self) -> "Answer":
        self._over = True
        self._steps.put(lambda _: None)  # wakes what waits for the next step
        return self


class Conducted(Router):
    """A service that answers each call as the test says, and ``Blue.`` when it says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._next: SimpleQueue[Answer] = SimpleQueue()
        self._other = answer_blue
        self.chat(self._play)

    def answer(self) -> Answer:
        """Return the answer to the next call that has none yet."""
        made = Answer()
        self._next.put(made)
        return made

    def refuse(self, status: int, message: str = "no") -> None:
        """Answer every call that has no answer of its own with an error from now on."""
        self._other = lambda exchange: exchange.reply(status, {"error": {"message": message}})

    def recover(self) -> None:
        """Answer ``Blue.`` again."""
        self._other = answer_blue

    @property
    def asked(self) -> list[list[tuple[str, str]]]:
        """The messages of each call."""
        calls = [each.body for each in self.exchanges if "messages" in each.body]
        return [[(each["role"], text_of(each)) for each in body["messages"]] for body in calls]

    def _play(self, exchange: Exchange) -> None:
        if self._next.empty():
            with suppress(ConnectionError):
                self._other(exchange)
        else:
            self._next.get().play(exchange)


def said(service: Conducted) -> list[str]:
    """Return the newest message of each call."""
    return [call[-1][1] for call in service.asked]


def text_of(message: dict[str, Any]) -> str:
    """Return the text of a message as it was sent."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)

"""The pictures of the terminal: ``ollama-cli`` in a shell, and the chat; a script answers."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from provider_conformance import Service, find_harness
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires import Answer, SeenChat, Tokens

from tools.site.page import ROOT, Page
from tools.site.terminal import Keys, Line, draw, record

_COLUMNS = {"wide": 76, "narrow": 42}


class _Picture(NamedTuple):
    """What is recorded.

    Attributes:
        title: what the picture shows, for those who do not see it.
        steps: what is typed.
        rows: how high the terminal is, as far as the program that runs asks.
    """

    title: str
    steps: Sequence[str | Keys]
    rows: int = 100


_PICTURES = {
    "session": _Picture(
        "A terminal: ollama-cli asks Hugging Face why the sky is blue, and then about sunset",
        (
            "ollama-cli --provider hf health",
            'ollama-cli --provider hf "Why is the sky blue?"',
            'ollama-cli -c "And at sunset?"',
        ),
    ),
    "chat": _Picture(
        "A terminal: a chat about the sky, with an answer of Hugging Face, a slash command, and "
        "the input with the status bar below it",
        (
            Keys("ollama-cli chat --provider hf\r", "/help shows"),
            Keys("Why is the sky blue?\r", "Rayleigh scattering"),
            Keys("/copy\r", "copied"),
            Keys("And at sunset?", "And at sunset?"),
        ),
    ),
}
_ANSWERS = {
    "And at sunset?": "The light comes a **longer way** through the air. Most of the blue has been "
    "scattered out of it, so orange and red are left.",
    "Why is the sky blue?": "Air scatters **short waves** of light more than long ones:\n\n"
    "- blue reaches you from every part of the sky;\n"
    "- red goes straight on.\n\n"
    "This is called *Rayleigh scattering*.",
}
_KEY = "hf_not-a-real-token"


def pages() -> Iterator[Page]:
    """Yield each picture for wide windows, and for narrow ones."""
    for what, picture in _PICTURES.items():
        for name, columns in _COLUMNS.items():
            drawn = draw(_recorded(picture, columns), columns, picture.title)
            yield Page(f"assets/recorded/{what}-{name}.svg", drawn)


def _recorded(picture: _Picture, columns: int) -> list[Line]:
    harness, _ = find_harness("hf", ROOT)
    service = Service(harness.wire, _KEY, random.Random(1), _answer)
    with SocketDriver(service) as driver, tempfile.TemporaryDirectory() as home:
        commands = Path(sys.executable).parent
        # A shell of the user's own could be set up to show anything; this one knows nothing of it.
        environment = {
            "HOME": home,
            "PATH": os.pathsep.join([str(commands), os.defpath]),
            **harness.variables(driver.address, _KEY),
        }
        return record(picture.steps, columns, environment, picture.rows)


def _answer(chat: SeenChat) -> Answer:
    asked = next(message.text for message in reversed(chat.messages) if message.role == "user")
    pieces = [f"{word} " for word in _ANSWERS[asked].split(" ")]
    read = sum(len(message.text.split()) for message in chat.messages)
    return Answer(pieces, usage=Tokens(read, len(pieces), read + len(pieces)))

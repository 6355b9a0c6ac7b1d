"""The pictures of the terminal: ``ollama-cli`` in a shell, asking a scripted service."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from provider_conformance import Service, find_harness
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires import Answer, SeenChat, Tokens

from tools.site.page import ROOT, Page
from tools.site.terminal import Line, draw, record

_TITLE = "A terminal: ollama-cli asks Hugging Face why the sky is blue, and then about sunset"
_COLUMNS = {"wide": 76, "narrow": 42}
_COMMANDS = (
    "ollama-cli --provider hf health",
    'ollama-cli --provider hf "Why is the sky blue?"',
    'ollama-cli -c "And at sunset?"',
)
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
    """Yield a picture for wide windows and one for narrow ones."""
    for name, columns in _COLUMNS.items():
        picture = draw(_recorded(columns), columns, _TITLE)
        yield Page(f"assets/recorded/session-{name}.svg", picture)


def _recorded(columns: int) -> list[Line]:
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
        return record(_COMMANDS, columns, environment)


def _answer(chat: SeenChat) -> Answer:
    asked = next(message.text for message in reversed(chat.messages) if message.role == "user")
    pieces = [f"{word} " for word in _ANSWERS[asked].split(" ")]
    read = sum(len(message.text.split()) for message in chat.messages)
    return Answer(pieces, usage=Tokens(read, len(pieces), read + len(pieces)))

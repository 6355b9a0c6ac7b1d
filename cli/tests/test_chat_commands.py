"""Slash commands, and what is a message."""

import pytest
from provider_sdk.testing import FakeProvider


def test_message_is_answered(talk, fake) -> None:
    """What is not a slash command goes to the provider."""
    service = fake(FakeProvider("Blue."))

    view = talk("Why?")

    assert service.calls[0].messages[-1].text == "Why?"
    assert view.last == "Blue.\n"


@pytest.mark.parametrize("text", ["/usr/bin/env is what?", "/1 is a number", " /help me"])
def test_path_is_a_message(talk, fake, text) -> None:
    """A text that only looks like a slash command is sent."""
    service = fake(FakeProvider("Blue."))

    talk(text)

    assert service.calls[0].messages[-1].text == text

"""The credential is found by value, in whatever place and form it shows."""

import logging
import sys
import warnings
from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote

import pytest
from provider_conformance import run
from provider_conformance.lab._secrets import secret_forms
from provider_conformance.zoo import HARNESS, ReferenceProvider

HARMLESS = "PC-CHAT-001"


class Leaky(ReferenceProvider):
    """Knows its credential where its subclasses can reach it."""

    def __init__(self, *, api_key=None, **config):
        super().__init__(api_key=api_key, **config)
        self.key = api_key

    async def chat(self, *args, **kwargs):
        """Leak, and answer."""
        self.leak()
        return await super().chat(*args, **kwargs)

    def leak(self):
        """Show the credential somewhere."""


class Shows(Leaky):
    """Shows it in its own name."""

    def __str__(self):
        return f"provider with {self.key}"


class Pickles(Leaky):
    """Takes it along when it is pickled."""

    def __reduce__(self):
        return str, (self.key,)


class Logs(Leaky):
    """Logs it in the text of a record."""

    def leak(self):
        """Log."""
        logging.getLogger("leaky").debug("sent %s", self.key)


class LogsBeside(Leaky):
    """Logs it beside the text of a record."""

    def leak(self):
        """Log."""
        logging.getLogger("leaky").debug("sent", extra={"headers": {"authorization": self.key}})


class Prints(Leaky):
    """Prints it."""

    def leak(self):
        """Print."""
        sys.stderr.write(f"{self.key}\n")


class Warns(Leaky):
    """Warns of it."""

    def leak(self):
        """Warn."""
        warnings.warn(f"{self.key} expires soon", stacklevel=2)


class AnswersWithIt(Leaky):
    """Puts it among the warnings of an answer."""

    async def chat(self, *args, **kwargs):
        """Answer with too much."""
        return replace(await super().chat(*args, **kwargs), warnings=(f"used {self.key}",))


@pytest.mark.parametrize(
    ("provider", "place"),
    [
        (Shows, "str(provider)"),
        (Pickles, "a pickled provider"),
        (Logs, "a log record"),
        (LogsBeside, "a log record"),
        (Prints, "what was printed"),
        (Warns, "a warning"),
        (AnswersWithIt, "a response"),
    ],
)
def test_each_place_is_searched(provider, place):
    """A check that is about something else fails for the credential, and says where it shows."""
    result = run(replace(HARNESS, provider=provider), seed=7, only=[HARMLESS]).results[0]
    assert result.status == "fail"
    assert f"it shows in {place}" in result.message


def test_failure_message_does_not_repeat_it():
    """The message about a leak leaves the credential out."""
    result = run(replace(HARNESS, provider=Shows), seed=7, only=["PC-SECRET-001"]).results[0]
    assert "[credential]" in result.message
    assert "canary-" not in result.message


def test_encoded_forms_are_known():
    """A credential is recognised percent-encoded, in base64 and in a repr."""
    secret = "canary/1+2=\n"
    assert {
        secret,
        quote(secret, safe=""),
        b64encode(secret.encode()).decode().rstrip("="),
        "canary/1+2=\\n",
    } <= set(secret_forms(secret))

"""A failure that any check can meet is told as what it is, with the check for it."""

import asyncio
import json
import os
from dataclasses import replace

import pytest
from provider_conformance import all_checks
from provider_conformance._runner import run_check
from provider_conformance.lab import _subjects
from provider_conformance.lab._isolation import isolated_environment
from provider_conformance.lab._subjects import Subject
from provider_conformance.reports._causes import section
from provider_conformance.zoo import HARNESS, ReferenceProvider
from provider_sdk import OpenAIDialect, ProviderError


class Base(ReferenceProvider):
    """The reference, for the faults below."""

    def __init__(self, **config):
        super().__init__(**config)
        self.key = config.get("api_key")


class ShowsInRepr(Base):
    """Shows its credential in its repr."""

    def __repr__(self):
        return f"Provider({self.key})"


class Prints(Base):
    """Prints its credential."""

    async def chat(self, *args, **options):
        """Print, then answer."""
        print(self.key)
        return await super().chat(*args, **options)


class Raises(Base):
    """Raises what is not a ProviderError."""

    async def chat(self, *args, **options):
        """Look for a key that is not there."""
        return {}["choices"]


class RaisesInDialect(Base):
    """Has a dialect that looks for a key that is not there."""

    class _Dialect(OpenAIDialect):
        def parse_chat(self, call, reply):
            return {}["choices"]

        def stream_decoder(self, call):
            return DecoderThatRaises()

    dialect = _Dialect()


class DecoderThatRaises:
    """A decoder that cannot read anything."""

    def feed(self, data):
        """Parse text that is not JSON."""
        return json.loads("{")


class Hangs(Base):
    """Waits for what never comes."""

    async def chat(self, *args, **options):
        """Wait."""
        await asyncio.Event().wait()


class Exits(Base):
    """Ends its process."""

    async def chat(self, *args, **options):
        """End."""
        os._exit(3)


class CancelsItsCaller(Base):
    """Cancels the task that calls."""

    async def chat(self, *args, **options):
        """Cancel."""
        asyncio.current_task().cancel()
        await asyncio.sleep(0)


class AsksElsewhere(Base):
    """Asks at a path that the service does not have."""

    def __init__(self, **config):
        config["base_url"] = config["base_url"].replace("/v1", "/v2")
        super().__init__(**config)


class SeesThoughItSaysItDoesNot(Base):
    """Sends images although it does not declare that."""

    capabilities = ReferenceProvider.capabilities - {"images"}

    async def chat(self, messages, model=None, stream=False, **options):
        """Send them as a provider that declares them."""
        async with ReferenceProvider(api_key=self.key, base_url=self.base_url) as other:
            return await other.chat(messages, model, stream, **options)


class AnswersWrongly(Base):
    """Answers every call with another text."""

    async def chat(self, *args, **options):
        """Change the text."""
        return replace(await super().chat(*args, **options), text="no")


def failure_of(provider, id="PC-CHAT-009"):
    """Return the result of one check on a provider."""
    harness = replace(HARNESS, provider=provider)
    with isolated_environment():
        result = run_check(harness, all_checks()[id], 3, "respx", patience_s=1)
    assert result.message
    return result


@pytest.mark.parametrize(
    ("provider", "id", "rule", "named"),
    [
        (ShowsInRepr, "PC-CHAT-009", "A credential shows nowhere", "explain PC-SECRET-001"),
        (Prints, "PC-CHAT-009", "A credential shows nowhere", "explain PC-SECRET-004"),
        (Raises, "PC-CHAT-009", "Nothing but ProviderError", "explain PC-ERROR-024"),
        (Hangs, "PC-CHAT-009", "Every call ends", "explain PC-TIMEOUT-001"),
        (Exits, "PC-CHAT-009", "A provider leaves its process", "explain PC-CHAT-009"),
        (CancelsItsCaller, "PC-CHAT-009", "A provider cancels only", "explain PC-LIFE-013"),
        (AsksElsewhere, "PC-CHAT-009", "Requests go to the paths", "docs dialect"),
        (SeesThoughItSaysItDoesNot, "PC-CHAT-006", "A call that needs a capability", "PC-CHAT-006"),
        (AnswersWrongly, "PC-ERROR-001", "A plain exchange succeeds", "explain PC-CHAT-001"),
    ],
)
def test_rule_and_fix_are_about_what_went_wrong(provider, id, rule, named):
    """Rule, fix and the way on speak of the fault, and not of the check that met it."""
    result = failure_of(provider, id)
    check = all_checks()[id]
    assert section(result, "rule").startswith(rule)
    assert section(result, "fix") != check.fix
    assert section(result, "more").endswith(named)
    assert f"--only {id} " in section(result, "run again")


def test_failure_of_the_checks_own_rule_speaks_of_it():
    """Rule and fix are the check's own if its own rule is broken."""
    result = failure_of(AnswersWrongly, "PC-CHAT-001")
    check = all_checks()["PC-CHAT-001"]
    assert (section(result, "rule"), section(result, "fix")) == (check.rule, check.fix)


def test_stray_exception_names_the_authors_line():
    """The place of an exception is the last line of the author's own code."""
    assert failure_of(Raises).message.count("KeyError: 'choices' in chat (test_subjects.py:") == 1


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("PC-CHAT-001", "(KeyError: 'choices') in parse_chat (test_subjects.py:"),
        ("PC-STREAM-001", "(char 1)). Ask again. in feed (test_subjects.py:"),
        ("PC-ERROR-001", "(KeyError: 'choices') in parse_chat (test_subjects.py:"),
    ],
)
def test_exception_in_a_dialect_names_the_authors_line(id, said):
    """What the SDK made of a dialect's exception is told with the line of the dialect."""
    assert section(failure_of(RaisesInDialect, id), "actual").count(said) == 1


class MadeUp(Base):
    """Writes notes of its own on its errors."""

    async def chat(self, *args, **options):
        """Let the SDK raise, and add to that."""
        try:
            return await super().chat("no messages")
        except ProviderError as error:
            error.__notes__ = [7, "raised in x", "raised in \x1b[2J (a:1)\n", "x" * 9999]
            raise


def test_notes_of_others_are_left_out():
    """Only the SDK's own note is a place."""
    assert "raised in" not in failure_of(MadeUp).message


def test_subjects_name_checks_that_exist():
    """Every check that a subject leads to can be explained."""
    subjects = [value for value in vars(_subjects).values() if isinstance(value, Subject)]
    subjects += _subjects._REFUSED.values()
    named = {subject.check for subject in subjects} | set(_subjects._LEAKS.values())
    assert named - {""} - set(all_checks()) == set()

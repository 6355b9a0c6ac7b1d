"""ERROR: calls that are wrong before they are sent, and calls after a failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from provider_sdk import (
    BaseProvider,
    ProviderAuthError,
    ProviderError,
    ProviderRequestError,
    ProviderUnavailableError,
)

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.errors import only_provider_errors, raises_exactly
from provider_conformance.lab.everything import all_options, rich_conversation
from provider_conformance.lab.replies import reply_broken_off, web_page
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Reply


@check("PC-ERROR-028")
async def complete_fails_as_chat(lab: Lab) -> None:
    """complete() raises what chat() raises.

    Rule: complete() raises the same errors as chat(), and never returns one as text.
    Why: A script that asks for one word must not print "Error: 500" as the answer.
    How: Completes a prompt, then has the service reject, fail, and refuse the connection.
    Fix: Let complete() call chat(), and catch nothing.
    """
    provider = lab.provider()
    await _require_completion(lab, provider)
    meant: Mapping[ErrorKind, type[ProviderError]] = {
        "auth": ProviderAuthError,
        "bad_request": ProviderRequestError,
        "server": ProviderUnavailableError,
    }
    for kind, error in meant.items():
        lab.service.reply_always(Failure(kind, lab.text()), "chat")
        call = provider.complete(lab.text(), lab.harness.model)
        await raises_exactly(lab, error, call, f"complete() that fails with {kind}")
    lab.service.reply_always(Reply(head="refuse"), "chat")
    call = provider.complete(lab.text(), lab.harness.model)
    await lab.raises(ProviderUnavailableError, call, "complete() that is refused")


@check("PC-ERROR-029")
async def no_message_is_refused(lab: Lab) -> None:
    """A conversation without messages is refused before anything is sent.

    Rule: An empty conversation raises ProviderRequestError, and no request is sent.
    Why: Some services answer it with nonsense, and bill the nonsense.
    How: Makes an exchange, then asks with no messages, streamed too if the provider streams.
    Fix: Check the messages before you build the request.
    """
    await _require_refusals(lab, {"a call without messages": []})


@check("PC-ERROR-030")
async def odd_message_is_refused(lab: Lab) -> None:
    """A malformed message is refused before anything is sent.

    Rule: A message with an unknown role, without a role, with content that is neither text nor
    parts, or that is not a message at all raises ProviderRequestError, and no request is sent.
    Why: Services report such a mistake late, each in other words, or guess what was meant.
    How: Makes an exchange, then sends each kind of malformed message after a good one.
    Fix: Check each message before you build the request, and name its position.
    """
    wizard = f"wizard-{lab.rng.getrandbits(20)}"
    await _require_refusals(
        lab,
        {
            "a message with an unknown role": [
                *lab.user_message(),
                {"role": wizard, "content": "hi"},
            ],
            "a message without a role": [*lab.user_message(), {"content": lab.text()}],
            "a message whose content is a number": [
                *lab.user_message(),
                {"role": "user", "content": 7},
            ],
            "a part of an unknown type": [{"role": "user", "content": [{"type": "smell"}]}],
            "a text instead of a message": [*lab.user_message(), lab.text()],
            "a text instead of messages": lab.text(),
        },
    )


@check("PC-ERROR-060")
async def half_a_character_does_no_harm(lab: Lab) -> None:
    """A text that no encoding can express is sent in some way, or refused.

    Rule: A text with half of a surrogate pair is sent, escaped or with a sign in its place, or the
    call raises ProviderError; no UnicodeError leaves the provider.
    Why: Texts that were cut in the middle of a character come from files, terminals and models.
    How: Makes an exchange, then sends such a text with chat(), complete() and a stream.
    Fix: Encode the request with errors="replace", or raise ProviderRequestError if it fails.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    text = f"{lab.text()}\ud83d{lab.text()}"
    turn = [{"role": "user", "content": text}]
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "chat()": lambda: lab.chat(provider, turn),
        "complete()": lambda: provider.complete(text, lab.harness.model),
    }
    if "streaming" in lab.capabilities:
        calls["a stream"] = lambda: lab.stream(provider, turn)
    for name, call in calls.items():
        await only_provider_errors(lab, call(), f"{name} with half a character")


@check("PC-ERROR-031")
async def failure_concerns_one_call(lab: Lab) -> None:
    """A call after a failure is answered as if nothing had happened.

    Rule: A failed call leaves nothing behind: the next one on the same provider is sent as it is
    and answered in full, streamed too.
    Why: Half-read connections and flags that stay set show only in the call after next.
    How: After each of several failures the same provider is asked again, streamed and not, and with
    the conversation and options of a call before, whose requests are compared.
    Fix: Keep what belongs to a call in the call; close the connection of a broken answer.
    """
    provider, messages, options = lab.provider(), rich_conversation(lab), all_options(lab)
    await lab.chat(provider, messages, **options)
    expected = lab.last_chat()
    failures = (
        Failure("server", lab.text()),
        Failure("context_length", lab.text()),
        Failure("rate_limit", lab.text()),
        Failure("overloaded", lab.text()),
        web_page(200, "Welcome"),
        Reply(head="reset"),
        reply_broken_off(lab),
    )
    for failure in failures:
        lab.service.reply_next(failure)
        await lab.raises(ProviderError, lab.chat(provider), "a call that fails")
        await _require_answer(lab, provider)
        await lab.chat(provider, messages, **options)
        lab.equal("the request after a failure", expected, lab.last_chat())


async def _require_answer(lab: Lab, provider: BaseProvider) -> None:
    for streamed in (False, True) if "streaming" in lab.capabilities else (False,):
        answer = lab.answer()
        lab.service.reply_next(answer)
        call = lab.stream(provider) if streamed else lab.chat(provider)
        outcome = await lab.outcome(call)
        response = outcome[1] if isinstance(outcome, tuple) else outcome
        text = getattr(response, "text", response)
        lab.equal("the answer to a call after one that failed", answer.text, text)


async def _require_completion(lab: Lab, provider: BaseProvider) -> None:
    answer = lab.answer()
    lab.service.reply_next(answer)
    text = await provider.complete(lab.text(), lab.harness.model)
    lab.equal("the result of complete()", answer.text, text)


async def _require_refusals(lab: Lab, cases: Mapping[str, Any]) -> None:
    """Fail unless each of these conversations is refused and none is sent."""
    provider = lab.provider()
    await lab.must_succeed(provider)
    before = len(lab.service.exchanges)
    for what, messages in cases.items():
        await lab.raises(ProviderRequestError, lab.chat(provider, messages), what)
        if "streaming" in lab.capabilities:
            stream = lab.open_stream(provider, messages)
            await lab.raises(ProviderRequestError, stream, f"{what}, streamed")
        sent = len(lab.service.exchanges) - before
        lab.equal(f"requests sent for {what}", 0, sent)

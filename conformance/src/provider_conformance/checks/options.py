"""OPTIONS, one by one: each reaches the service as it was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provider_sdk import (
    ChatResponse,
    ProviderRequestError,
    ProviderWarning,
    UnsupportedCapabilityError,
)

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.payload import options
from provider_conformance.lab.sending import require_turns, sent_in_each_form
from provider_conformance.wires._traits import ALL_EFFORTS

_LIMIT = 1234


async def _require_sent(lab: Lab, name: str, *values: Any) -> None:
    """Fail unless each value of an option reaches the service as it was given."""
    provider = lab.provider()
    for value in values:
        sent = await sent_in_each_form(lab, provider=provider, **{name: value})
        for form, chat in sent.items():
            lab.equal(f"{name} in the request, {form}", value, chat.options.get(name))


async def _require_sampling_option(lab: Lab, name: str, *values: float) -> None:
    provider = lab.provider()
    for value in values:
        given: dict[str, Any] = {name: value}
        _require_sent_or_dropped(lab, name, value, await lab.chat(provider, **given))
        if "streaming" in lab.capabilities:
            _, response = await lab.stream(provider, **given)
            _require_sent_or_dropped(lab, name, value, response)


def _require_sent_or_dropped(lab: Lab, name: str, value: float, response: ChatResponse) -> None:
    sent = lab.last_chat().options
    if name in lab.wire.traits.forbidden:
        lab.true(f"{name} in the request", name not in sent, "to be left out", sent)
        _require_dropping_told(lab, name, response)
    else:
        found = sent.get(name)
        # JSON has one kind of number: 1 is 1.0.
        found = float(found) if type(found) is int else found
        lab.equal(f"{name} in the request", value, found)
        lab.equal("response.warnings", [], list(response.warnings))


def _require_dropping_told(lab: Lab, name: str, response: ChatResponse) -> None:
    is_told = any(name in warning for warning in response.warnings)
    lab.true("response.warnings", is_told, f"to tell that {name} was dropped", response.warnings)
    warned = [
        str(w.message) for w in lab.captured.warnings if issubclass(w.category, ProviderWarning)
    ]
    is_told = any(name in warning for warning in warned)
    lab.true("warnings", is_told, f"a ProviderWarning that names {name}", warned)


@check("PC-OPTIONS-001")
async def temperature_is_sent_or_said(lab: Lab) -> None:
    """A temperature is sent as given, or the caller is told that it was dropped.

    Rule: temperature reaches the service; if the protocol forbids it, it is dropped with a
    ProviderWarning and a line in response.warnings.
    Why: Answers that should be steady are not, and no error shows it.
    How: Asks with a temperature of 0, of 1, over 1 and with many digits, streamed too if the
    provider streams, and reads the request, the answer and the warnings.
    Fix: Put the value into the request; list what the protocol forbids in forbidden_sampling.
    """
    await _require_sampling_option(lab, "temperature", *options.temperatures(lab.rng))


@check("PC-OPTIONS-002")
async def top_p_is_sent_or_said(lab: Lab) -> None:
    """top_p is sent as given, or the caller is told that it was dropped.

    Rule: top_p reaches the service; if the protocol forbids it, it is dropped with a
    ProviderWarning and a line in response.warnings.
    Why: With temperature, it decides how steady answers are.
    How: Asks with a top_p of 0, of 1 and with many digits, streamed too if the provider
    streams, and reads the request, the answer and the warnings.
    Fix: Put the value into the request; list what the protocol forbids in forbidden_sampling.
    """
    await _require_sampling_option(lab, "top_p", *options.shares(lab.rng))


@check("PC-OPTIONS-003")
async def max_tokens_is_sent(lab: Lab) -> None:
    """max_tokens is sent as given.

    Rule: max_tokens reaches the service in the protocol's field for it, with its value.
    Why: It bounds the bill; a cap of the provider's own cuts answers.
    How: Asks with the smallest and with a large limit, streamed too if the provider streams,
    and reads the requests.
    Fix: Put the value into the request; do not clamp it.
    """
    await _require_sent(lab, "max_tokens", *options.limits(lab.rng, lab.wire.traits.least_tokens))


@check("PC-OPTIONS-004", needs=["stop"])
async def stop_texts_are_sent(lab: Lab) -> None:
    """Several stop texts are all sent.

    Rule: A list of stop texts reaches the service whole and in order.
    Why: A model that does not stop writes the user's next turn itself.
    How: Asks with lists and a tuple of one to six texts, with line breaks and characters outside
    ASCII, streamed too if the provider streams, and reads the requests.
    Fix: Send the list in the protocol's field for it; let the service refuse what is too much.
    """
    provider = lab.provider()
    for texts in options.stops(lab.rng):
        sent = await sent_in_each_form(lab, provider=provider, stop=texts)
        for form, chat in sent.items():
            found = _as_list(chat.options.get("stop"))
            lab.equal(f"stop in the request, {form}", list(texts), found)


@check("PC-OPTIONS-005", needs=["stop"])
async def one_stop_text_is_one_text(lab: Lab) -> None:
    """A single stop text is sent as one text.

    Rule: stop may be a text; it is sent as that text, or as a list of that one text.
    Why: list("END") is three stop texts of one letter each.
    How: Asks with one random text, streamed too if the provider streams, and reads the requests.
    Fix: Write [stop] if the protocol wants a list.
    """
    text = f"\n{payload.word(lab.rng)}:"
    for form, chat in (await sent_in_each_form(lab, stop=text)).items():
        found = _as_list(chat.options.get("stop"))
        lab.equal(f"stop in the request, {form}", [text], found)


@check("PC-OPTIONS-006", needs=["seed"])
async def seed_is_sent(lab: Lab) -> None:
    """A seed is sent as given.

    Rule: seed reaches the service with its value; one that is too large for the protocol is refused
    with ProviderRequestError before any request.
    Why: Without it no answer can be repeated, and with another seed it is another answer.
    How: Makes an exchange, asks with 0, a random seed, and seeds over 31 and 53 bits, streamed too
    if the provider streams, and reads the requests.
    Fix: Send it, or leave "seed" out of capabilities.
    """
    largest = lab.wire.traits.largest_seed
    await _require_sent(lab, "seed", *options.seeds(lab.rng, largest))
    if largest < options.LARGEST_SEED:
        before = lab.request_count()
        call = lab.chat(lab.provider(), seed=options.LARGEST_SEED)
        await lab.raises(ProviderRequestError, call, f"a call with a seed over {largest}")
        lab.equal("requests of a refused call", 0, lab.request_count() - before)


@check("PC-OPTIONS-009", needs=["reasoning"])
async def reasoning_effort_is_sent(lab: Lab) -> None:
    """reasoning_effort is sent as given.

    Rule: Every word of reasoning_effort that the protocol has reaches the service; for any other
    word the provider sends one that the protocol has, or refuses the call.
    Why: It decides about price and quality more than any other option.
    How: Makes an exchange, asks with every word, streamed too if the provider streams, and reads
    the requests.
    Fix: Send it, or leave "reasoning" out of capabilities.
    """
    known = sorted(lab.wire.traits.efforts) if lab.wire.traits.steers_reasoning else []
    await _require_sent(lab, "reasoning_effort", *known)
    provider = lab.provider()
    for effort in sorted(ALL_EFFORTS.difference(known)):
        before = lab.request_count()
        outcome = await lab.outcome(lab.chat(provider, reasoning_effort=effort))
        what = f"reasoning_effort {effort!r}"
        if isinstance(outcome, ChatResponse):
            sent = lab.last_chat().options
            lab.true(f"{what} in the request", "reasoning_effort" in sent, "some effort", sent)
        else:
            lab.instance(f"the error about {what}", UnsupportedCapabilityError, outcome)
            lab.equal("requests of a refused call", 0, lab.request_count() - before)


@check("PC-OPTIONS-013")
async def extra_headers_are_sent(lab: Lab) -> None:
    """extra_headers are headers of the request.

    Rule: extra_headers are added to the provider's own, credential included.
    Why: Tracing, tenants and beta features of services travel in headers.
    How: Calls without, then with several random headers, streamed too if the provider streams,
    and compares the requests.
    Fix: Merge the option into the headers of this request.
    """
    given, provider, messages = options.headers(lab.rng), lab.provider(), lab.user_message()
    await sent_in_each_form(lab, messages, provider)
    plain = lab.service.requests()
    forms = await sent_in_each_form(lab, messages, provider, extra_headers=given)
    requests = lab.service.requests()[len(plain) :]
    for form, before, request in zip(forms, plain, requests, strict=True):
        for name, value in {**before.headers, **given}.items():
            lab.equal(f"the header {name}, {form}", value, request.headers.get(name.lower()))
        sent = lab.service.accepts(request)
        lab.true(f"the credential, {form}", sent, "to be sent as well", "none or another")


@check("PC-OPTIONS-014")
async def extra_body_is_merged(lab: Lab) -> None:
    """extra_body adds fields to the request's body.

    Rule: The fields of extra_body are in the body, beside all that the provider put there, and
    in place of a field of the same name.
    Why: It is the way to whatever the contract has no option for.
    How: Calls with fields that hold all that JSON can, then with those that the provider sends
    itself for the limit and the model, streamed too if the provider streams, and reads the
    requests.
    Fix: Merge the option into the body last.
    """
    provider, given, messages = lab.provider(), options.fields(lab.rng), lab.user_message()
    plain = await sent_in_each_form(lab, messages, provider, max_tokens=_LIMIT)
    # Where limit and model have fields of their own in the body, others can take their place.
    others = {
        _LIMIT: _LIMIT + 1,
        lab.harness.model: f"{lab.harness.model}:{lab.rng.randint(2, 99)}",
    }
    body = {name: v for name, v in plain["whole"].body.items() if isinstance(v, int | str)}
    given |= {name: others[value] for name, value in body.items() if value in others}
    sent = await sent_in_each_form(lab, messages, provider, max_tokens=_LIMIT, extra_body=given)
    for form, chat in sent.items():
        for name, value in given.items():
            lab.equal(f"the field {name}, {form}", value, chat.body.get(name, "not sent"))
        require_turns(lab, f"the message beside it, {form}", messages, chat)


def _as_list(stop: str | Sequence[str] | None) -> list[str]:
    return [stop] if isinstance(stop, str) else list(stop or ())

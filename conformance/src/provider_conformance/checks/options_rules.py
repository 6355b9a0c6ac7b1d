"""OPTIONS, all together: what holds for every one of them."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from provider_sdk import OPTION_NAMES, ChatResponse, ProviderTimeoutError

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.everything import (
    all_options,
    other_forms,
    rich_conversation,
)
from provider_conformance.lab.sending import require_turns, sent_in_each_form
from provider_conformance.lab.waiting import within
from provider_conformance.wires._script import Reply

_PLAIN = frozenset(
    {"temperature", "top_p", "max_tokens", "seed", "reasoning_effort", "tool_choice"}
)


def _unrequested_options(lab: Lab) -> dict[str, Any]:
    """Return the options in the last request, without those that the protocol always sends."""
    always = lab.wire.traits.always_sent
    sent = lab.last_chat().options
    return {name: value for name, value in sent.items() if name not in always}


@check("PC-OPTIONS-010")
async def absent_options_are_absent(lab: Lab) -> None:
    """A call without options sends none.

    Rule: An option that was not given is not in the request, except if the protocol demands it.
    Why: A default of the provider's own overrides the service's, and breaks models that reject it.
    How: Calls without options, streaming too if the provider streams, and reads the requests.
    Fix: Send only what the caller gave.
    """
    provider = lab.provider()
    await lab.chat(provider)
    lab.equal("options in a request that was given none", {}, _unrequested_options(lab))
    if "streaming" in lab.capabilities:
        await lab.stream(provider)
        lab.equal(
            "options in a request for a stream that was given none", {}, _unrequested_options(lab)
        )


@check("PC-OPTIONS-011")
async def none_means_absent(lab: Lab) -> None:
    """An option that is None is an absent option.

    Rule: None leaves an option to the service: nothing is sent for it, and it needs no capability.
    Why: Callers pass their own unset settings through; strict services reject null.
    How: Calls with every option None, streamed too if the provider streams, and reads the
    requests.
    Fix: Drop options that are None before anything else looks at them.
    """
    provider, nothing = lab.provider(), dict.fromkeys(sorted(OPTION_NAMES))
    await lab.chat(provider, **nothing)
    lab.equal("options in a request that was given None", {}, _unrequested_options(lab))
    if "streaming" in lab.capabilities:
        await lab.stream(provider, **nothing)
        lab.equal(
            "options in a request for a stream that was given None", {}, _unrequested_options(lab)
        )


@check("PC-OPTIONS-012")
async def timeout_bounds_this_call(lab: Lab) -> None:
    """A timeout bounds the call that it was given to, and no other.

    Rule: timeout= is the deadline of this call in place of the provider's.
    Why: A user interface cannot wait for two minutes, a batch can.
    How: Makes an exchange, calls with a short timeout while the service is silent, streamed too
    if the provider streams, then without one while it takes longer than that.
    Fix: Let the option replace the provider's timeout for the call; keep it off the provider.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    calls: list[Callable[..., Awaitable[object]]] = [lab.chat]
    if "streaming" in lab.capabilities:
        calls.append(lab.open_stream)
    for call in calls:
        lab.service.reply_next(Reply(head="hang"))
        what = "the end of a call with timeout=0.3"
        await within(what, lab.raises(ProviderTimeoutError, call(provider, timeout=0.3), what))
    answer = lab.answer()
    lab.service.reply_next(
        lambda request: replace(lab.service.reply_for(answer, request), delay=0.5)
    )
    later = await lab.outcome(lab.chat(provider))
    lab.instance("a later call without timeout", ChatResponse, later)


@check("PC-OPTIONS-015")
async def unknown_options_are_errors(lab: Lab) -> None:
    """An unknown option raises TypeError, names the nearest, and sends nothing.

    Rule: An option outside the contract is a TypeError whose text names the one that was meant.
    Why: A misspelt option that is accepted does nothing, for months.
    How: Makes an exchange, then calls chat, streamed too, and complete with one letter of an option
    left out.
    Fix: Check options with provider_sdk.adapting.checked_options() before anything else.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    before = len(lab.service.exchanges)
    name = lab.rng.choice(["temperature", "max_tokens", "response_format", "reasoning_effort"])
    gap = lab.rng.randrange(1, len(name) - 1)
    wrong: dict[str, Any] = {f"{name[:gap]}{name[gap + 1 :]}": 1}
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "chat()": lambda: lab.chat(provider, **wrong),
        "complete()": lambda: provider.complete("a", **wrong),
        "a call with None": lambda: lab.chat(provider, **dict.fromkeys(wrong)),
    }
    if "streaming" in lab.capabilities:
        calls["chat(stream=True)"] = lambda: lab.open_stream(provider, **wrong)
    for what, call in calls.items():
        error = await lab.raises(TypeError, call(), f"{what} with an unknown option")
        lab.true(f"the error of {what}", name in str(error), f"to name {name}", str(error))
    lab.equal("requests with an unknown option", 0, len(lab.service.exchanges) - before)


@check("PC-OPTIONS-016", needs=["streaming"])
async def streams_send_the_same(lab: Lab) -> None:
    """A call for a stream sends the same options, messages and model.

    Rule: stream=True changes how the answer comes, not what is asked.
    Why: The two paths are often written twice, and one is forgotten.
    How: Makes calls with a long conversation and all options at once both ways, and compares the
    requests.
    Fix: Build the request in one place for both.
    """
    provider, messages = lab.provider(), rich_conversation(lab)
    name, value = (f"x-{payload.word(lab.rng)}" for _ in range(2))
    extra: dict[str, Any] = {"extra_headers": {name: value}, "extra_body": {name: value}}
    first = all_options(lab)
    for options in (first, other_forms(lab, first)):
        await lab.chat(provider, messages, **options, **extra)
        whole = lab.last_chat()
        for option, given in options.items():
            sent = whole.options.get(option)
            what = f"{option} in the request"
            if option in _PLAIN:
                lab.equal(what, given, sent)
            else:
                lab.true(what, sent, "to be sent", whole.options)
        require_turns(lab, "turns of the request", messages, whole)
        await lab.stream(provider, messages, **options, **extra)
        streamed = lab.last_chat()
        lab.equal("options of the request for a stream", whole.options, streamed.options)
        lab.equal("messages of the request for a stream", whole.messages, streamed.messages)
        lab.equal("model of the request for a stream", whole.model, streamed.model)
        header = lab.service.requests()[-1].headers.get(name)
        lab.equal("the extra header of the request for a stream", value, header)
        lab.equal("the extra field of the request for a stream", value, streamed.body.get(name))


@check("PC-OPTIONS-020")
async def complete_sends_options(lab: Lab) -> None:
    """complete() sends the options that it was given.

    Rule: complete takes the options of chat, and they reach the service alike.
    Why: A second path to the same service forgets what the first one learned.
    How: Completes with many options and compares the request with that of chat.
    Fix: Pass **options on to chat.
    """
    provider, options = lab.provider(), all_options(lab)
    await lab.chat(provider, **options)
    expected = lab.last_chat().options
    for name in options:
        lab.true(f"{name} in the request", name in expected, "to be sent", expected)
    before = lab.request_count()
    await provider.complete(lab.text(), lab.harness.model, **options)
    lab.equal("requests of complete()", 1, lab.request_count() - before)
    lab.equal("options of the request of complete()", expected, lab.last_chat().options)


@check("PC-OPTIONS-017")
async def options_do_not_stick(lab: Lab) -> None:
    """The options of a call are forgotten with it.

    Rule: A call sends its own options and nothing of earlier calls.
    Why: A limit that was meant for a title cuts the next answer.
    How: Calls with many options, then without any, then with others, and reads the requests; those
    with others must be what a new provider sends.
    Fix: Keep options in local variables, never on the provider.
    """
    provider, options = lab.provider(), all_options(lab)
    header, field = f"x-kit-{payload.word(lab.rng)}", f"x_{payload.word(lab.rng)}"
    await lab.chat(provider, extra_headers={header: "1"}, extra_body={field: 1}, **options)
    for name in options:
        sent = lab.last_chat().options
        lab.true(f"{name} in the request", name in sent, "to be sent", sent)
    await lab.chat(provider)
    lab.equal("options in the request of the next call", {}, _unrequested_options(lab))
    request = lab.service.requests()[-1]
    lab.true("the next call's headers", header not in request.headers, f"no {header}", header)
    lab.true("the next call's body", field not in lab.last_chat().body, f"no {field}", field)
    others = all_options(lab)
    await lab.chat(provider, **others)
    sent = lab.last_chat().options
    await lab.chat(lab.provider(), **others)
    lab.equal("other options in the request of a later call", lab.last_chat().options, sent)


@check("PC-OPTIONS-018")
async def option_objects_are_never_changed(lab: Lab) -> None:
    """A call changes nothing in the options that it was given.

    Rule: Lists and dicts given as options are after a call what they were before.
    Why: Tools and schemas are constants of the application, used in every call.
    How: Calls with nested options, streaming too if the provider streams, and compares them
    with a deep copy made before.
    Fix: Build the request from new dicts; never pop or rewrite in the caller's.
    """
    provider = lab.provider()
    options = {
        **all_options(lab),
        "extra_headers": {"x-kit": "1"},
        "extra_body": {"x_kit": {"a": [1]}},
    }
    before = copy.deepcopy(options)
    await lab.must_succeed(provider)
    await lab.chat(provider, **options)
    lab.equal("the caller's options after a call", before, options)
    if "streaming" in lab.capabilities:
        await lab.stream(provider, **options)
        lab.equal("the caller's options after a stream", before, options)


@check("PC-OPTIONS-019")
async def zero_is_a_value(lab: Lab) -> None:
    """An option of value zero is sent.

    Rule: 0 is a value like any other; only None and absence leave an option out.
    Why: Temperature 0 asks for the steadiest answers; `if temperature:` loses it.
    How: Asks with temperature 0, top_p 0 and seed 0, as far as the provider takes them, and with
    a zero in extra_body, streamed too if the provider streams.
    Fix: Compare with None, do not test for truth.
    """
    sampling = {"temperature": 0.0, "top_p": 0.0}
    zeros: dict[str, Any] = {
        n: value for n, value in sampling.items() if n not in lab.wire.traits.forbidden
    }
    if "seed" in lab.capabilities:
        zeros["seed"] = 0
    sent = await sent_in_each_form(lab, extra_body={"x_zero": 0}, **zeros)
    for form, chat in sent.items():
        found = {name: chat.options.get(name) for name in zeros}
        lab.equal(f"zeros in the request, {form}", zeros, found)
        lab.equal(f"the zero in extra_body, {form}", 0, chat.body.get("x_zero"))

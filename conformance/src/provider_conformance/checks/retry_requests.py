"""RETRY: a retry is the same request, and what was answered and billed is not sent again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, ProviderError

from provider_conformance._check import check
from provider_conformance._service import Scripted
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import chat_calls
from provider_conformance.lab.everything import all_options, rich_conversation
from provider_conformance.lab.expected import require_answer
from provider_conformance.lab.payload.failures import request_id
from provider_conformance.lab.reading import read_stream
from provider_conformance.lab.replies import malformed_replies, reply_broken_off, web_page
from provider_conformance.lab.waiting import fast_forward
from provider_conformance.wires._answer import Failure
from provider_conformance.wires._script import Close, Reset, SeenRequest

# Clients count their attempts, and number and date their requests.
_VARYING = re.compile("retry|attempt|request-id|trace|date|^authorization$|signature")


@check("PC-RETRY-021")
async def retry_repeats_the_request(lab: Lab) -> None:
    """A retry sends the same request again.

    Rule: A retry has the body, the address, the headers and the credential of the first attempt;
    headers that count, date or sign attempts may differ. It asks for a stream if the first did.
    Why: A body that was consumed by the first attempt, or changed by it, asks something else; with
    another idempotency key the service cannot know that it is the same.
    How: Calls with a long conversation, every option and headers of the caller, streamed and not;
    the service is overloaded twice, and all requests are compared.
    Fix: Build the request once, and keep its bytes and headers.
    """
    provider = lab.provider(max_retries=2)
    messages, options = rich_conversation(lab), all_options(lab)
    headers = {f"x-{payload.word(lab.rng)}": payload.mixed_case(lab.rng)}
    for stream in (False, True) if "streaming" in lab.capabilities else (False,):
        form, before = "stream" if stream else "call", lab.request_count()
        failure = Failure("overloaded", lab.text())
        lab.service.reply_next(failure, failure, lab.answer())
        ask = lab.stream if stream else lab.chat
        call = ask(provider, messages, extra_headers=headers, **options)
        await lab.outcome(fast_forward(lab, call))
        sent = lab.service.requests()[before:]
        lab.equal(f"requests for a {form} that was overloaded twice", 3, len(sent))
        for again in sent[1:]:
            what = f"the retry of a {form}"
            lab.equal(f"the body of {what}", _body_text(sent[0]), _body_text(again))
            lab.equal(f"the address of {what}", _target_of(sent[0]), _target_of(again))
            lab.equal(f"the headers of {what}", _steady_headers(sent[0]), _steady_headers(again))
            accepted = lab.service.accepts(again)
            lab.true(f"the credential of {what}", accepted, "the one given", "another")


@check("PC-RETRY-070")
async def last_attempt_is_told_of(lab: Lab) -> None:
    """What a call returns or raises after retries is that of its last attempt.

    Rule: After retries every field of the answer is from the attempt that was answered; if none
    was, the message and request_id of the error are from the last attempt.
    Why: Support looks for the id of an exchange, and finds one that was refused.
    How: The service is overloaded twice under different ids, then answers or fails for the last
    time, whole and streamed. A protocol without ids is tried without.
    Fix: Read the facts of an exchange from that exchange; keep none of them across attempts.
    """
    provider = lab.provider(max_retries=2)
    for form in ("whole", "streamed") if "streaming" in lab.capabilities else ("whole",):
        answer = lab.answer(**_id_of_exchange(lab))
        for last in (answer, _named_failure(lab)):
            lab.service.reply_next(_named_failure(lab), _named_failure(lab), last)
            call = lab.chat(provider) if form == "whole" else _streamed_response(lab, provider)
            outcome = await lab.outcome(fast_forward(lab, call))
            what = f"the {form} call that was overloaded twice"
            if isinstance(last, Failure):
                lab.instance(f"the outcome of {what}, and again", ProviderError, outcome)
                assert isinstance(outcome, ProviderError)
                id = last.request_id or None
                lab.equal(f"error.request_id of {what}", id, outcome.request_id)
                said = last.message in str(outcome)
                lab.true(f"the error of {what}", said, f"to hold {last.message!r}", outcome)
            else:
                lab.instance(f"the outcome of {what}", ChatResponse, outcome)
                assert isinstance(outcome, ChatResponse)
                require_answer(lab, form, answer, outcome)


def _named_failure(lab: Lab) -> Failure:
    return Failure("overloaded", lab.text(), **_id_of_exchange(lab))


def _id_of_exchange(lab: Lab) -> dict[str, Any]:
    return {"request_id": request_id(lab.rng)} if lab.wire.traits.names_exchange else {}


async def _streamed_response(lab: Lab, provider: BaseProvider) -> ChatResponse:
    _, response = await lab.stream(provider)
    return response


@check("PC-RETRY-024")
async def broken_answer_is_not_sent_again(lab: Lab) -> None:
    """A success that cannot be read is not asked for again.

    Rule: Once the head of a successful reply is here, nothing is sent again: not if the answer
    is garbage, breaks off, or is a stream that ends before its first event.
    Why: The service has done the work and bills it, and does and bills it again for each attempt.
    How: With retries allowed, has the service send each kind of garbage, answers that break off,
    and streams that end at once, and counts the requests.
    Fix: Retry by the list of the contract; a broken answer is ProviderResponseError and not in it.
    """
    provider = lab.provider(max_retries=2)
    await lab.must_succeed(provider)
    whole: dict[str, Scripted] = dict(malformed_replies(lab, "chat"))
    whole["an answer that breaks off"] = reply_broken_off(lab)
    calls = chat_calls(lab, provider)
    calls.pop("chat(stream=True)", None)
    for name, call in calls.items():
        for what, scripted in whole.items():
            before = lab.request_count()
            lab.service.reply_next(scripted)
            outcome = await lab.outcome(fast_forward(lab, call()))
            _require_sent_once(lab, f"{name} that gets {what}", before, outcome)
    if "streaming" in lab.capabilities:
        await _require_streams_sent_once(lab)


async def _require_streams_sent_once(lab: Lab) -> None:
    provider, opened = lab.provider(max_retries=2), lab.wire.stream(())
    streams: Mapping[str, Scripted] = {
        "a web page": web_page(200, "Welcome"),
        "nothing": opened,
        "a connection that breaks": replace(opened, steps=(Reset(),)),
        "a connection that ends": replace(opened, steps=(Close(),)),
    }
    for what, scripted in streams.items():
        before = lab.request_count()
        lab.service.reply_next(scripted)
        reading = await fast_forward(lab, read_stream(lab, provider))
        _require_sent_once(lab, f"a stream that gets {what}", before, reading.error)


def _require_sent_once(lab: Lab, what: str, before: int, outcome: object) -> None:
    lab.equal(f"requests for {what}", 1, lab.request_count() - before)
    lab.instance(f"the outcome of {what}", ProviderError, outcome)


def _steady_headers(request: SeenRequest) -> dict[str, str]:
    return {name: v for name, v in request.headers.items() if not _VARYING.search(name)}


def _body_text(request: SeenRequest) -> str:
    return request.body.decode("utf-8", errors="backslashreplace")


def _target_of(request: SeenRequest) -> str:
    return f"{request.method} {request.host} {request.path}?{request.query}"

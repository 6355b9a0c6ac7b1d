"""USAGE: the service's numbers, never others."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, ProviderRequestError

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab, read_to_end, usage_dict
from provider_conformance.lab.everything import all_options
from provider_conformance.lab.expected import expected_counts
from provider_conformance.lab.forms import in_each_form
from provider_conformance.lab.payload.answers import all_tokens
from provider_conformance.wires._answer import Answer, Failure, Tokens
from provider_conformance.wires._script import SeenRequest


async def _responses_with_usage(
    lab: Lab, answer: Answer, provider: BaseProvider | None = None
) -> Mapping[str, ChatResponse]:
    """Return the response in each form in which the provider reports usage."""
    found = await in_each_form(lab, answer, provider=provider)
    if "usage_in_stream" not in lab.capabilities:
        found.pop("streamed", None)
    return found


async def _require_counts(lab: Lab, tokens: Tokens, **fields: Any) -> None:
    """Fail unless exactly these tokens are reported, in each form of an answer."""
    for form, response in (
        await _responses_with_usage(lab, lab.answer(usage=tokens, **fields))
    ).items():
        lab.equal(f"usage of the {form} answer", expected_counts(lab, tokens), usage_dict(response))


def _random_count(lab: Lab) -> int:
    return lab.rng.randint(10, 10**6)


@check("PC-USAGE-001")
async def numbers_are_the_services(lab: Lab) -> None:
    """Usage has exactly the service's numbers.

    Rule: prompt_tokens, completion_tokens and total_tokens are what the service reported.
    Why: Bills and budgets are made of them.
    How: Has the service report random numbers that cannot be confused, in a whole answer.
    Fix: Read each count from its own field.
    """
    tokens = payload.tokens(lab.rng)
    lab.service.reply_next(lab.answer(usage=tokens))
    response = await lab.chat(lab.provider())
    lab.equal("usage of the whole answer", expected_counts(lab, tokens), usage_dict(response))


@check("PC-USAGE-002", needs=["streaming", "usage_in_stream"])
async def streams_report_the_same(lab: Lab) -> None:
    """A stream reports the usage that the whole answer reports.

    Rule: The response of a stream has exactly the numbers of the same answer without streaming.
    Why: Usage comes in a last event without text, which readers of text pass over.
    How: Has the service give one answer both ways and compares the counts.
    Fix: Read usage from every event, those without text included, up to the terminator.
    """
    tokens = payload.tokens(lab.rng)
    answer, provider = lab.answer(usage=tokens), lab.provider()
    lab.service.reply_next(answer, answer)
    whole = await lab.chat(provider)
    _, streamed = await lab.stream(provider)
    lab.equal("usage of the whole answer", expected_counts(lab, tokens), usage_dict(whole))
    lab.equal("usage of the streamed answer", usage_dict(whole), usage_dict(streamed))


@check("PC-USAGE-003", needs=["streaming", "usage_in_stream"])
async def streams_ask_for_usage(lab: Lab) -> None:
    """A call for a stream asks for usage if the protocol wants to be asked.

    Rule: Streaming asks for usage in the protocol's way; a whole answer, which always has it, does
    not.
    Why: Unasked, many services report nothing in a stream; asked for it without a stream, some
    reject the call.
    How: Calls both ways and reads the requests.
    Fix: Send the protocol's flag with stream=True, and only then.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.equal("the request for usage in a stream", True, lab.last_chat().wants_usage)
    await lab.must_succeed(provider)
    if (flag := lab.wire.traits.usage_flag) is not None:
        sent = sorted(lab.last_chat().body)
        lab.true("fields of the request for a whole answer", flag not in sent, f"no {flag}", sent)


@check("PC-USAGE-004")
async def unsent_usage_is_none(lab: Lab) -> None:
    """Without a report there is no usage.

    Rule: response.usage is None if the service reported none; providers never estimate.
    Why: Zeros and guesses in a bill are worse than a gap, which can be filled and marked.
    How: Makes an exchange with usage, then has the service report none, whole and streamed.
    Fix: Leave usage None; the usage counter above estimates, and marks it.
    """
    provider = lab.provider()
    with_usage = await lab.must_succeed(provider)
    lab.true("usage that was reported", with_usage.usage, "to be there", with_usage.usage)
    answer = lab.answer(usage=None)
    for form, response in (await in_each_form(lab, answer, provider=provider)).items():
        lab.equal(f"usage of the {form} answer", None, response.usage)


@check("PC-USAGE-005")
async def unsent_counts_are_none(lab: Lab) -> None:
    """A count that the service did not report is None, never 0.

    Rule: Unsent counts are None, and no total is made if one of its parts is unknown.
    Why: 0 says that nothing was read or written; a total of one part says that the other is free.
    How: Has the service report the tokens it read only, then those it wrote only.
    Fix: Read each count with None for a missing one; sum only what is known.
    """
    await _require_counts(lab, Tokens(prompt=_random_count(lab)))
    await _require_counts(lab, Tokens(completion=_random_count(lab)))


@check("PC-USAGE-006")
async def unsent_total_is_the_sum(lab: Lab) -> None:
    """A total that was not reported is the sum of both parts.

    Rule: total_tokens is the sum if it was not sent and both parts are known.
    Why: Callers compare providers by the total.
    How: Has the service report both parts without a total.
    Fix: Build provider_sdk.Usage from what was sent; it sums.
    """
    await _require_counts(lab, Tokens(prompt=_random_count(lab), completion=_random_count(lab)))


@check("PC-USAGE-007")
async def reported_total_is_kept(lab: Lab) -> None:
    """A total that was reported is kept, whatever the sum.

    Rule: total_tokens is what the service reported, also if it is not the sum.
    Why: Services bill by their own total: tools and images count there and nowhere else.
    How: Has the service report a total above the sum, if its protocol has one.
    Fix: Sum only if no total was sent.
    """
    prompt, completion = _random_count(lab), _random_count(lab)
    total = prompt + completion + _random_count(lab)
    await _require_counts(lab, Tokens(prompt, completion, total))


@check("PC-USAGE-008")
async def cache_and_reasoning_are_counted(lab: Lab) -> None:
    """Cached and reasoning tokens are reported, as parts of the whole.

    Rule: cached_tokens is the part of prompt_tokens from a cache, reasoning_tokens the part of
    completion_tokens spent on thinking; neither is taken off or added.
    Why: They are priced otherwise, and explain a bill that the text does not.
    How: Has the service report both beside the counts that include them.
    Fix: Read the details; let prompt_tokens and completion_tokens include them.
    """
    cached, reasoning = lab.rng.randint(100, 8999), lab.rng.randint(100, 6999)
    await _require_counts(lab, Tokens(9000, 7000, 16000, cached, reasoning))


@check("PC-USAGE-009", needs=["streaming", "usage_in_stream"])
async def last_report_counts(lab: Lab) -> None:
    """If a stream reports usage repeatedly, the last report counts.

    Rule: The last report replaces the earlier ones; reports are never added up.
    Why: Reports are cumulative: added up, 25 tokens are billed as 775.
    How: Has the service report growing numbers with its pieces and with the finish reason, with and
    without one at the end, and one that is smaller than the report before it, if its protocol
    allows that.
    Fix: Replace the usage with each report; never add.
    """
    reports = [
        Tokens(prompt=500, completion=n, total=500 + n)
        for n in sorted(lab.rng.sample(range(100, 9999), 7))
    ]
    first, second, *_, last = reports
    running = lab.wire.traits.running_usage
    variants = [lab.answer(usage=last, running_usage=(first, second))]
    if running:
        variants.append(lab.answer(usage=None, running_usage=(first, second, last)))
        # More reports than pieces: one comes with the finish reason, and is not the last.
        variants.append(lab.answer(usage=last, running_usage=reports[:-1]))
        larger = Tokens(prompt=700, completion=20_000, total=20_700)
        variants.append(lab.answer(usage=last, running_usage=(first, larger)))
    for answer in variants:
        lab.service.reply_next(answer)
        texts, response = await lab.stream(lab.provider())
        lab.equal("text of the streamed answer", answer.text, "".join(texts))
        lab.equal("usage of the streamed answer", expected_counts(lab, last), usage_dict(response))


@check("PC-USAGE-010")
async def zero_is_a_count(lab: Lab) -> None:
    """A count that was reported as zero is 0, not None.

    Rule: 0 is a count; None means that none was reported.
    Why: "No cached tokens" and "nobody knows" lead to different bills.
    How: Has the service report zeros beside other numbers.
    Fix: Compare with None; do not test counts for truth.
    """
    count = _random_count(lab)
    await _require_counts(lab, Tokens(count, 0, count, cached=0, reasoning=0))
    await _require_counts(lab, Tokens(0, count, count, cached=0, reasoning=0))


@check("PC-USAGE-011")
async def source_is_reported(lab: Lab) -> None:
    """Usage of a provider is marked as reported.

    Rule: Usage.source is "reported" for the service's numbers.
    Why: Applications that count tokens themselves mark those, and only those, as estimated.
    How: Has the service report usage, whole and streamed, and looks at the mark.
    Fix: Leave source as it is.
    """
    for form, response in (await _responses_with_usage(lab, lab.answer())).items():
        source = response.usage and response.usage.source
        lab.equal(f"usage.source of the {form} answer", "reported", source)


@check("PC-USAGE-012")
async def every_answer_has_its_usage(lab: Lab) -> None:
    """Answers that were cut, that call tools or that say nothing have their usage.

    Rule: Usage is read whatever the finish reason and the content.
    Why: An answer that the limit cut is the most expensive one.
    How: Has the service report usage with a cut answer, one without text and one that calls a tool,
    as far as the capabilities allow.
    Fix: Read usage before and apart from content and finish reason.
    """
    await _require_counts(lab, payload.tokens(lab.rng), finish="length")
    await _require_counts(lab, payload.tokens(lab.rng), finish="length", pieces=())
    if "tools" in lab.capabilities:
        calls = [payload.call(lab.rng)]
        await _require_counts(lab, payload.tokens(lab.rng), finish="tool_calls", calls=calls)


def _reject_usage_request(lab: Lab, answer: Answer, flag: str) -> Any:
    """Return a reply that rejects requests for usage, naming the flag, and answers others."""

    def reply(request: SeenRequest) -> Answer | Failure:
        asked = lab.wire.read_chat(request).wants_usage
        return Failure("bad_request", f"property '{flag}' is unsupported") if asked else answer

    return reply


@check("PC-USAGE-013", needs=["streaming", "usage_in_stream"])
async def rejected_usage_request_is_dropped(lab: Lab) -> None:
    """If a service rejects the request for usage, the stream comes without.

    Rule: After a rejection that names the flag, the same call is sent once without it; this is
    remembered for that model, and for no other.
    Why: Behind one router, strict back ends refuse the flag that others need.
    How: Makes an exchange, then has the service reject the flag: streams twice from one model and
    once from another, with every option, headers and fields of the caller; counts requests and
    compares what they ask. A protocol without a flag just streams.
    Fix: On 400 or 422 that names the flag send the call again without it; remember the model.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    flag = lab.wire.traits.usage_flag
    if flag is None:
        return
    answer = lab.answer()
    lab.service.reply_always(_reject_usage_request(lab, answer, flag), "chat")
    other = f"{lab.harness.model}-{payload.word(lab.rng)}"
    header = f"x-{payload.word(lab.rng)}"
    given = {
        **all_options(lab),
        "extra_headers": {header: payload.mixed_case(lab.rng)},
        "extra_body": {f"x_{payload.word(lab.rng)}": {"a": [lab.text()]}},
    }
    for model, expected in (
        (lab.harness.model, [True, False]),
        (lab.harness.model, [False]),
        (other, [True, False]),
    ):
        before = lab.request_count()
        outcome = await lab.outcome(_read_whole_stream(provider, lab, model, given))
        lab.instance("a stream whose usage flag was rejected", ChatResponse, outcome)
        assert isinstance(outcome, ChatResponse)
        lab.equal("text of the stream without usage", answer.text, outcome.text)
        lab.equal("usage of the stream without usage", None, outcome.usage)
        chats = lab.service.chats()[before:]
        asked = [chat.wants_usage for chat in chats]
        lab.equal("usage requested, request by request", expected, asked)
        first, *again = ({**chat.body, flag: None} for chat in chats)
        lab.equal("the call without the flag", [first] * len(again), again)
        values = [request.headers.get(header) for request in lab.service.requests()[before:]]
        due = [given["extra_headers"][header]] * len(expected)
        lab.equal("the caller's header, request by request", due, values)


@check("PC-USAGE-014", needs=["streaming", "usage_in_stream"])
async def other_rejections_are_errors(lab: Lab) -> None:
    """A rejection that has nothing to do with usage is raised at once.

    Rule: Only a rejection that names the flag is tried again without it.
    Why: A second try of a rejected call hides the reason, and can be billed.
    How: Makes an exchange, then has the service reject calls for another reason.
    Fix: Look for the flag's name in the rejection.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_always(Failure("bad_request", f"{payload.word(lab.rng)} is wrong"), "chat")
    before = lab.request_count()
    await lab.raises(ProviderRequestError, lab.open_stream(provider), "a rejected stream")
    lab.equal("requests of a rejected stream", 1, lab.request_count() - before)
    lab.service.reply_always(lab.answer(), "chat")
    await lab.stream(provider)
    lab.equal("the request for usage in the next stream", True, lab.last_chat().wants_usage)


async def _read_whole_stream(
    provider: BaseProvider, lab: Lab, model: str, options: Mapping[str, Any]
) -> ChatResponse:
    options = copy.deepcopy(dict(options))
    async with await provider.chat(lab.user_message(), model, stream=True, **options) as stream:
        return await read_to_end(stream)


@check("PC-USAGE-015")
async def usage_stays_with_its_call(lab: Lab) -> None:
    """The usage of a call is not the next call's.

    Rule: A response has the usage of its own exchange, or None.
    Why: Counters kept on the provider bill one user for another's tokens.
    How: On one provider, has the service report usage, then other usage, then none.
    Fix: Keep usage in the response, never on the provider.
    """
    provider = lab.provider()
    for tokens in (payload.tokens(lab.rng), payload.tokens(lab.rng), None):
        answer = lab.answer(usage=tokens)
        due = None if tokens is None else expected_counts(lab, tokens)
        for form, response in (await _responses_with_usage(lab, answer, provider)).items():
            lab.equal(f"usage of the {form} answer", due, usage_dict(response))


@check("PC-USAGE-016")
async def counts_are_whole_numbers(lab: Lab) -> None:
    """Counts are whole numbers, however large they are and however they are written.

    Rule: A count is an int, exactly what the service reported, also if its protocol writes
    numbers with a decimal point.
    Why: A sum of 34.0 and 7 is shown as 41.0, and a column of integers rejects it; cumulative
    counts of a long task pass 2**31.
    How: Has the service report large counts of every kind, and small ones.
    Fix: Read each count with provider_sdk.decoding.token_count.
    """
    await _require_counts(lab, all_tokens(lab.rng))
    await _require_counts(lab, Tokens(34, 7, 41, 2, 3))


@check("PC-USAGE-017")
async def each_count_stands_alone(lab: Lab) -> None:
    """A count that is reported alone is reported.

    Rule: Each count is read from its own field, whatever others were sent; the rest is None.
    Why: Services report the parts that they know; a reader that wants all of them loses the others.
    How: Has the service report one kind of count at a time, then two.
    Fix: Read each count with None for a missing one.
    """
    names: list[str] = sorted(lab.wire.traits.counts)
    for sent in (*([name] for name in names), names[:2], names[::2]):
        # Of what was read, no more can be cached.
        counts = {n: lab.rng.randint(1, 9) if n == "cached" else _random_count(lab) for n in sent}
        await _require_counts(lab, Tokens(**counts))
